# The IP stack and Linux, over a tap: ICMP, TCP and UDP, IPv4 and IPv6, packets in
# fragments, connections at once; addresses by DHCP from dnsmasq.
[ "$TAP" ] || TAP=1 exec tests/interop/tap sh -e "$0"
. tests/interop/tapguest
head -c 3000000 /dev/urandom >$T/big
head -c 200000 $T/big >$T/small

udp(){	# address: datagrams of all lengths come back
	perl -MIO::Socket::IP -e '
		$s = IO::Socket::IP->new(Proto => "udp", PeerHost => $ARGV[0], PeerPort => 7001) or die $!;
		for($i = 1; $i < 9000; $i += 1 + $i/3){
			$m = chr($i & 255) x $i;
			vec($r = "", fileno $s, 1) = 1;
			for($try = 0; $try < 50; $try++){	# they may be lost
				$s->send($m);
				next unless select($ready = $r, undef, undef, 1);
				$s->recv($a, 65536);
				last if $a eq $m;
			}
			$try < 50 or die "$i bytes";
		}' $1
}

boot "$addresses" 'netstat'
ping -q -c 3 -i 0.2 -W 20 10.9.0.2
ping -q -c 3 -i 0.2 -W 20 -s 20000 10.9.0.2
ping -q -6 -c 3 -i 0.2 -W 20 -s 5000 fd00:9::2
for a in 10.9.0.2 fd00:9::2; do
	echoes $T/big $a 7000
	udp $a
	all=
	for i in 1 2 3 4 5 6 7 8; do
		echoes $T/small $a 7000 &
		all="$all $!"
	done
	for i in $all; do
		wait $i
	done
done
nc -z -w 5 10.9.0.2 7010 && exit 1	# refused
ends

dnsmasq -k -C /dev/null -i pintle0 -z -p 0 --dhcp-leasefile=$T/leases --pid-file= -u root \
	--dhcp-range=10.9.0.50,10.9.0.50,255.255.255.0,2m --dhcp-option=option:router,10.9.0.1 \
	--dhcp-option=option:dns-server,10.9.0.1 --dhcp-option=option:domain-name,example.net 2>$T/dnsmasq &
dhcp=$!
boot 'ip/ipconfig || exit dhcp' 'cat /net/ndb /net/iproute'
kill $dhcp
echoes $T/small 10.9.0.50 7000
ends 10.9.0.50
grep -q 'ip=10.9.0.50' $T/out
grep -q 'ipgw=10.9.0.1' $T/out
grep -q 'dns=10.9.0.1' $T/out
grep -q 'dnsdomain=example.net' $T/out
grep -q '^0.0.0.0 .* 10.9.0.1 ' $T/out
grep -q 10.9.0.50 $T/leases
