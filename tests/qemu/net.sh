# The words of NET: two machines on a wire, on a bad one, and QEMU's own network.
./mk cc tests/qemu/ethertest.c -o $T/ethertest
mkdir $T/s
cp $T/ethertest $T/s

guest(){	# script, options of tests/vm
	script=$1
	shift
	SHARE=$T/s timeout 200 tests/vm -t 180 "$@" -c "$script"
}

awaits(){	# file that is made
	tries=0
	until [ -e $1 ]; do
		tries=$((tries+1))
		[ $tries -lt 900 ] || exit 1
		sleep 0.1
	done
}

# the answering machine's word, the asking one's, how many frames
pair(){
	there=$1 here=$2 n=$3
	rm -f $T/s/echo
	SHARE=$T/s timeout 200 tests/vm -t 180 -n $there -c '/n/host/ethertest echo /n/host' &
	vm=$!
	awaits $T/s/echo
	guest "/n/host/ethertest ask $n" -n $here,mac=52:54:00:12:34:99 || {
		kill $vm
		exit 1
	}
	kill $vm
	wait $vm || :
}

pair listen=$T/wire connect=$T/wire 300
build/host/line -d 3 -l 8 -r 5 -o 8 -s 9 $T/a $T/b >$T/counts &
line=$!
awaits $T/a
awaits $T/b
pair connect=$T/a connect=$T/b,card=e1000 200
kill $line
wait $line
cat $T/counts
awk '$3 < 200 || $5 < 5 || $7 < 3 || $9 < 5 { exit 1 }' $T/counts

guest '/n/host/ethertest arp' -n user
guest '/n/host/ethertest arp' -n user,card=rtl8139
none=$(guest "ls '#l'" -n none)
[ -z "$none" ]
two=$(guest "cat '#l/ether0/addr' '#l/ether1/addr'" -n hub,card=e1000 -n hub,mac=52:54:00:00:00:77)
[ "$two" = 525400123456525400000077 ] || [ "$two" = 525400000077525400123456 ]
