# Name spaces, files and mounts: namestest.c, on one and more processors.
./mk cc $PWD/tests/qemu/namestest.c -o $T/namestest
try(){
	SHARE=$T tests/vm -t 150 "$@" -c '/n/host/namestest /n/host/namestest' >$T/out && return
	echo "with $*:"
	grep -v '^ok' $T/out
	bad=1
}
try -s 1
try -s 2 -q '-cpu max'
try -s 4
[ -z "$bad" ]
