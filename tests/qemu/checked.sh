# The checked kernel: its checks fail when they should, and do not when the
# tests of processes, memory and name spaces run on it.
KERNEL=$PWD/build/pintle-check.elf
export KERNEL
fault(){	# name, what the panic says
	tests/vm -t 60 -k selfcheck=$1 -c 'echo up' >$T/out 2>&1 && st=0 || st=$?
	if [ $st = 2 ] && grep -q "$2" $T/out
	then
		return
	fi
	echo "selfcheck=$1: status $st"
	head -5 $T/out
	bad=1
}
fault pastend 'past the end of an object.*pastend'
fault afterfree 'is free.*afterfree'
fault freetwice 'freed twice'
fault copypast 'past the end of an object'
fault order 'lock order:'
fault sleeplocked 'about to sleep with a Lock held'
fault overflow 'invalid opcode in the kernel'
fault shift 'invalid opcode in the kernel'

for t in namestest proctest memtest
do
	./mk cc $PWD/tests/qemu/$t.c -o $T/$t >/dev/null
done
./mk cc $PWD/tests/qemu/memfar.c -o $T/far >/dev/null
try(){	# program and its arguments
	SHARE=$T tests/vm -t 150 -s 4 -c "/n/host/$*" >$T/out 2>&1 && return
	echo "$1:"
	grep -v '^ok' $T/out | tail -40
	bad=1
}
try namestest /n/host/namestest
try proctest
try memtest /n/host/memtest
[ -z "$bad" ]
