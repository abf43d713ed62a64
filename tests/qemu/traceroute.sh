# The way to a host, behind routers that a program on the other end of the wire makes up.
mkdir $T/s
./mk cc tests/qemu/hoptest.c -o $T/s/hoptest
cat >$T/want <<!
 1  10.9.0.254  n  n
 2  10.8.0.1  n  n
 3  *  *
 4  192.0.2.7  n  n
not reached
 1  10.9.0.254  n
!
cat >$T/s/script <<'!'
/n/host/hoptest '#l/ether1'
ip/ipconfig -g 10.9.0.254 10.9.0.1/24
ip/traceroute -q 2 192.0.2.7 | sed 's/[0-9]+ µs/n/g'
ip/traceroute -q 1 -m 1 192.0.2.7 >/tmp/one
echo $status | sed 's/.*: //'
sed 's/[0-9]+ µs/n/g' /tmp/one
kill hoptest | rc
!
SHARE=$T/s timeout 100 tests/vm -t 90 \
	-q '-netdev hubport,id=a,hubid=0 -netdev hubport,id=b,hubid=0 -device virtio-net-pci,netdev=a -device virtio-net-pci,netdev=b' \
	$T/s/script >$T/out
diff $T/want $T/out
