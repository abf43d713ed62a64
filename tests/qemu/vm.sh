# tests/vm: output byte for byte, exit status, standard input, hang, options.
fail() {
	echo "$*"
	exit 1
}
vm=tests/vm

[ "$($vm -c 'echo one; echo two >[1=2]')" = 'one
two' ] || fail output

st=0
$vm -c 'echo before; exit bad; echo after' >$T/out || st=$?
[ $st = 1 ] && [ "$(cat $T/out)" = before ] || fail "failing script: $st"

# every byte there is, and none added
$vm -c 'cat /bin/rc' >$T/rc
cmp $T/rc build/bin/rc

# a script from a file and from standard input
echo 'echo from $0; cat' >$T/script
$vm $T/script | grep -q '^from /fd/' || fail 'script from a file'
echo 'echo from standard input' | $vm | grep -qx 'from standard input' || fail 'script from standard input'

# a hang: 124, and what the processes were doing
for t in 15 100; do	# the second if it has not even booted in the first
	st=0
	$vm -t $t -c 'echo waiting; sleep 1000' >$T/out 2>$T/err || st=$?
	[ $st = 124 ] || fail "hang: $st"
	[ ! -s $T/out ] || break
done
[ "$(cat $T/out)" = waiting ] || fail 'hang: output'
grep -q sleep $T/err || fail 'hang: the processes are not shown'

# a panic: 2, with its text, the functions on the stack and what ran
st=0
$vm -k init=/nosuch -c 'echo not here' >$T/out 2>$T/err || st=$?
[ $st = 2 ] && [ ! -s $T/out ] || fail "panic: $st"
grep -q '^panic: /nosuch: ' $T/err || fail 'panic: its text'
grep -q 'first+0x' $T/err || fail 'panic: the functions'

# the machine goes away
st=0
$vm -c 'echo before; echo halt >/dev/reboot; sleep 100' >$T/out 2>$T/err || st=$?
[ $st = 2 ] && [ "$(cat $T/out)" = before ] && grep -q 'stopped before' $T/err || fail "halt: $st"

# arguments for the kernel, processors, memory
[ "$($vm -k 'colour=red size=xl' -c 'echo $colour $size')" = 'red xl' ] || fail 'boot arguments'
[ "$($vm -s 2 -c 'cat /dev/sysstat | wc -l' | tr -d ' ')" = 2 ] || fail processors

# counting instructions
[ "$($vm -i -c 'echo counted')" = counted ] || fail 'no output under -i'
