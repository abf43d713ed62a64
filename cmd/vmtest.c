/*
 * vmtest: runs the scripts that tests/vm on the host sends over a serial
 * line, each in processes, name space, environment and note group of its own.
 * The protocol is that of vmtest(8).  It ends when the line hangs up.
 */
#include <u.h>
#include <libc.h>

enum {
	Maxscript = 16*1024*1024,
};

static char line[8192];	/* read from the host, not yet used */
static long nline;
static int fd;

static void usage(void)
{
	fprint(2, "usage: vmtest [/dev/eia1]\n");
	exits("usage");
}

/* n bytes from the host into p, which may be what follows a header */
static void take(char *p, long n)
{
	long m;

	m = n < nline ? n : nline;
	memmove(p, line, m);
	nline -= m;
	memmove(line, line+m, nline);
	if(m < n && readn(fd, p+m, n-m) != n-m)
		exits("hung up");
}

/* the next line from the host, without its end, into buf */
static void takeline(char *buf, int max)
{
	char *nl;
	long n;

	while((nl = memchr(line, '\n', nline)) == nil){
		n = nline < (long)sizeof line ? read(fd, line+nline, sizeof line-nline) : 0;
		if(n <= 0)
			exits("hung up");
		nline += n;
	}
	n = nl-line+1;
	if(n > max)
		exits("protocol");
	take(buf, n);
	buf[n-1] = 0;
}

/* a pipe's end from which text can be read, once */
static int textfd(char *text, long n)
{
	int p[2];

	if(pipe(p) < 0)
		sysfatal("pipe: %r");
	switch(rfork(RFPROC|RFFDG|RFNOWAIT)){
	case -1:
		sysfatal("rfork: %r");
	case 0:
		close(p[0]);
		close(fd);
		write(p[1], text, n);
		_exits(nil);
	}
	close(p[1]);
	return p[0];
}

/* becomes rc, with the script on descriptor 9 and output on the line */
static void script(char *text, long n)
{
	int in, null;

	in = textfd(text, n);
	null = open("/dev/null", OREAD);
	if(null < 0)
		sysfatal("/dev/null: %r");
	dup(in, 9);
	dup(null, 0);
	dup(fd, 1);
	dup(fd, 2);
	for(in = 3; in < 32; in++)
		if(in != 9)
			close(in);
	execl("/bin/rc", "rc", "/fd/9", nil);
	sysfatal("/bin/rc: %r");
}

/* runs the script; its status */
static char *run(char *text, long n)
{
	static char status[ERRMAX];
	Waitmsg *w;
	int pid;

	pid = rfork(RFPROC|RFFDG|RFNAMEG|RFENVG|RFNOTEG|RFREND);
	if(pid < 0){
		rerrstr(status, sizeof status);
		return status;
	}
	if(pid == 0)
		script(text, n);
	strecpy(status, status+sizeof status, "lost");
	while((w = wait()) != nil){
		if(w->pid == pid)
			strecpy(status, status+sizeof status, w->msg);
		free(w);
	}
	postnote(PNGROUP, pid, "kill");
	return status;
}

static void oneline(char *s)
{
	for(; *s; s++)
		if(*s == '\n')
			*s = ' ';
}

int main(int argc, char **argv)
{
	char head[256], *f[4], *text, *status;
	long n;

	ARGBEGIN{
	default:
		usage();
	}ARGEND
	fd = open(argc > 0 ? argv[0] : "/dev/eia1", ORDWR);
	if(fd < 0)
		sysfatal("%s: %r", argc > 0 ? argv[0] : "/dev/eia1");
	fprint(fd, "vmtest 1\n");
	for(;;){
		takeline(head, sizeof head);
		if(tokenize(head, f, nelem(f)) != 3 || strcmp(f[0], "run") != 0)
			exits("protocol");
		n = strtol(f[2], nil, 10);
		if(n < 0 || n > Maxscript || (text = malloc(n+1)) == nil)
			exits("script too long");
		take(text, n);
		status = run(text, n);
		free(text);
		oneline(status);
		fprint(fd, "\n%s %s\n", f[1], status);
	}
}
