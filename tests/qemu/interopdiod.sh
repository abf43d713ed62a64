# ninep, as a program, to diod, which serves 9P2000.L here: on a serial line and
# over the network.
diod=$(command -v diod || echo /usr/sbin/diod)
[ -x $diod ] || {
	echo 'diod is not installed'
	exit 1
}
mkdir $T/s
files(){
	rm -rf $T/d $T/s/*
	mkdir $T/d $T/d/dir
	echo hello >$T/d/file
	ln -s ../file $T/d/dir/link
	ln -s nowhere $T/d/dangling
	seq 1 100000 >$T/d/numbers
	mkfifo $T/d/fifo
}

script(){	# what ninep is given, its lines before
	cat <<E
bind -c '#9host' /n/host
date >/n/host/ready
while(! test -e /n/host/go) sleep 1
$2
ninep -a $T/d -u 0 -s diod $1
mkdir /tmp/d
mount -c /srv/diod /tmp/d || exit mount
cd /tmp/d
ls
cat file dir/link
cat fifo >[2]/dev/null && exit fifo
cp numbers copy
cmp numbers copy || exit copy
mkdir new
mv copy moved
cp moved new/moved
rm moved
chmod 600 new/moved
rm dangling
rm new && exit full
for(i in 1 2 3 4){ cat numbers >/tmp/n.\$i & }
wait
for(i in 1 2 3 4) cmp numbers /tmp/n.\$i || exit parallel
echo done
exit ''
E
}

start(){	# options of tests/vm
	SHARE=$T/s tests/vm -t ${LIMIT:-100} "$@" $T/script >$T/out 2>$T/err &
	vm=$!
	trap 'kill $vm $dp 2>/dev/null || :' EXIT
	n=0
	while [ ! -e $T/s/ready ]; do
		n=$((n+1))
		[ $n -lt 600 ] && kill -0 $vm
		sleep 0.1
	done
}

finish(){
	wait $vm || {
		cat $T/out $T/err $T/diod.log
		exit 1
	}
	kill $dp 2>/dev/null || :
	grep -q '^done$' $T/out
	cmp $T/d/numbers $T/d/new/moved
	[ "$(stat -c %a $T/d/new/moved)" = 600 ]
	[ ! -L $T/d/dangling ]
}

diod="$diod -f -c /dev/null -n -L stderr -e $T/d"
files
script /dev/eia5 >$T/script
start -q "-device virtio-serial-pci -chardev socket,id=v0,path=$T/v0,server=on,wait=off
	-device virtserialport,chardev=v0,nr=1"
perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) && connect(S, pack_sockaddr_un($ARGV[0])) or die;
	open(STDIN, "<&S"); open(F, ">$ARGV[1]"); exec @ARGV[2..$#ARGV]' $T/v0 $T/s/go $diod -r 0 -w 0 >$T/diod.log 2>&1 &
dp=$!
finish

files
port=$(perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0); bind(S, pack_sockaddr_in(0, INADDR_LOOPBACK));
	print +(unpack_sockaddr_in(getsockname(S)))[0]')
script tcp!10.0.2.2!$port ip/ipconfig >$T/script
start -n user
$diod -l 127.0.0.1:$port >$T/diod.log 2>&1 &
dp=$!
n=0
until perl -MIO::Socket::INET -e "exit !IO::Socket::INET->new('127.0.0.1:$port')"; do
	n=$((n+1))
	[ $n -lt 300 ] && kill -0 $dp
	sleep 0.1
done
date >$T/s/go
finish
