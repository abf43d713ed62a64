/*
 * mark: tells QEMU's plugin (tools/tcg.c) where what is to be profiled starts
 * and ends.
 *
 *	mark start|end
 */
#include <u.h>
#include <libc.h>

int main(int argc, char **argv)
{
	if(argc == 2 && strcmp(argv[1], "start") == 0)
		__asm__ volatile(".byte 0x0f,0x1f,0x80,1,'M','R','K'");
	else if(argc == 2 && strcmp(argv[1], "end") == 0)
		__asm__ volatile(".byte 0x0f,0x1f,0x80,2,'M','R','K'");
	else
		sysfatal("usage: mark start|end");
	exits(nil);
}
