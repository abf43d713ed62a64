/*
 * sendread: sendread(2), in all of its cases, and a user server's long
 * answers through it.
 *
 *	sendread file1 file2
 *
 * The files are one file of a server, by two of its connections: what is
 * written through one is read through the other, whose process has not seen
 * the memory it lies in.
 */
#include <u.h>
#include <libc.h>

#define need(e) ((e)? (void)0: fail(__LINE__, #e))

enum { Big = 100000, Most = 300000, File = 1<<20 };

static int p[2], notes;
static uchar buf[Most], a[File], b[File];

static void fail(int line, char *what)
{
	fprint(2, "line %d: %s: %r\n", line, what);
	exits("failed");
}

static int says(char *s)
{
	char err[ERRMAX];

	rerrstr(err, sizeof err);
	return strstr(err, s) != nil;
}

static void fill(uchar *m, long n, u32int seed)
{
	for(; n > 0; n--, m++)
		*m = seed = seed*1103515245 + 12345 + (seed>>16);
}

/* a message of n bytes in pieces of at most k arrives as one, and no other */
static void pieces(long n, long k)
{
	Iopart v[1024];
	long i, at;

	fill(a, n, n);
	for(i = at = 0; at < n; i++, at += v[i-1].n){
		v[i].p = a+at;
		v[i].n = n-at < k? n-at: k;
	}
	need(sendread(p[0], v, i, nil, 0) == 0);
	memset(buf, 0, n);
	need(read(p[1], buf, sizeof buf) == n);
	need(memcmp(a, buf, n) == 0);
	need(write(p[0], "end", 3) == 3);
	need(read(p[1], buf, sizeof buf) == 3);
}

/* these fail, and nothing is sent */
static void refused(void)
{
	static Iopart many[2000];
	Iopart v[3];
	int i, fd;

	for(i = 0; i < 3; i++)
		v[i] = (Iopart){ a, Big };
	v[1].n = 0;
	need(sendread(p[0], v, 3, buf, 1) == -1);
	v[1].n = ~0UL;
	need(sendread(p[0], v, 3, buf, 1) == -1);
	v[1] = (Iopart){ (void*)(1UL<<46), 10 };
	need(sendread(p[0], v, 3, buf, 1) == -1 && says("bad arg"));
	v[0].n = v[2].n = 10;
	need(sendread(p[0], v, 3, buf, 1) == -1 && says("bad arg"));
	need(sendread(p[0], (void*)8, 3, buf, 1) == -1 && says("bad arg"));
	need(sendread(p[0], (void*)-16, 1, buf, 1) == -1 && says("bad arg"));
	for(i = 0; i < (int)nelem(many); i++)
		many[i] = v[0];
	need(sendread(p[0], many, nelem(many), buf, 1) == -1);
	need(sendread(p[0], v, -1, buf, 1) == -1);
	need(sendread(99, v, 1, buf, 1) == -1);
	need((fd = create("/tmp/x", ORDWR, 0666)) >= 0);
	need(sendread(fd, v, 1, buf, 1) == -1 && says("not a channel of messages"));
	close(fd);
	need((fd = open("/bin/cat", OREAD)) >= 0);
	need(sendread(fd, v, 1, buf, 1) == -1);
	close(fd);
	pieces(1, 1);
}

static int caught(void *u, char *note)
{
	USED(u);
	if(strncmp(note, "sendread", 8) != 0)
		return 0;
	notes++;
	return 1;
}

/* a note strikes it after the message is away, and before another has come */
static void interrupted(void)
{
	Iopart v = { "hello", 5 };
	int pid, i, done[2];

	need(pipe(done) == 0);
	need((pid = rfork(RFPROC|RFFDG)) >= 0);
	if(pid == 0){
		close(p[0]);
		if(read(p[1], buf, sizeof buf) != 5 || postnote(PNPROC, getppid(), "sendread") < 0)
			exits("no");
		read(done[1], buf, 1);
		exits(nil);
	}
	atnotify(caught, 1);
	need(sendread(p[0], &v, 1, buf, sizeof buf) == -2 && says("interrupted"));
	need(notes == 1);
	atnotify(caught, 0);
	write(done[0], "", 1);
	close(done[0]);
	close(done[1]);
	need((i = waitpid()) == pid);
}

/* there and back, many times: the answer to n is n+1 */
static void rounds(void)
{
	Iopart v[2];
	long n, got;
	int pid;

	need((pid = rfork(RFPROC|RFFDG)) >= 0);
	v[0] = (Iopart){ (char*)&n, 3 };
	v[1] = (Iopart){ (char*)&n + 3, 5 };
	if(pid == 0){
		close(p[0]);
		got = sendread(p[1], nil, 0, &n, sizeof n);
		while(got == sizeof n){
			n++;
			got = sendread(p[1], v, 2, &n, sizeof n);
		}
		exits(got == 1? nil: "child");
	}
	for(n = 0; n < 2000;){
		got = n+1;
		need(sendread(p[0], v, 2, &n, sizeof n) == sizeof n && n == got);
	}
	need(write(p[0], "", 1) == 1);
	need(waitpid() == pid);
}

/* the other side is gone: an error and no note */
static void hungup(void)
{
	Iopart v = { a, Big };

	close(p[1]);
	need(sendread(p[0], &v, 1, buf, 1) == -1 && says("hungup"));
	v.n = 5;
	need(sendread(p[0], &v, 1, buf, 1) == -1 && says("hungup"));
	need(sendread(p[0], nil, 0, buf, 1) == 0);
}

static void server(char *file1, char *file2)
{
	int fd1, fd2, i;
	long at, n;

	need((fd1 = create(file1, ORDWR, 0666)) >= 0);
	for(i = 0; i < 4; i++){
		fill(a, File, i);
		for(at = 0; at < File; at += n)
			need((n = pwrite(fd1, a+at, File-at, at)) > 0);
		need((fd2 = open(file2, OREAD)) >= 0);
		for(n = 700; n < File; n = n*3 + 1){
			memset(b, 0, n);
			need(pread(fd2, b, n, File-n) == n);
			need(memcmp(b, a+File-n, n) == 0);
		}
		need(pread(fd2, b, File, 0) == File);
		need(memcmp(b, a, File) == 0);
		close(fd2);
	}
}

int main(int argc, char **argv)
{
	need(argc == 3);
	need(pipe(p) == 0);
	pieces(5, 2);
	pieces(512, 512);
	pieces(513, 1);
	pieces(Big, 1000);
	pieces(Big, 7777);
	pieces(Most, Most);
	refused();
	interrupted();
	rounds();
	hungup();
	server(argv[1], argv[2]);
	exits(nil);
}
