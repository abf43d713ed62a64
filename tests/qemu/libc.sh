# libc's tests of processes, notes, files and threads, which run on Linux with
# system calls of their own, on the real ones; on one processor and on four.
for t in t_sys t_thread
do
	./mk cc tests/host/libc/$t.c tests/host/libc/linux/check.c -o $T/$t
done
for m in '-s 1 -q "-cpu qemu64"' '-s 4 -q "-cpu max"'
do
	eval "SHARE=$T tests/vm -t 90 $m -c '/n/host/t_sys && /n/host/t_thread'" >$T/out
	cat $T/out
	[ $(grep -c '^[1-9][0-9]* passed, 0 failed$' $T/out) = 2 ]
done
