# A Debian Linux in a second machine on a wire mounts what Pintle exports: files
# in memory, a folder of the host, a tree that comes over another export; with
# small and large messages, and asking for a dialect it does not get.
tests/interop/linux/image $T/linux || {
	echo 'cannot: no Linux to be had from the mirrors'
	exit 77
}
mkdir $T/s
cat >$T/script <<'E'
ip/ipconfig ether /net/ether0 add 10.9.0.1/24
mkdir -p /tmp/mem /tmp/again
exportfs -r /tmp/mem -s again
mount -c /srv/again /tmp/again
exportfs -n -r / -l 'tcp!*!564' >[2]/tmp/said &
while(! test -s /tmp/said) sleep 1
cat /tmp/said
echo >/n/host/ready
while(! test -e /n/host/done) sleep 1
ls /tmp/mem /n/host/files
exit ''
E
cat >$T/job <<'E'
try(){	# dialect msize folder [tests]
	mount -t 9p -o trans=tcp,version=$1,msize=$2,cache=none,uname=glenda,access=any 10.9.0.1 /n || exit 1
	echo "$1 $2 $3:" $(grep '^10.9.0.1 /n 9p ' /proc/mounts)
	dir=$3
	shift 3
	peer /n/$dir "$@" || exit 1
	umount /n
}
try 9p2000 8192 tmp/mem
try 9p2000.u 1048576 n/host/files
try 9p2000 65536 tmp/again write tree fsx
E
mkdir $T/s/files
SHARE=$T/s tests/vm -t 500 -n listen=$T/wire $T/script >$T/out 2>&1 &
vm=$!
trap 'kill $vm 2>/dev/null || :' EXIT
while [ ! -e $T/s/ready ]; do
	kill -0 $vm || {
		cat $T/out
		exit 1
	}
	sleep 0.2
done
LIMIT=450 tests/interop/linux/boot $T/linux 10.9.0.2/24 $T/job -netdev stream,id=n,server=off,addr.type=unix,addr.path=$T/wire \
	-device virtio-net-pci,netdev=n,mac=52:54:00:00:00:02 >$T/said 2>&1 || {
	cat $T/said $T/out
	exit 1
}
touch $T/s/done
wait $vm || {
	cat $T/out
	exit 1
}
cat $T/said $T/out
[ "$(grep -c "^ok" $T/said)" = 23 ]
[ "$(cat $T/out)" = 'exportfs: there is no authentication: whoever reaches tcp!*!564 acts as glenda' ]
