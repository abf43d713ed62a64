# interop.sh on a second 16550: the console's ends are pipes.
tests/interop/build $T
mkfifo $T/in
(exec 3>$T/in; sleep 1000) &
keeper=$!
timeout 500 tools/qemu -h -serial stdio -serial unix:$T/u0,server=on,wait=off <$T/in >$T/out 2>&1 &
qemu=$!
trap 'kill $keeper $qemu 2>/dev/null || :' EXIT
exec 4>$T/in

wants(){	# text: waits until the console has said it, perhaps behind a prompt; what is typed has it with a ^
	n=0
	until tr -d '\r' <$T/out | grep -q -e "$1"; do
		n=$((n+1))
		[ $n -lt 3000 ] || {
			echo "not said: $1"
			tail -c 2000 $T/out
			exit 1
		}
		sleep 0.1
	done
}

wants '% $'
printf 'exportfs -r / </dev/eia1 >/dev/eia1 & while(! ps | grep -s Pread.*exportfs) sleep 1; echo serv^ing\r' >&4
wants 'serving$'
tests/interop/client $T/u0 $T

# and a server here, once the export has gone
printf 'kill exportfs | rc; while(ps | grep -s exportfs) sleep 1; echo go^ne\r' >&4
wants 'gone$'
timeout 300 $T/ramfs $T/u0 glenda $T/connected &
ramfs=$!
until [ -e $T/connected ]; do	# what is sent before that is lost
	kill -0 $ramfs
	sleep 0.1
done
printf 'srv -f /dev/eia1 host; mkdir /tmp/h; mount -c /srv/host /tmp/h; cp /bin/rc /tmp/h; cmp /bin/rc /tmp/h/rc && echo sa^me; ls -l /tmp/h\r' >&4
wants 'same$'

# the server says nothing any more: a process of which it has a file still dies
printf 'echo >/tmp/h/f; sleep 1000 <>/tmp/h/f & while(! ps | grep -s Sleep.*sleep) sleep 1; echo o^pen\r' >&4
wants 'open$'
kill $ramfs
wait $ramfs || :
printf 'echo kill >/proc/$apid/ctl; wait $apid; echo de^ad\r' >&4
wants 'dead$'
