# A plain `qemu -cdrom`, by BIOS and by UEFI: the shell is on the screen, the PS/2
# keyboard is its input, and the serial line mirrors it.
./mk iso >$T/log 2>&1 || {
	cat $T/log
	exit 1
}
start() {	# qemu-arguments...
	rm -f $T/mon.*
	mkfifo $T/mon.in $T/mon.out
	timeout 100 qemu-system-x86_64 -accel tcg -m 256 -display none -no-reboot -serial file:$T/serial \
		-chardev pipe,id=m,path=$T/mon -mon chardev=m "$@" &
	qemu=$!
	cat $T/mon.out >/dev/null &
	exec 3>$T/mon.in
}
stop() {
	echo quit >&3
	exec 3>&-
	wait
}
type_() {	# keys, as QEMU names them
	for k; do
		echo "sendkey $k" >&3
		sleep 0.2
	done
}
waitfile() {	# file size
	i=0
	while [ $i -lt 30 ] && [ "$(stat -c %s $1 2>/dev/null || echo 0)" -lt $2 ]; do
		sleep 1
		i=$((i+1))
	done
}
waitfor() {	# pattern: on the serial line, the console's mirror
	i=0
	while [ $i -lt 60 ] && ! grep -q "$1" $T/serial 2>/dev/null; do
		sleep 1
		i=$((i+1))
	done
}

shows() {	# qemu-arguments...: what is typed is answered, and the picture changes
	start "$@"
	waitfor '% '
	echo "screendump \"$T/before\"" >&3
	waitfile $T/before 100000
	type_ e c h o spc shift-s c r e e n ret
	waitfor '^Screen'
	sleep 1
	echo "screendump \"$T/after\"" >&3
	waitfile $T/after 100000
	stop
	grep -q '% echo Screen' $T/serial && grep -q '^Screen' $T/serial || {
		cat $T/serial
		exit 1
	}
	n=$(cmp -l $T/before $T/after | wc -l)
	[ $n -gt 500 ] && [ $n -lt 200000 ] || {
		echo "$n bytes of the picture changed"
		exit 1
	}
	rm -f $T/before $T/after $T/serial
}

shows -cdrom build/pintle.iso
cp /usr/share/OVMF/OVMF_VARS.fd $T/vars
shows -drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE.fd \
	-drive if=pflash,format=raw,file=$T/vars -cdrom build/pintle.iso
