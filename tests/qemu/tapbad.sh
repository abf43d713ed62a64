# A hostile Linux on the wire: port scans, half-open calls, packets that no one should
# send, a client that does not read, and many calls.  The stack goes on, and the memory comes back.
[ "$TAP" ] || TAP=1 exec tests/interop/tap sh -e "$0"
. tests/interop/tapguest
head -c 200000 /dev/urandom >$T/small
link=52:54:00:12:34:56
calls=1000 bad=1500
[ -z "$SOAK" ] || calls=10000 bad=100000
echo "seed 1, $calls calls, $bad packets" >$T/last

answers(){	# within a minute or two: half-open calls must be given up first
	tries=0
	until timeout 5 nc -N $1 7000 <$T/small | cmp -s - $T/small; do
		tries=$((tries+1))
		[ $tries -lt 40 ] || exit 1
	done
}

each(){	# how many calls, one after the other, with a few bytes there and back
	perl -MIO::Socket::INET -e '
		for($i = 0; $i < $ARGV[0]; $i++){
			$s = IO::Socket::INET->new(PeerAddr => "10.9.0.2:7000", Timeout => 60) or die "call $i: $@";
			$s->syswrite("call $i");
			$s->sysread($b, 100) or die "call $i: $!";
			$b eq "call $i" or die "call $i: $b";
			$s->shutdown(1);
			$s->sysread($b, 100) and die "call $i: more";
		}' $1
}

# what it leaves half-open must not be in the way of calls: its ports are none that Linux takes for them
hostile(){	# seed
	patient='-n -Pn -g 1500 --max-retries 20 --min-rtt-timeout 1s'
	nmap $patient -sS -p 1-300,6990-7020 10.9.0.2 >$T/nmap
	nmap $patient -sX -p 6990-7020 10.9.0.2 >$T/nmapx
	nmap $patient -sU -p 7001,7003-7005 10.9.0.2 >$T/nmapu
	hping3 -q -S -p 7000 -c 500 -i u100 --rand-source 10.9.0.2 || :
	hping3 -q -S -p 7000 -s 2000 -c 500 -i u100 10.9.0.2 || :
	hping3 -q -F -P -U -s 3000 -p 7000 -c 200 -i u100 10.9.0.2 || :
	hping3 -q -2 -s 4000 -p 7001 -c 500 -i u100 -d 1000 10.9.0.2 || :
	hping3 -q -1 -C 8 -K 200 -c 50 -i u100 10.9.0.2 >/dev/null || :
	hping3 -q -S -s 5000 -p 7000 -f -c 100 -i u100 -d 64 10.9.0.2 || :
	/usr/bin/python3 tests/interop/badpackets.py $bad $1 $link
	answers 10.9.0.2
	answers fd00:9::2
}

boot "$addresses
cat /dev/swap >/tmp/before" 'cat /tmp/before /dev/swap'
nc 10.9.0.2 7002 </dev/zero >$T/deaf &
deaf=$!
hostile 1
grep -q 'Not shown: 328 closed tcp ports (reset)' $T/nmap
[ "$(grep -c '/tcp open ' $T/nmap)" = 3 ]
grep -q 'Not shown: 28 closed tcp ports (reset)' $T/nmapx
grep -q '7001/udp open' $T/nmapu
[ "$(grep -c '/udp closed' $T/nmapu)" = 3 ]
each $calls
kill $deaf
ends
grep kernel $T/out
awk '$2 == "kernel" { k[n++] = $1 } END { exit !(n == 2 && k[1] - k[0] < 400) }' $T/out
