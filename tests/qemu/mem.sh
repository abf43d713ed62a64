# Memory: memtest.c, on one and more processors, with the registers of AVX.
./mk cc $PWD/tests/qemu/memtest.c -o $T/memtest
cat >$T/far.c <<'END'
/* has much to read only, and reads it when it is told to */
#include <u.h>
#include <libc.h>
static const volatile char far[4*1024*1024] = { 1, [3*1024*1024] = 2 };
int main(void)
{
	long i, n;
	char c;

	write(1, "r", 1);
	read(0, &c, 1);
	for(i = n = 0; i < (long)sizeof far; i += 512)
		n += far[i];
	exits(n == 3 ? "right" : "wrong");
}
END
./mk cc $T/far.c -o $T/far
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
