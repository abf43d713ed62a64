/*
 * What is set up before main, and the variables that are there from the
 * start.  The reference to fmtfloat makes %e %f %g part of every program:
 * print's table knows it only as a weak symbol, for the kernel's sake.
 */
#include "u.h"
#include "libc.h"

Tos *_tos;
char *argv0;

int main(int argc, char **argv);
int fmtfloat(Fmt *f);
void _main(long argc, char **argv) noreturn_;

static int (*const floats)(Fmt*) __attribute__((used)) = fmtfloat;

void _main(long argc, char **argv)
{
	argv0 = argv[0];
	exits(main(argc, argv) == 0? nil: "main");
}
