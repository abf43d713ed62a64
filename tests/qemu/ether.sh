# Two cards of a machine on one wire: virtio's modern, legacy and without MSI-X, and
# the others; long frames in several buffers; a link that goes; bad frames from outside.
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
virtio=virtio-net-pci
cards(){	# device and its properties
	echo "$wire -device $1,netdev=a,id=card -device $1,netdev=b"
}

for card in $virtio $virtio,disable-modern=on $virtio,vectors=0 $virtio,mrg_rxbuf=off \
	$virtio,disable-modern=on,mrg_rxbuf=off e1000 e1000-82545em e1000e rtl8139; do
	try /n/host/ethertest -s 2 -q "$(cards $card)"
done
try '/n/host/ethertest jumbo' -q "$(cards $virtio,host_mtu=9000)"

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

for card in $virtio $virtio,vectors=0 e1000 e1000e rtl8139; do
	rm -f $T/s/on $T/s/off
	try '/n/host/ethertest link /n/host' -q "$(cards $card) -monitor unix:$T/mon,server=on,wait=off" &
	vm=$!
	awaits off
	monitor 'set_link card off'
	awaits on
	monitor 'set_link card on'
	wait $vm
done

# frames from outside, until it says that they came: 10 bytes, 3000, and a good one
outside(){	# card, how many of the bad ones it lets the system see or count
	rm -f $T/s/send $T/s/came $T/guest $T/peer
	try "/n/host/ethertest foreign /n/host $2" \
		-q "-netdev dgram,id=a,local.type=unix,local.path=$T/guest,remote.type=unix,remote.path=$T/peer -device $1,netdev=a" &
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
}
outside $virtio 2
outside e1000 1
outside e1000e 1
outside rtl8139 0
