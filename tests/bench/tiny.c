/* tiny.c: the least program: what fork, exec, wait costs besides it is the kernel's. */
#include "os.h"

int main(void)
{
	osexit(0);
}
