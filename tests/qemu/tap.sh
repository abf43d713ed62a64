# Checksums that Linux leaves to the card, over a tap: on all the kinds of virtio
# card, and one that knows nothing of it, readers of raw frames see them whole.
[ "$TAP" ] || TAP=1 exec tests/interop/tap sh -e "$0"
./mk cc tests/qemu/ethertest.c -o $T/ethertest
mkdir $T/s
cp $T/ethertest $T/s
ip neigh add 10.9.0.2 lladdr 52:54:00:12:34:56 dev pintle0

for card in virtio-net-pci virtio-net-pci,mrg_rxbuf=off virtio-net-pci,disable-modern=on e1000; do
	rm -f $T/s/send $T/s/came
	SHARE=$T/s timeout 200 tests/vm -t 180 -c '/n/host/ethertest sums /n/host 200' \
		-q "-netdev tap,id=t,ifname=pintle0,script=no,downscript=no -device $card,netdev=t,mac=52:54:00:12:34:56" &
	vm=$!
	tries=0
	until [ -e $T/s/send ]; do
		tries=$((tries+1))
		[ $tries -lt 900 ] || exit 1
		sleep 0.1
	done
	perl -MIO::Socket::INET -e '
		$s = IO::Socket::INET->new(Proto => "udp", PeerAddr => "10.9.0.2:7000") or die $!;
		for($i = 0; !-e $ARGV[0]; $i++){
			$s->send(chr($i & 255) x (1 + $i * 37 % 1472));
			select undef, undef, undef, 0.005;
		}' $T/s/came
	wait $vm
done
