/*
 * pairs.c: how much pairs of processes that have nothing to do with each other
 * get done at once, on several processors.
 *
 *	pairs pipe|9p n seconds
 *
 * Starts n pairs and prints how many operations they have done together: a
 * byte to and fro through pipes, or a byte read from /tmp/pair0/f, /tmp/pair1/f,
 * ..., which lie in servers of their own.  Marks around all, as in ops.c, are for
 * the processor time that QEMU used.
 */
#include <u.h>
#include <libc.h>

#define mark(n) __asm__ volatile(".byte 0x0f,0x1f,0x80," #n ",'M','R','K'")

static int result[2];
static vlong end;

static void must(int ok, char *what)
{
	if(!ok)
		sysfatal("%s: %r", what);
}

static void echoer(int in, int out)
{
	char c;

	while(read(in, &c, 1) == 1 && write(out, &c, 1) == 1)
		;
	exits(nil);
}

static long pipes(void)
{
	int to[2], from[2];
	long n;
	char c = 'x';

	must(pipe(to) == 0 && pipe(from) == 0, "pipe");
	if(fork() == 0){
		close(to[1]);
		close(from[0]);
		echoer(to[0], from[1]);
	}
	for(n = 0; (n & 63) != 0 || nsec() < end; n++)
		must(write(to[1], &c, 1) == 1 && read(from[0], &c, 1) == 1, "pipe");
	return n;
}

static long reads(int i)
{
	char name[32], c;
	long n;
	int fd;

	snprint(name, sizeof name, "/tmp/pair%d/f", i);
	fd = open(name, OREAD);
	must(fd >= 0, name);
	for(n = 0; (n & 63) != 0 || nsec() < end; n++)
		must(pread(fd, &c, 1, 0) == 1, name);
	return n;
}

int main(int argc, char **argv)
{
	long sum, n;
	int i, pairs;

	if(argc != 4)
		sysfatal("usage: pairs pipe|9p n seconds");
	pairs = atoi(argv[2]);
	must(pipe(result) == 0, "pipe");
	mark(1);
	end = nsec() + atoi(argv[3])*1000000000LL;
	for(i = 0; i < pairs; i++)
		if(fork() == 0){
			n = strcmp(argv[1], "pipe") == 0 ? pipes() : reads(i);
			must(write(result[1], &n, sizeof n) == sizeof n, "result");
			exits(nil);
		}
	sum = 0;
	for(i = 0; i < pairs; i++){
		must(readn(result[0], &n, sizeof n) == sizeof n, "result");
		sum += n;
	}
	mark(2);
	print("%ld\n", sum);
	exits(nil);
}
