/*
 * vm: runs scripts in a Pintle that boots headless in QEMU, for tests/vm:
 *
 *	vm [-t secs] [-v] script command...
 *	vm [-t secs] [-v] -b list command...
 *
 * Command starts QEMU; options that give it two serial ports are appended.
 * The first is the guest's console, kept to be shown when something goes
 * wrong (-v: as it comes).  On the second, vmtest(8) in the guest says that
 * it is ready, is sent scripts, and gives back their output, ended by a
 * random token, which output cannot be taken for, and their status.
 *
 * The exit status is that of vm(8).  In a list, a line is: script, file for
 * the output, file for the status; secs is then for each script, and those
 * after a panic are not run and have no status file.
 *
 * One process, one poll loop.  The ports are socket pairs that QEMU inherits;
 * QEMU is killed however this program ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum {
	Spanic = 2,
	Stime = 124,
	Maxjobs = 1000,
	Consmax = 1<<20,	/* of the console, kept */
	Tokenlen = 32,
	Quiet = 500,		/* ms without console output: the panic has been told */
	Dumptime = 3000,	/* ms for the guest to show its processes */
};

typedef struct Buf Buf;
struct Buf {
	char *p;
	size_t n;
	size_t max;
};

typedef struct Job Job;
struct Job {
	char *script;
	char *out;	/* nil: standard output */
	char *status;	/* nil: only the exit status */
};

static Job jobs[Maxjobs];
static int njob;
static int secs = 120;
static int verbose;
static char **command;

static pid_t qemu = -1;
static int consfd, testfd;
static Buf cons;		/* what the console has said */
static size_t panicat = SIZE_MAX;	/* where in cons the panic starts */
static Buf in;			/* from the test port, not yet used */
static char token[Tokenlen+1];

static void fatal(char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void vmkill(void)
{
	if(qemu > 0){
		kill(qemu, SIGKILL);
		waitpid(qemu, NULL, 0);
		qemu = -1;
	}
}

static void fatal(char *fmt, ...)
{
	va_list args;

	vmkill();
	fprintf(stderr, "vm: ");
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(1);
}

static void onsignal(int sig)
{
	if(qemu > 0)
		kill(qemu, SIGKILL);
	_exit(128+sig);
}

static int64_t now(void)	/* ms */
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec*1000LL + ts.tv_nsec/1000000;
}

static void bufadd(Buf *b, char *p, size_t n)
{
	if(b->n+n+1 > b->max){
		b->max = 2*(b->n+n+1);
		b->p = realloc(b->p, b->max);
		if(b->p == NULL)
			fatal("out of memory");
	}
	memcpy(b->p+b->n, p, n);
	b->n += n;
	b->p[b->n] = 0;
}

static void bufdrop(Buf *b, size_t n)
{
	b->n -= n;
	memmove(b->p, b->p+n, b->n+1);
}

static void writeall(int fd, char *p, size_t n)
{
	ssize_t m;

	for(; n > 0; p += m, n -= m){
		m = write(fd, p, n);
		if(m < 0)
			fatal("cannot write: %s", strerror(errno));
	}
}

static void tokennew(void)
{
	unsigned char r[Tokenlen/2];
	int i, fd;

	fd = open("/dev/urandom", O_RDONLY);
	if(fd < 0 || read(fd, r, sizeof r) != sizeof r)
		fatal("/dev/urandom: %s", strerror(errno));
	close(fd);
	for(i = 0; i < Tokenlen/2; i++)
		sprintf(token+2*i, "%02x", r[i]);
}

/* starts QEMU with the ports' other ends as its descriptors */
static void vmstart(void)
{
	char consarg[64], testarg[64], **argv;
	int c[2], t[2], n;

	if(socketpair(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0, c) < 0 ||
	   socketpair(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0, t) < 0)
		fatal("socketpair: %s", strerror(errno));
	for(n = 0; command[n]; n++)
		;
	argv = calloc(n+9, sizeof(char*));
	if(argv == NULL)
		fatal("out of memory");
	memcpy(argv, command, n*sizeof(char*));
	snprintf(consarg, sizeof consarg, "socket,id=vmcons,fd=%d", c[1]);
	snprintf(testarg, sizeof testarg, "socket,id=vmtest,fd=%d", t[1]);
	argv[n++] = "-chardev";
	argv[n++] = consarg;
	argv[n++] = "-serial";
	argv[n++] = "chardev:vmcons";
	argv[n++] = "-chardev";
	argv[n++] = testarg;
	argv[n++] = "-serial";
	argv[n++] = "chardev:vmtest";
	qemu = fork();
	if(qemu < 0)
		fatal("fork: %s", strerror(errno));
	if(qemu == 0){
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		n = open("/dev/null", O_RDONLY);
		dup2(n, 0);
		dup2(2, 1);
		fcntl(c[1], F_SETFD, 0);
		fcntl(t[1], F_SETFD, 0);
		execvp(argv[0], argv);
		fprintf(stderr, "vm: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	free(argv);
	close(c[1]);
	close(t[1]);
	consfd = c[0];
	testfd = t[0];
}

/* takes in console output and notices a panic */
static void consadd(char *p, size_t n)
{
	char *s;

	if(verbose)
		writeall(2, p, n);
	bufadd(&cons, p, n);
	if(panicat == SIZE_MAX){
		s = strncmp(cons.p, "panic:", 6) == 0 ? cons.p : memmem(cons.p, cons.n, "\npanic:", 7);
		if(s)
			panicat = s - cons.p + (*s == '\n');
		else if(cons.n > Consmax)
			bufdrop(&cons, cons.n - Consmax/2);
	}
}

/*
 * Waits up to ms for the guest to say something, sending it what is in out;
 * 0 when it has stopped, else 1.
 */
static int vmwait(int ms, Buf *out)
{
	struct pollfd fd[2] = {
		{ .fd = consfd, .events = POLLIN },
		{ .fd = testfd, .events = POLLIN },
	};
	static char buf[65536];
	ssize_t n;

	if(out && out->n > 0)
		fd[1].events |= POLLOUT;
	if(poll(fd, 2, ms) <= 0)
		return 1;
	if(fd[0].revents & (POLLIN|POLLHUP)){
		n = read(consfd, buf, sizeof buf);
		if(n <= 0)
			return 0;
		consadd(buf, n);
	}
	if(fd[1].revents & POLLOUT){
		n = send(testfd, out->p, out->n, MSG_DONTWAIT|MSG_NOSIGNAL);
		if(n > 0)
			bufdrop(out, n);
	}
	if(fd[1].revents & (POLLIN|POLLHUP)){
		n = read(testfd, buf, sizeof buf);
		if(n > 0)
			bufadd(&in, buf, n);
		else if(!(fd[0].revents & POLLIN))
			return 0;
	}
	return 1;
}

/* shows the console from at on, as lines without carriage returns */
static void consshow(size_t at)
{
	size_t i;

	for(i = at; i < cons.n; i++)
		if(cons.p[i] != '\r')
			fputc(cons.p[i], stderr);
	if(cons.n > at && cons.p[cons.n-1] != '\n')
		fputc('\n', stderr);
	fflush(stderr);
}

/* collects what the console says until it is quiet, for ms at most */
static void conscollect(int ms)
{
	int64_t end, last;
	size_t n;

	end = now()+ms;
	last = now();
	n = cons.n;
	while(now() < end && now()-last < Quiet && vmwait(Quiet/5, NULL))
		if(cons.n != n){
			n = cons.n;
			last = now();
		}
}

static int panicked(void)
{
	conscollect(10*Quiet);
	if(!verbose)
		consshow(panicat);
	return Spanic;
}

static int stopped(void)
{
	if(panicat != SIZE_MAX)
		return panicked();
	if(!verbose)
		consshow(0);
	fprintf(stderr, "vm: the machine stopped before the script ended\n");
	return Spanic;
}

/* time is up: has the kernel show its processes */
static int timedout(void)
{
	char *dump = "\x14\x14p";
	Buf none = { 0 };

	send(consfd, dump, 3, MSG_DONTWAIT|MSG_NOSIGNAL);
	bufadd(&none, "", 0);
	conscollect(Dumptime);
	free(none.p);
	if(!verbose)
		consshow(0);
	fprintf(stderr, "vm: time is up after %d seconds\n", secs);
	return Stime;
}

/*
 * Hands over what came before the end of the script; the status line's start
 * when it is there, else nil.  What could be the start of the end stays.
 */
static char *output(FILE *out, char *end)
{
	char *p;
	size_t n, keep;

	keep = strlen(end)-1;
	p = in.n ? memmem(in.p, in.n, end, keep+1) : NULL;
	if(p)
		n = p-in.p;
	else
		n = in.n > keep ? in.n-keep : 0;
	if(n > 0){
		if(fwrite(in.p, 1, n, out) != n || fflush(out) != 0)
			fatal("cannot write the output: %s", strerror(errno));
		bufdrop(&in, n);
	}
	return p ? in.p+keep+1 : NULL;
}

/* waits for a whole line that starts with start; its length, or 0 and *st */
static size_t lineof(char *p)
{
	char *e;

	e = memchr(p, '\n', in.n-(p-in.p));
	return e ? (size_t)(e-p)+1 : 0;
}

static void putstatus(Job *j, int st, char *text, int len)
{
	FILE *f;

	if(j->status == NULL)
		return;
	f = fopen(j->status, "w");
	if(f == NULL)
		fatal("%s: %s", j->status, strerror(errno));
	fprintf(f, "%d %.*s\n", st, len, text);
	fclose(f);
}

/* one step of a wait that lasts until end: -1 to go on, else the status */
static int step(int64_t end, Buf *out)
{
	if(panicat != SIZE_MAX)
		return panicked();
	if(now() >= end)
		return timedout();
	if(!vmwait(200, out))
		return stopped();
	return -1;
}

static int ready(int64_t end)
{
	char *hello = "vmtest 1\n", *p;
	int st;

	while(in.n == 0 || (p = memmem(in.p, in.n, hello, strlen(hello))) == NULL){
		st = step(end, NULL);
		if(st >= 0)
			return st;
	}
	bufdrop(&in, p+strlen(hello)-in.p);
	return -1;
}

static void request(Buf *b, char *script)
{
	static char buf[65536];
	char head[Tokenlen+64];
	Buf text = { 0 };
	size_t n;
	FILE *f;

	f = strcmp(script, "-") == 0 ? stdin : fopen(script, "r");
	if(f == NULL)
		fatal("%s: %s", script, strerror(errno));
	bufadd(&text, "", 0);
	while((n = fread(buf, 1, sizeof buf, f)) > 0)
		bufadd(&text, buf, n);
	if(f != stdin)
		fclose(f);
	tokennew();
	snprintf(head, sizeof head, "run %s %zu\n", token, text.n);
	bufadd(b, head, strlen(head));
	bufadd(b, text.p, text.n);
	free(text.p);
}

static int jobrun(Job *j, int64_t end)
{
	char mark[Tokenlen+3], *p;
	Buf req = { 0 };
	FILE *out;
	size_t n;
	int st;

	out = j->out ? fopen(j->out, "w") : stdout;
	if(out == NULL)
		fatal("%s: %s", j->out, strerror(errno));
	request(&req, j->script);
	snprintf(mark, sizeof mark, "\n%s ", token);
	st = -1;
	n = 0;
	while((p = output(out, mark)) == NULL || (n = lineof(p)) == 0){
		st = step(end, &req);
		if(st >= 0)
			break;
	}
	if(st < 0){
		st = n > 1;
		if(st && j->status == NULL)
			fprintf(stderr, "vm: status: %.*s\n", (int)n-1, p);
		putstatus(j, st, p, n-1);
		bufdrop(&in, p+n-in.p);
	}else{
		output(out, mark);
		if(in.n > 0 && fwrite(in.p, 1, in.n, out) == in.n)
			fflush(out);
		putstatus(j, st, "", 0);
	}
	free(req.p);
	if(out != stdout)
		fclose(out);
	return st;
}

static void readlist(char *name)
{
	static char line[4096];
	char *w[3], *save, *p;
	int n;
	FILE *f;

	f = fopen(name, "r");
	if(f == NULL)
		fatal("%s: %s", name, strerror(errno));
	while(fgets(line, sizeof line, f) && njob < Maxjobs){
		n = 0;
		for(p = strtok_r(line, " \n", &save); p && n < 3; p = strtok_r(NULL, " \n", &save))
			w[n++] = strdup(p);
		if(n == 3)
			jobs[njob++] = (Job){ w[0], w[1], w[2] };
	}
	fclose(f);
}

static void usage(void)
{
	fprintf(stderr, "usage: vm [-t secs] [-v] [-b list | script] command...\n");
	exit(1);
}

static int args(int argc, char **argv)
{
	char *list;
	int c;

	list = NULL;
	while((c = getopt(argc, argv, "+t:vb:")) != -1)
		switch(c){
		case 't':
			secs = atoi(optarg);
			break;
		case 'v':
			verbose = 1;
			break;
		case 'b':
			list = optarg;
			break;
		default:
			usage();
		}
	if(list)
		readlist(list);
	else if(optind < argc)
		jobs[njob++] = (Job){ .script = argv[optind++] };
	if(njob == 0 || optind >= argc)
		usage();
	return optind;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = onsignal };
	int i, st, worst;
	int64_t end;

	command = argv+args(argc, argv);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	end = now() + secs*1000LL;
	bufadd(&cons, "", 0);
	vmstart();
	st = ready(end);
	if(st >= 0 && jobs[0].status)
		putstatus(&jobs[0], st, "", 0);
	worst = 0;
	for(i = 0; i < njob && st < 2; i++){
		st = jobrun(&jobs[i], end);
		if(st > worst)
			worst = st;
		end = now() + secs*1000LL;
	}
	vmkill();
	return st >= 2 ? st : worst;
}
