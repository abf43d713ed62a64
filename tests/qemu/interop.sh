# 9P between this machine and Pintle on serial lines: exportfs with a client
# of lib9p here, and a lib9p server here mounted there: virtio ports.
tests/interop/build $T
chardev(){	# id
	echo "-chardev socket,id=$1,path=$T/$1,server=on,wait=off"
}
mkdir $T/s
cat >$T/script <<'E'
bind -c '#9host' /n/host
fn serve { exportfs -r / </dev/$1 >/dev/$1 & }
serve eia5
date >/n/host/ready
while(! test -e /n/host/mounts) sleep 1
mkdir /n/x /n/y >[2]/dev/null
srv -f /dev/eia6 hostv
for(i in hostv){
	mkdir /tmp/$i
	mount -c /srv/$i /tmp/$i
	cd /tmp/$i
	mkdir a a/b
	cp /bin/rc a/b/rc
	cmp /bin/rc a/b/rc && echo $i same
	for(j in 0 1 2 3 4 5 6 7 8 9) echo $j >a/$j
	cat a/[0-9]
	mv a/9 a/nine
	rm a/8
	ls a
	cat a/nothere
	echo $status
	rm -r a
	ls
	cd /
	unmount /tmp/$i
}
echo done >/n/host/done
while(! test -e /n/host/stop) sleep 1
exit ''
E
SHARE=$T/s tests/vm -t 300 -q "-device virtio-serial-pci
	$(chardev v0) -device virtserialport,chardev=v0,nr=1
	$(chardev v1) -device virtserialport,chardev=v1,nr=2" $T/script >$T/out &
vm=$!
trap 'touch $T/s/mounts $T/s/stop; wait $vm' EXIT

await(){	# file
	n=0
	while [ ! -e $1 ]; do
		n=$((n+1))
		[ $n -lt 3000 ] && kill -0 $vm
		sleep 0.1
	done
}

await $T/s/ready
tests/interop/client $T/v0 $T
timeout 300 $T/ramfs $T/v1 glenda $T/s/mounts &
r1=$!
await $T/s/done
kill $r1 || :
touch $T/s/stop
wait $vm
trap - EXIT
for i in hostv; do
	echo $i same
	seq 0 9
	printf '%s\n' 0 1 2 3 4 5 6 7 b nine | sed 's,^,a/,'
done >$T/want
grep -v "^cat\|^cat:.*" $T/out >$T/out2 || true
diff $T/want $T/out2
