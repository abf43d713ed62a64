# 9P from 50 ms away: two stacks of one machine at the ends of a line, one with a server,
# the other with mounts of it.  What is written in large calls, and read in large and,
# with -C, in small ones, is right; in tests/soak it is 200 MB and must reach 70 % of
# the rate of a stream of bytes.
size=${size:-2M}
./mk cc $PWD/tests/qemu/fartest.c -Wall -Wextra -Werror -o $T/fartest
build/host/line -d 25 $T/a $T/b >/dev/null &
line=$!
trap 'kill $line' EXIT
while [ ! -S $T/b ]; do
	kill -0 $line || exit 1
	sleep 0.1
done
cat >$T/script <<END
rfork n
mkdir /tmp/far /tmp/x /tmp/m /tmp/c
bind '#I1' /tmp/far
ip/ipconfig -x /net ether '#l/ether0' add 10.9.8.1 /24
ip/ipconfig -x /tmp/far ether '#l/ether1' add 10.9.8.2 /24
exportfs -n -r /tmp/x -l '/tmp/far/tcp!*!564' >[2]/dev/null
/n/host/fartest serve '/tmp/far/tcp!*!99'
import -c tcp!10.9.8.2!564 / /tmp/m
import -cC tcp!10.9.8.2!564 / /tmp/c
fn t { echo \$1 \`{/n/host/fartest \$2 \$3 \$4 \$5} }
t in get tcp!10.9.8.2!99 $size
t out put tcp!10.9.8.2!99 $size
t write write /tmp/m/f $size 1M
t read check /tmp/m/f $size 1M
t small check /tmp/c/f $size 8K
END
MEM=${MEM:-256} SHARE=$T NET="connect=$T/a connect=$T/b" tests/vm -t ${LIMIT:-100} -s 2 $T/script >$T/out || bad=1
cat $T/out
[ -z "$bad" ] || exit 1
awk '
function least(what, of) { if(rate[what] < 0.7*rate[of]) bad = 1 }
{ rate[$1] = $2; if(!($2 > 0)) bad = 1 }
END {
	if(NR != 5)
		bad = 1
	if(ENVIRON["SOAK"] != ""){
		least("write", "out")
		least("read", "in")
		least("small", "in")
	}
	exit bad
}' $T/out
