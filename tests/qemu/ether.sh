# Two cards of a machine on one wire, modern, legacy and without MSI-X; long
# frames in several buffers; a link that goes; bad frames from outside.
./mk cc tests/qemu/ethertest.c -o $T/ethertest
mkdir $T/s
cp $T/ethertest $T/s

try(){	# script, options of tests/vm
	script=$1
	shift
	SHARE=$T/s timeout 200 tests/vm -t 180 "$@" -c "$script" >$T/out || {
		cat $T/out
		exit 1
	}
}

wire='-netdev hubport,id=a,hubid=0 -netdev hubport,id=b,hubid=0'
cards(){	# properties
	echo "$wire -device virtio-net-pci,netdev=a,id=card$1 -device virtio-net-pci,netdev=b$1"
}

for opt in '' ,disable-modern=on ,vectors=0 ,mrg_rxbuf=off ,disable-modern=on,mrg_rxbuf=off; do
	try /n/host/ethertest -s 2 -q "$(cards $opt)"
done
try '/n/host/ethertest jumbo' -q "$(cards ,host_mtu=9000)"

awaits(){	# file that the guest makes
	n=0
	until [ -e $T/s/$1 ]; do
		n=$((n+1))
		[ $n -lt 900 ] || exit 1
		sleep 0.1
	done
}

monitor(){	# command: until its prompt comes again
	perl -MIO::Socket::UNIX -e '
		$s = IO::Socket::UNIX->new(Peer => shift) or die $!;
		syswrite $s, shift() . "\n";
		while(sysread $s, $b, 4096){
			$all .= $b;
			last if (() = $all =~ /\(qemu\) /g) >= 2 && $all =~ /\n\(qemu\) $/;
		}' $T/mon "$1"
}

for opt in '' ,vectors=0; do
	rm -f $T/s/on $T/s/off
	try '/n/host/ethertest link /n/host' -q "$(cards $opt) -monitor unix:$T/mon,server=on,wait=off" &
	vm=$!
	awaits off
	monitor 'set_link card off'
	awaits on
	monitor 'set_link card on'
	wait $vm
done

# frames from outside, until it says that they came: 10 bytes, 3000, and a good one
try '/n/host/ethertest foreign /n/host' \
	-q "-netdev dgram,id=a,local.type=unix,local.path=$T/guest,remote.type=unix,remote.path=$T/peer -device virtio-net-pci,netdev=a" &
vm=$!
awaits send
perl -MIO::Socket::UNIX -e '
	($guest, $peer, $came) = @ARGV;
	$s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $peer, Peer => $guest) or die $!;
	$head = "\xff" x 6 . "abcdef" . "\x88\xb5";
	until(-e $came){
		$s->send(substr $head, 0, 10);
		$s->send($head . "y" x 2986);
		$s->send($head . "x" x 50);
		select undef, undef, undef, 0.05;
	}' $T/guest $T/peer $T/s/came
wait $vm
