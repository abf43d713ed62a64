# Two stacks of the kernel, #I and #I1, on two cards on one wire: tcp, udp,
# echoes, over IPv4 and IPv6.
./mk cc tests/qemu/iptest.c -o $T/iptest
mkdir $T/s
cp $T/iptest $T/s

cat >$T/two <<'END'
mkdir -p /tmp/net1
bind '#I1' /tmp/net1
/n/host/iptest /tmp/net1
END

try(){	# script, card, options of tests/vm
	script=$1
	card=$2
	shift 2
	wire='-netdev hubport,id=a,hubid=0 -netdev hubport,id=b,hubid=0'
	SHARE=$T/s timeout 200 tests/vm -t 180 "$@" -q "$wire -device $card,netdev=a -device $card,netdev=b" $T/$script >$T/out 2>&1 || {
		echo $script $card "$@"
		cat $T/out
		exit 1
	}
}

try two virtio-net-pci
try two e1000 -s 4
