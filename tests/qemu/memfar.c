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
