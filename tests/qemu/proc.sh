# Processes: proctest.c, on one and more processors.
./mk cc $PWD/tests/qemu/proctest.c -o $T/proctest
try(){
	SHARE=$T tests/vm -t 100 "$@" -c /n/host/proctest >$T/out && return
	echo "with $*:"
	grep -v '^ok' $T/out
	bad=1
}
try -s 1
try -s 2
try -s 4
try -s 2 -q '-cpu max'
[ -z "$bad" ]
