/* asuser user command ...: run it as that user */
#include <u.h>
#include <libc.h>
#include <auth.h>

int main(int argc, char **argv)
{
	if(argc < 3 || capuser(argv[1]) < 0)
		sysfatal("asuser: %r");
	exec(argv[2], argv+2);
	sysfatal("%s: %r", argv[2]);
}
