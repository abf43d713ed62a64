# A virtio disk as a file: odd reads and writes, its end, one that may not be
# written; swapping to it under more memory than the machine has; entropy.
./mk cc tests/qemu/disktest.c -o $T/disktest
mkdir $T/s
cp $T/disktest $T/s

try(){	# script, options of tests/vm
	script=$1
	shift
	SHARE=$T/s timeout 300 tests/vm -t 280 "$@" -c "$script" >$T/out || {
		cat $T/out
		exit 1
	}
}

export DISK=$T/disk
for opt in '-cpu max' '-global virtio-blk-device.indirect_desc=off' '-global virtio-pci.disable-modern=on'; do
	head -c 8388608 /dev/urandom >$DISK
	try '/n/host/disktest disk /n/host/copy' -s 2 -q "$opt"
	cmp $DISK $T/s/copy
done

# read only
cp $DISK $T/before
unset DISK
try 'ls -l /dev/sdv0; cmp /dev/sdv0 /n/host/copy || exit differ
	cp /bin/rc /dev/sdv0 >[2]/dev/null && exit written; ~ a a' \
	-q "-drive file=$T/disk,format=raw,if=none,id=d,readonly=on -device virtio-blk-pci,drive=d"
cmp $T/disk $T/before

# swap: 64 MB of memory, 80 MB of data; and without swap the program is told
export DISK=$T/swap
truncate -s 256M $DISK
try 'swap /dev/sdv0; /n/host/disktest swap 80 || exit bad; swap' -m 64 -s 2
[ $(od -An -v -tx1 -w4096 $DISK | grep -c '[1-9a-f]') -gt 8000 ]
try '/n/host/disktest swap 96 >[2]/dev/null && exit fits; echo still here; ~ a a' -m 64
grep -q 'still here' $T/out
