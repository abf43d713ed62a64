/* tiny.c: the least program: what fork, exec, wait costs besides it is the kernel's. */
#include <u.h>
#include <libc.h>

int main(void)
{
	_exits(nil);
}
