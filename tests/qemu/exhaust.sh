# Everything taken until it is refused, and everything done many times, by an
# ordinary user: the kernel has afterwards what it had before.  While all
# posts are taken, the host owner still posts.
./mk cc $PWD/tests/qemu/exhaust.c -Wall -Wextra -Werror -o $T/exhaust
cat >$T/limits <<'END'
as sys rc -c 'ramfs -S exhaust; mount -c /srv/exhaust /tmp; /n/host/exhaust limits' || exit limits
as sys /n/host/exhaust hold posts | {
	read
	ramfs -S mine && rm /srv/mine && touch /tmp/posted
	for(i in `{ps | awk '$7 == "exhaust" { print $2 }'})
		echo kill >/proc/$i/ctl
}
test -e /tmp/posted
END
cat >$T/cycles <<END
as sys rc -c 'ramfs -S exhaust; mount -c /srv/exhaust /tmp; /n/host/exhaust cycles ${n:-1000}'
END
try(){
	SHARE=$T tests/vm -t ${LIMIT:-100} "$@" >$T/out || bad=1
	echo "$*:"
	cat $T/out
	{ echo "$*:" | sed "s,$T/,,"; tail -n 1 $T/out; } >>$T/last
}
try -m 64 -s 1 $T/limits
try -s 1 $T/cycles
try -s 4 $T/cycles
[ -z "$bad" ]
