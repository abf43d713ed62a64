# A hostile Linux on the wire: port scans, half-open calls, packets that no one should
# send, clients that do not read, servers that are killed, and many calls, at once and one after
# the other.  The stack goes on, and the memory comes back.
[ "$TAP" ] || TAP=1 exec tests/interop/tap sh -e "$0"
. tests/interop/tapguest
head -c 200000 /dev/urandom >$T/small
link=52:54:00:12:34:56
calls=1000 bad=1500 many=150
[ -z "$SOAK" ] || calls=10000 bad=100000 many=1000
echo "seed 1, $calls calls, $many at once, $bad packets" >$T/last

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

# how many calls that all stay, with a read waiting in each; then as many to servers that are
# not read from, and to some that are killed in the middle
atonce(){
	perl -MIO::Socket::INET -e '
		$SIG{PIPE} = "IGNORE";
		sub calls {
			my($n, $port) = @_;
			return map { IO::Socket::INET->new(PeerAddr => "10.9.0.2:$port", Timeout => 60) or die "call $_: $@" } 1 .. $n;
		}
		@s = calls($ARGV[0], 7000);
		for $round (1 .. 2){
			$s[$_]->syswrite("call $_") for 0 .. $#s;
			for $i (0 .. $#s){
				$s[$i]->sysread($b, 100) or die "call $i: $!";
				$b eq "call $i" or die "call $i: $b";
			}
		}
		@deaf = calls($ARGV[0]/10, 7004);
		for $s (calls($ARGV[0]/10, 7005)){
			while($s->syswrite("x" x 65536)){
			}
		}
		$_->sysread($b, 1) or die "nothing: $!" for @deaf;' $1
}

# the kernel's, when there are no more processes than so many: $pages, $procs
memory(){
	tries=0
	until
		set -- $1 $(timeout 20 nc 10.9.0.2 7003)
		pages=$2 procs=$3
		[ $# = 3 ] && [ $procs -le $1 ]
	do
		set -- $1
		tries=$((tries+1))
		[ $tries -lt 300 ] || exit 1
	done
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

boot "$addresses" ''
ulimit -n 4096
memory 1000
first=$pages most=$((procs+3))	# the deaf one's, and what the kernel may yet want
nc 10.9.0.2 7002 </dev/zero >$T/deaf &
deaf=$!
hostile 1
grep -q 'Not shown: 325 closed tcp ports (reset)' $T/nmap
[ "$(grep -c '/tcp open ' $T/nmap)" = 6 ]
[ "$(grep -c '/tcp closed ' $T/nmapx)" = 25 ]
grep -q '7001/udp open' $T/nmapu
[ "$(grep -c '/udp closed' $T/nmapu)" = 3 ]
each $calls
memory $most
echo "kernel: $first pages, $pages after all that"
[ $pages -lt $((first+400)) ]

# what processes had at a time is kept for the next as many: the second time takes nothing
atonce $many
memory $most
first=$pages
atonce $many
memory $most
echo "kernel: $first pages after $many calls at once, $pages after as many again"
[ $pages -lt $((first+100)) ]
kill $deaf
ends
