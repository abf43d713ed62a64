# The 9P transcripts against a user server in the system, on one processor and
# on four.
for m in '-s 1 -q "-cpu qemu64"' '-s 4 -q "-cpu max"'
do
	eval "SHARE=$PWD/tests/9p tests/vm -t 120 $m -c '9pplay /n/host/*.9p'" >$T/out
	tail -1 $T/out
	tail -1 $T/out | grep -q '^[1-9][0-9][0-9]* passed, 0 failed$'
done
