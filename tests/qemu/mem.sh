# Memory: memtest.c, on one and more processors, with the registers of AVX.
./mk cc $PWD/tests/qemu/memtest.c -o $T/memtest
./mk cc $PWD/tests/qemu/memfar.c -o $T/far
try(){
	SHARE=$T tests/vm -t 150 "$@" -c '/n/host/memtest /n/host/memtest' >$T/out && return
	echo "with $*:"
	grep -v '^ok' $T/out
	bad=1
}
try -s 1
try -s 2 -q '-cpu max'
try -s 4 -m 128
[ -z "$bad" ]
