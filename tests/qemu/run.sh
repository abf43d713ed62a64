# ./mk run: a shell on the terminal, with a shared folder and boot arguments;
# Ctrl-A x leaves.  What is typed is repeated until it is answered.
mkdir $T/share
echo shared >$T/share/file
mkfifo $T/in
SHARE=$T/share SMP=2 MEM=256 APPEND=colour=red timeout 300 ./mk run <$T/in >$T/out 2>&1 &
exec 3>$T/in
i=0
while [ $i -lt 240 ] && ! tr -d "\r" <$T/out | grep -q "^ran: shared red 2$"; do
	sleep 1
	echo 'echo ran: `{cat /n/host/file} $colour `{cat /dev/sysstat | wc -l}' >&3
	i=$((i+1))
done
printf '\001x' >&3
exec 3>&-
wait
tr -d '\r' <$T/out | grep -q '^ran: shared red 2' || {
	cat $T/out
	exit 1
}
