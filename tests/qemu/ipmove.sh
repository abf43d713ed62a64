# IP stacks that move between the kernel and a program, and from program to program, while they
# are used: by a transfer, and by datagrams of which none may be lost; by two hundred connections
# in all states, on a bad line too; how long that takes; and one that is killed.
# The program is in the boot image, so that nobody waits for time in which nothing happens.
mkdir $T/bin
q=$PWD/tests/qemu
./mk cc $q/ipmovetest.c $q/ipmovestates.c $q/ipmoveline.c $q/ipmoveudp.c -I$q -o $T/bin/ipmovetest
(cat root/proto.usr && echo "/bin/ 775 $T/bin/*") >$T/proto
build/host/mkar -o $T/usr.img -x root/proto $T/proto
cat >$T/lib <<'END'
fn ifc {	# of the stack dir: ether, address
	<>[3]$1/ipifc/clone {
		echo bind ether $2 >[1=3]
		echo add $3 255.255.255.0 >[1=3]
	}
}
fn stacks {	# two, in /tmp/a and /tmp/b, on these interfaces
	mkdir /tmp/a /tmp/b
	for(i in a b){
		ipsrv -s net$i
		mount /srv/net$i /tmp/$i
	}
	ifc /tmp/a $1 10.9.8.1
	ifc /tmp/b $2 10.9.8.2
}
fn tests { ipmovetest $* /tmp/a 10.9.8.1 /tmp/b 10.9.8.2 }
fn netstack {	# one in a program, that talks with /net
	mkdir /tmp/b
	ipsrv -s netb
	mount /srv/netb /tmp/b
	ifc /net '#l/ether0' 10.9.8.1
	ifc /tmp/b '#l/ether1' 10.9.8.2
}
fn nettests { ipmovetest $* /net 10.9.8.1 /tmp/b 10.9.8.2 }
END
card(){	# name of the wire's end, wire
	echo "-netdev hubport,id=$1,hubid=$2 -device virtio-net-pci,netdev=$1"
}
run(){	# options of vm; the script is standard input, its output must be $T/want
	cat $T/lib - >$T/script
	INITRD=$T/usr.img tests/vm -t ${LIMIT:-80} "$@" $T/script 2>$T/err >$T/out && diff -u $T/want $T/out || {
		echo "with $*:"
		cat $T/out $T/err
		exit 1
	}
}

# a transfer goes on through fifty moves; two hundred connections, each kind of move in
# less than 15 million instructions when nobody else has the processor meanwhile; a transfer goes on
# when moves fail: no program, one that dies, one of another kind, no card, a spoilt image, no room in the kernel
cat >$T/want <<'END'
25 moves, 1 connections, nothing lost
3 moves, 201 connections, nothing lost
1 moves, 1 connections, nothing lost
echo: write error: malformed image
/bin/nonesuch: file does not exist
move: net: /host/net hello
/bin/ramfs: /host/net: image: is not of ramfs
move: netb: image: is not of ramfs
move: netb: no free IP stack
ipsrv: /host/net: #l/ether0: cannot open the device
kernel
END
run -i -q "$(card a 0) $(card b 0)" <<'END'
netstack
fn refused { { $* && echo not refused: $* } >>/tmp/said >[2=1] }
fn nodevices { rfork nm; $* }
fn spoilt {
	<>[3]/host/clone {
		n=`{read <[0=3]}
		echo kind ip >[1=3]
		echo name spoilt >[1=3]
		echo conn 5 >[1=3] <>[5]/dev/null
		<>[4]/host/net/ctl {
			echo freeze >[1=4]
			dd -bs 5000 -count 1 </host/net/state >/host/in.$n/state >[2]/dev/null
			echo restore >[1=3]
		}
	}
}
fn failing {
	refused move user /net /bin/nonesuch
	refused move user /net /bin/echo hello
	refused move user /net /bin/ramfs
	refused move restart netb /bin/ramfs
	for(i in 1 2)
		echo new ip full$i >/host/ctl
	refused move kernel /tmp/b
	for(i in 1 2)
		echo remove >/host/full$i/ctl
	refused nodevices move user /net
	spoilt >[2]/tmp/spoilt
}
fn moves { move user /net >>/tmp/user; move restart netb >>/tmp/restart; move kernel /net >>/tmp/kernel }
nettests -u -k 25 -m '{ move user /net; move kernel /net } >/dev/null'
nettests -bu -k 3 -m moves
nettests -u -k 1 -m failing
cat /tmp/spoilt /tmp/said
for(i in user restart kernel)
	awk '{ print $8 }' /tmp/$i | sort -n | awk 'NR == 1 && $1 > 15000 { print }'
ps | awk '$NF == "ipsrv" { n++ } END { if(n > 10) print n, "processes of a stack" }'
cat '#l/ether0/stats' '#l/ether1/stats' | grep '(soft overflows|output errs): [^0]'
move kernel /tmp/b >/dev/null
sed -n 's/^place //p' /host/netb/status
END

# the same on a line that loses, repeats and confuses frames; time there is not waited for
moves=${SOAK:+8}
moves=${moves:-2}
echo "$moves moves, 202 connections, nothing lost" >$T/want
run -i -q "$(card a 0) $(card b 0) $(card c 1) $(card d 1)" <<END
ipmovetest line '#l/ether1' '#l/ether2' 20 30 20
stacks '#l/ether0' '#l/ether3'
tests -bl -n 2 -k $moves -m '{ move kernel /tmp/a; move restart netb; move user /tmp/a } >/dev/null'
END

# a stack that dies: its clients get errors, and another takes its place at once
cat >$T/want <<'END'
read: error reading <stdin>: i/o on hungup channel
cat: can't open /tmp/a/tcp/clone: i/o on hungup channel
hello again
END
run -q "$(card a 0) $(card b 0)" <<'END'
fn dial {	# from a to b; then, with the number in m
	<>[3]/tmp/a/tcp/clone {
		m=`{read <[0=3]}
		echo connect 10.9.8.2!23 >[1=3] && $*
	}
}
fn diesreading {
	read </tmp/a/tcp/$m/data >[2=1] &
	reader=$apid
	while(! grep -s Pread /proc/$reader/status)
		sleep 0
	echo kill >/proc/^`{ps | awk '$NF == "ipsrv" { print $2 }' | sed 1q}^/ctl
	wait $reader
	cat /tmp/a/tcp/clone >[2=1]
}
fn reads { cat /tmp/a/tcp/$m/data }
stacks '#l/ether0' '#l/ether1'
<>[4]/tmp/b/tcp/clone {
	n=`{read <[0=4]}
	echo announce 23 >[1=4]
	dial diesreading
	rm /srv/neta
	unmount /tmp/a
	ipsrv -s neta
	mount /srv/neta /tmp/a
	ifc /tmp/a '#l/ether0' 10.9.8.1
	<>[5]/tmp/b/tcp/$n/listen {	# the call of before
	}
	{
		<>[5]/tmp/b/tcp/$n/listen {
			m=`{read <[0=5]}
			echo hello again >/tmp/b/tcp/$m/data
		}
	} &
	dial reads
}
END
