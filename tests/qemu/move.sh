# Servers that move while clients of every kind use them: movetest.c, on one
# and on four processors.
./mk cc $PWD/tests/qemu/movetest.c $PWD/tests/qemu/moveraw.c -I$PWD/tests/qemu -o $T/movetest
cat >$T/run <<'END'
fn ctl { {echo $*(2-) >[1=0]; read} <>/srv/$1.ctl }
mkdir /tmp/m
ramfs -S live
mount -c /srv/live /tmp/m
for(i in 1 2 3)
	ctl live post raw$i
/n/host/movetest /tmp/m raw 'move restart /srv/live' 20
END
try(){
	SHARE=$T tests/vm -t 100 "$@" $T/run >$T/out && return
	echo "with $*:"
	cat $T/out
	bad=1
}
try -s 1
try -s 4
[ -z "$bad" ]
