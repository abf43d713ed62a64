/* sha1sum: the SHA-1 of each file, or of standard input. */
#include <u.h>
#include <libc.h>
#include <sha1.h>

static int sum(int fd, char *name)
{
	static uchar buf[64*1024];
	uchar digest[SHA1LEN];
	Sha1 s;
	long n;
	int i;

	sha1begin(&s);
	while((n = read(fd, buf, sizeof buf)) > 0)
		sha1add(&s, buf, n);
	if(n < 0){
		fprint(2, "sha1sum: %s: %r\n", name);
		return -1;
	}
	sha1end(&s, digest);
	for(i = 0; i < SHA1LEN; i++)
		print("%.2ux", digest[i]);
	print("\t%s\n", name);
	return 0;
}

int main(int argc, char **argv)
{
	int i, fd, bad = 0;

	ARGBEGIN{
	default:
		fprint(2, "usage: sha1sum [file ...]\n");
		exits("usage");
	}ARGEND
	if(argc == 0)
		bad = sum(0, "") < 0;
	for(i = 0; i < argc; i++){
		fd = open(argv[i], OREAD);
		if(fd < 0){
			fprint(2, "sha1sum: %s: %r\n", argv[i]);
			bad = 1;
			continue;
		}
		bad |= sum(fd, argv[i]) < 0;
		close(fd);
	}
	exits(bad ? "errors" : nil);
}
