# The 9P transcripts in the system, against every server in every host: over
# pipes that a library process serves, the user host, and the kernel's; on one
# processor and on four.
cat >$T/play.rc <<'EOF'
for(s in ramfs env mbox consmux){
	9pplay -s $s /n/host/*.9p
	9pplay -h user -s $s /n/host/*.9p
	9pplay -h kernel -s $s /n/host/*.9p
}
EOF
for m in '-s 1 -q "-cpu qemu64"' '-s 4 -q "-cpu max"'
do
	eval "SHARE=$PWD/tests/9p tests/vm -t 300 $m $T/play.rc" >$T/out
	cat $T/out
	[ $(grep -c '^[1-9][0-9][0-9]* passed, 0 failed$' $T/out) = 12 ]
done
