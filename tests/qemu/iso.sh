# The ISO image: a shell by BIOS from CD and from disk, and by UEFI.
./mk iso >$T/log 2>&1 || {
	cat $T/log
	exit 1
}
fail() {
	echo "$*"
	exit 1
}
boots() {	# what qemu-arguments...
	what=$1
	shift
	timeout 190 qemu-system-x86_64 -nodefaults -machine pc -accel tcg -m 512 -display none -no-reboot \
		-vga std -chardev pipe,id=c,path=$T/$what -serial chardev:c "$@" &
	pid=$!
	cat $T/$what.out >$T/$what.log &
	cat=$!
	i=0
	while [ $i -lt 180 ] && ! grep -q '^hello from iso' $T/$what.log; do
		sleep 1
		[ $i -gt 3 ] && echo 'echo hello from iso' >&3
		i=$((i+1))
	done 3<>$T/$what.in
	kill $pid $cat 2>/dev/null
	wait
	tr -d '\r' <$T/$what.log | grep -q '^hello from iso' || {
		cat $T/$what.log
		fail $what
	}
}
for what in cd disk uefi; do
	mkfifo $T/$what.in $T/$what.out
done
boots cd -cdrom build/pintle.iso
boots disk -drive file=build/pintle.iso,format=raw,snapshot=on
cp /usr/share/OVMF/OVMF_VARS.fd $T/vars
boots uefi -drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE.fd \
	-drive if=pflash,format=raw,file=$T/vars -cdrom build/pintle.iso
