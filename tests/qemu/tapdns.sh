# Names with programs of Debian: the resolver asks dnsmasq, and answers dig, over UDP and TCP,
# IPv4 and IPv6.
[ "$TAP" ] || TAP=1 exec tests/interop/tap sh -e "$0"
. tests/interop/tapguest
long=$(printf 'x%.0s' $(seq 250))
dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user= --pid-file= \
	--listen-address=10.9.0.1 --bind-interfaces --log-facility=$T/dnsmasq.log --local-ttl=600 \
	--local=/test/ --address=/web.test/192.0.2.5 --address=/web.test/2001:db8::5 --cname=www.test,host.test \
	--host-record=host.test,192.0.2.6 --mx-host=test,post.test,7 --txt-record=test,"some words" \
	--txt-record=long.test,$long,$long,$long --srv-host=_9p._tcp.test,host.test,564 &
server=$!
trap 'kill $server $guest 2>/dev/null || :' EXIT
boot "$addresses
echo 'ip=10.9.0.2 dns=10.9.0.1' >/net/ndb
ndb/dns -s
ndb/cs
ndb/dnsquery web.test >/n/host/web
ndb/dnsquery long.test txt >/n/host/long
ndb/csquery tcp!www.test!http >/n/host/cs" 'cat /n/host/web'

ask(){	# what dig is to say, and its arguments
	want=$1
	shift
	got=$(dig +short +tries=5 +timeout=20 "$@" | sort | tr '\n' ' ')
	[ "$got" = "$want" ] || {
		echo "dig $*: $got, not $want"
		cat $T/dnsmasq.log
		exit 1
	}
}

status(){	# what dig is to find in its head, and its arguments
	want=$1
	shift
	dig +tries=5 +timeout=20 "$@" | grep -q "$want" || {
		echo "dig $*: not $want"
		dig "$@"
		exit 1
	}
}

for to in @10.9.0.2 @fd00:9::2; do
	for how in +notcp +tcp; do
		ask '192.0.2.5 ' $to $how web.test
		ask '2001:db8::5 ' $to $how web.test aaaa
		ask '192.0.2.6 host.test. ' $to $how www.test
		ask '7 post.test. ' $to $how test mx
		ask '"some words" ' $to $how test txt
		ask '0 0 564 host.test. ' $to $how _9p._tcp.test srv
		ask 'host.test. ' $to $how -x 192.0.2.6
		status 'status: NXDOMAIN' $to $how nothing.test
		status 'status: NOERROR' $to $how host.test mx
		status 'status: NOTIMP' $to $how web.test hinfo
		status 'status: REFUSED' $to $how -c ch web.test
		status 'status: NOTIMP' $to $how +opcode=notify web.test
		ask "\"$(echo $long$long$long | cut -c 1-255)\" \"$(echo $long$long$long | cut -c 256-510)\" \"$(echo $long$long$long | cut -c 511-750)\" " $to $how long.test txt
	done
done
ends
grep -qx "long.test txt	$long$long$long" $T/s/long
grep -qx '/net/tcp/clone 192.0.2.6!80' $T/s/cs
grep -q '^web.test ip	192.0.2.5' $T/s/web
