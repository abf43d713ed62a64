# Servers in the kernel: kmovetest.c, on one and more processors.
./mk cc $PWD/tests/qemu/kmovetest.c -o $T/kmovetest
try(){
	SHARE=$T tests/vm -t 100 "$@" -c '/n/host/kmovetest' >$T/out && return
	echo "with $*:"
	grep -v '^ok' $T/out
	exit 1
}
try -s 1
try -s 2 -q '-cpu max'
try -s 4
