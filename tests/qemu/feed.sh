# Servers that get things from elsewhere than their clients, feedsrv.c: all that
# comes arrives once and in order while the server moves from process to
# process, its timer goes on, and a feed that is given up ends.
./mk cc $PWD/tests/qemu/feedsrv.c -o $T/feedsrv
cat >$T/run <<'END'
fn processes {	# until so many are left
	while(! ~ `{ps | grep -c 'feedsrv$'} $1)
		sleep 0
}
fn numbers { for(i in `{seq 100 159}) seq $i^00 $i^99 }
fn ticks { dd -if /tmp/f/ticks -bs 64 -count 1 >[2]/dev/null }
mkdir /tmp/p /tmp/f
bind '#|' /tmp/p
numbers >/tmp/want
/n/host/feedsrv /tmp/p/data
mount /srv/feed /tmp/f
cat /tmp/f/feed >/tmp/out &
reader=$apid
numbers >/tmp/p/data1 &
writer=$apid
n=()
while(test -e /proc/$writer -o $#n -lt 10){
	move restart /srv/feed >/dev/null || exit moved
	n=($n x)
}
wait $reader
cmp /tmp/want /tmp/out || exit lost

t=`{ticks}
move restart /srv/feed >/dev/null &
for(i in `{seq 1 20}){
	u=`{ticks}
	test $u -gt $t || exit ticks
	t=$u
}
wait

# the one that obeys, a connection's, the timer's; the feed's went at the end of its file
processes 3
unmount /tmp/f
rm /srv/feed
processes 0

# the same while it waits for the file
bind '#|' /tmp/p
/n/host/feedsrv /tmp/p/data
mount /srv/feed /tmp/f
move restart /srv/feed >/dev/null
processes 4
echo end >/tmp/f/ctl
processes 3
cat /tmp/f/feed
echo done
END
for s in 1 4
do
	SHARE=$T tests/vm -t 30 -s $s $T/run >$T/out 2>&1 && [ "$(tail -1 $T/out)" = done ] || {
		echo "with $s:"
		cat $T/out
		bad=1
	}
done
[ -z "$bad" ]
