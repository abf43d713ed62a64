# A plain `qemu -cdrom`, by BIOS and by UEFI: the shell is on the screen, the PS/2
# keyboard is its input, and the serial line mirrors it.
./mk iso >$T/log 2>&1 || {
	cat $T/log
	exit 1
}
start() {	# qemu-arguments...
	rm -f $T/mon.*
	mkfifo $T/mon.in $T/mon.out
	timeout 300 qemu-system-x86_64 -accel tcg -m 256 -display none -no-reboot -serial file:$T/serial \
		-chardev pipe,id=m,path=$T/mon -mon chardev=m "$@" &
	qemu=$!
	cat $T/mon.out >$T/mon.said &
	exec 3>$T/mon.in
}
stop() {
	echo quit >&3
	exec 3>&-
	wait
}
size() {
	stat -c %s $T/serial
}
type_() {	# keys, as QEMU names them, each when the last one shows: QEMU's keyboard holds few
	for k; do
		was=$(size)
		echo "sendkey $k" >&3
		i=0
		while [ $i -lt 600 ] && [ $(size) = $was ]; do
			sleep 0.1
			i=$((i+1))
		done
	done
}
waitfor() {	# pattern file: a line of it
	i=0
	while [ $i -lt 1200 ] && ! grep -q "$1" $2 2>/dev/null; do
		sleep 0.1
		i=$((i+1))
	done
}
dump() {	# file n: the screen; when it is there the monitor says n
	echo "screendump \"$1\"" >&3
	echo "print/d $2" >&3
	waitfor "^$2" $T/mon.said
}

shows() {	# qemu-arguments...: what is typed is answered, and the picture changes
	start "$@"
	waitfor '% ' $T/serial
	dump $T/before 1001
	type_ e c h o spc shift-s c r e e n ret
	waitfor '^Screen' $T/serial
	n=0 i=1002
	while [ $n -le 500 ] && [ $i -lt 1100 ]; do	# the line may have it before the screen
		dump $T/after $i
		n=$(cmp -l $T/before $T/after | wc -l)
		i=$((i+1))
	done
	stop
	grep -q '% echo Screen' $T/serial && grep -q '^Screen' $T/serial || {
		cat $T/serial
		exit 1
	}
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
