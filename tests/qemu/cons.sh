# The console with its ends in pipes: editing, interrupts, more typed than any
# buffer holds, nothing lost, and halt.
mkfifo $T/in
(exec 3>$T/in; sleep 1000) &	# keeps the pipe open
keeper=$!
timeout 500 tools/qemu -h -serial stdio <$T/in >$T/out 2>&1 &
qemu=$!
trap 'kill $keeper $qemu 2>/dev/null || :' EXIT
exec 4>$T/in

fail(){
	echo "$1"
	tail -c 2000 $T/out
	exit 1
}

wants(){	# text: waits until the console has said it, whole lines, carriage returns aside
	n=0
	until tr -d '\r' <$T/out | grep -qFx -e "$1"; do
		n=$((n+1))
		[ $n -lt 3000 ] || fail "not said: $1"
		sleep 0.1
	done
}

says(){
	printf "$1" >&4
}

asleep(){	# user: waits until his sleep(1) runs, by the kernel's list of processes
	n=0
	until grep -q "$1 *sleep  *Sleep" $T/out; do
		n=$((n+1))
		[ $n -lt 600 ] || fail "$1 does not sleep"
		says '\024\024p'
		sleep 0.5
	done
}

n=0
until grep -q '% $' $T/out; do
	n=$((n+1))
	[ $n -lt 3000 ] || fail 'no prompt'
	sleep 0.1
done

# without a prompt, and typing only when it has nothing to say, output is lines
says "prompt=('' ''); echo begin\r"
wants begin

# erase by character, rune, word and line
says 'echo gone\025echo helq\177l\303\251\177o w\b big wrld\027world\r'
wants 'hello big world'

# an interrupt ends what runs, and forgets what was typed before it
says 'sleep 1000\r'
asleep glenda
says 'echo forgotten\rhalf\003'
says 'echo after\r'
wants 'after'
tr -d '\r' <$T/out | grep -qFx 'forgotten' && fail 'typed before an interrupt, but done'

# a file typed in, much longer than the buffers, while nobody reads
awk 'BEGIN { for(i = 0; i < 4000; i++) print "line", i, "of a text that is typed in, ä, and compared" }' >$T/text
says 'sleep 2; cat >/tmp/text\r'
cat $T/text >&4
says '\004'
says 'sum /tmp/text >/dev/null >[2]/dev/null; wc /tmp/text\r'
wants "$(wc $T/text | awk '{ printf "%7d %7d %7d", $1, $2, $3 }') /tmp/text"

# raw, and back
says 'echo rawon >/dev/consctl; echo cooked\r'
wants 'cooked'

# another user's session, and back
says 'login adm\r'
says "cat /dev/user; echo; ls -l /dev/cons | sed 's/ *[0-9].*//'\r"
wants adm
wants '--rw-rw---- c'
says 'echo $user $home >/dev/cons; sleep 1000\r'
wants 'adm /usr/adm'
asleep adm
says '\003\004'
says 'cat /dev/user; echo\r'
wants glenda

# the kernel's own commands
says '\024\024p'
n=0
until grep -q 'Await.*in await' $T/out; do
	n=$((n+1))
	[ $n -lt 600 ] || fail 'no list of processes'
	sleep 0.1
done

says 'echo halt >/dev/reboot\r'
wait $qemu || fail "halt: status $?"
