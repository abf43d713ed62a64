# Servers that move while clients of every kind use them, movetest.c: a hundred
# times in all, between processes, into the kernel and out of it, on one
# processor and on four.
pairs=${pairs:-20}
limit=${limit:-100}
echo $pairs pairs of moves >$T/last
./mk cc $PWD/tests/qemu/movetest.c $PWD/tests/qemu/moveraw.c -I$PWD/tests/qemu -o $T/movetest
cat >$T/run <<END
pairs=$pairs
END
cat >>$T/run <<'END'
fn ctl { {echo $*(2-) >[1=0]; read} <>/srv/$1.ctl }
fn movekernel { move kernel /srv/live >/dev/null }
fn moveuser { move user /srv/live >/dev/null }
mkdir /tmp/m
ramfs -S live
mount -c /srv/live /tmp/m
for(i in 1 2 3)
	ctl live post raw$i
/n/host/movetest /tmp/m raw 'move restart /srv/live >/dev/null' 5 'movekernel; moveuser' $pairs 'move restart /srv/live >/dev/null' 5
END
try(){
	SHARE=$T tests/vm -t $limit "$@" $T/run >$T/out && grep -q '^rawdeaf' $T/out && return
	echo "with $*:"
	cat $T/out
	bad=1
}
try -s 1
try -s 4
[ -z "$bad" ]
