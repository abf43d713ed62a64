# ./mk profile: every instruction between the marks is counted, under the
# function that ran it, in the program that called it; and the graph is XML.
./mk profile -o $T -n 400 -p 'cp /bin/tiny /tmp' "ops /tmp/file 'null system call'" >$T/out
awk '
{ sum += $2 }
/^ops;/ { ops += $2 }
/^ops;.*alarm;(syscallentry|callret)\[k\]/ { calls += $2 }
END {
	if(ops < 0.99*sum || calls < 0.5*sum){
		print sum, ops, calls
		exit 1
	}
}' $T/folded
set -- $(awk '{ n[NR] = $2 } END { print n[NR] - n[NR-1] }' build/profile/marks) $(awk '{ s += $2 } END { print s }' $T/folded)
[ $1 -ge $2 ] && [ $(($1-$2)) -lt 1000 ]
grep -q 'kernel *syscallentry$' $T/out

# a pipeline: programs are told apart, and their calls
./mk profile -o $T 'echo hello | tr a-z A-Z | grep HELLO' >$T/out
grep -q '^HELLO$' $T/out
for p in rc echo tr grep; do
	grep -q "^$p;.*main" $T/folded
done
[ "$(grep -o '<g>' $T/flame.svg | wc -l)" = "$(grep -o '</g>' $T/flame.svg | wc -l)" ]
tail -n 1 $T/flame.svg | grep -q '</svg>'
