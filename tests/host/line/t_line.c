/* needs: tests/host/libc/check.c */
/* flags: -Itests/host/libc -fbuiltin */
/*
 * t_line: tools/line.c as a process, with this one at both ends of it.  What is checked
 * of time is that nothing comes too early.
 */
#define main linemain
#include "../../../tools/line.c"
#undef main
#include <sys/wait.h>
#include "check.h"

enum {
	Many = 2000,
	Tail = 20,	/* more than a frame can be put back */
};

typedef struct Line Line;
struct Line {
	pid_t pid;
	int fd[2];		/* the ends */
	int out;		/* what it prints */
	char path[2][64];
};

static int plug(Line *l, int i)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct timeval guard = { .tv_sec = 60 };
	int n;

	strcpy(a.sun_path, l->path[i]);
	l->fd[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(l->fd[i], SOL_SOCKET, SO_RCVTIMEO, &guard, sizeof guard);
	for(n = 0; connect(l->fd[i], (struct sockaddr*)&a, sizeof a) < 0; n++){
		if(n == 6000)
			fatal(l->path[i]);
		usleep(10*1000);	/* it is not there yet */
	}
	return l->fd[i];
}

static void start(Line *l, char **opts)
{
	char *argv[16] = { "line" };
	int i, n = 1, p[2];

	for(i = 0; i < 2; i++)
		sprintf(l->path[i], "/tmp/t_line.%d.%d", getpid(), i);
	while(*opts != NULL)
		argv[n++] = *opts++;
	argv[n++] = l->path[0];
	argv[n++] = l->path[1];
	if(pipe(p) < 0)
		fatal("pipe");
	fflush(stdout);
	l->pid = fork();
	if(l->pid == 0){
		dup2(p[1], 1);
		close(p[0]);
		optind = 1;
		exit(linemain(n, argv));
	}
	close(p[1]);
	l->out = p[0];
	plug(l, 0);
	plug(l, 1);
}

/* the count after key in what it printed of a way */
static long count(char *text, char *key, int way)
{
	char *p = text;

	for(; way >= 0 && p != NULL; way--)
		p = strstr(p+1, key);
	return p != NULL ? atol(p + strlen(key)) : -1;
}

static void finish(Line *l, char *text, size_t max)
{
	size_t n = 0;
	ssize_t m;
	int st;

	kill(l->pid, SIGTERM);
	while((m = read(l->out, text + n, max-1 - n)) > 0)
		n += m;
	text[n] = 0;
	close(l->out);
	check(waitpid(l->pid, &st, 0) == l->pid && st == 0);
	close(l->fd[0]);
	close(l->fd[1]);
	check(access(l->path[0], F_OK) < 0 && access(l->path[1], F_OK) < 0);
}

static void put(int fd, uint32_t number, size_t n)
{
	static unsigned char buf[Head+Maxframe];
	size_t i, at;
	ssize_t m;

	for(i = 0; i < n; i++)
		buf[Head+i] = number + i;
	if(n >= 4)
		memcpy(buf + Head, &number, 4);
	for(i = 0; i < Head; i++)
		buf[i] = n >> 8*(Head-1-i);
	for(at = 0; at < Head+n; at += m){
		m = send(fd, buf + at, Head+n - at, MSG_NOSIGNAL);
		if(m <= 0)
			fatal("send");
	}
}

static int recvall(int fd, void *p, size_t n)
{
	return n == 0 || recv(fd, p, n, MSG_WAITALL) == (ssize_t)n;
}

/* the number of the next frame, of n bytes; -1: another length, or contents, or none */
static long get(int fd, size_t n)
{
	static unsigned char buf[Maxframe];
	unsigned char h[Head];
	uint32_t number = 0;
	size_t i, m;

	if(!recvall(fd, h, Head))
		return -1;
	m = (size_t)h[0]<<24 | h[1]<<16 | h[2]<<8 | h[3];
	if(m != n || !recvall(fd, buf, n))
		return -1;
	if(n >= 4)
		memcpy(&number, buf, 4);
	for(i = 4; i < n; i++)
		if(buf[i] != (unsigned char)(number + i))
			return -1;
	return number;
}

static void plain(void)
{
	static const size_t sizes[] = { 0, 3, 60, 1514, 9014, Maxframe };
	char text[1000];
	size_t i;
	int n;
	Line l;

	start(&l, (char*[]){ NULL });
	for(i = 0; i < sizeof sizes/sizeof sizes[0]; i++){
		put(l.fd[0], 0, sizes[i]);
		put(l.fd[1], 0, sizes[i]);
		check(get(l.fd[1], sizes[i]) == 0 && get(l.fd[0], sizes[i]) == 0);
	}
	for(n = 0; n < 100; n++){
		put(l.fd[0], n, 1000);
		put(l.fd[1], n+7, 100);
	}
	for(n = 0; n < 100; n++){
		check(get(l.fd[1], 1000) == n);
		check(get(l.fd[0], 100) == n+7);
	}
	finish(&l, text, sizeof text);
	check(count(text, "in ", 0) == 106 && count(text, "in ", 1) == 106 && count(text, "lost ", 1) == 0);
}

static void held(void)
{
	char text[1000];
	vlong t;
	int i;
	Line l;

	start(&l, (char*[]){ "-d", "50", NULL });
	t = now();
	put(l.fd[0], 1, 100);
	put(l.fd[0], 2, 200);
	check(get(l.fd[1], 100) == 1 && get(l.fd[1], 200) == 2);
	check(now() - t >= 50*1000000);
	put(l.fd[1], 3, 100);
	check(get(l.fd[0], 100) == 3 && now() - t >= 100*1000000);
	finish(&l, text, sizeof text);

	start(&l, (char*[]){ "-b", "1000", NULL });	/* 8 ms each */
	t = now();
	for(i = 0; i < 20; i++)
		put(l.fd[0], i, 1000);
	for(i = 0; i < 20; i++)
		check(get(l.fd[1], 1000) == i);
	check(now() - t >= 160*1000000);
	finish(&l, text, sizeof text);

	start(&l, (char*[]){ "-b", "1", "-q", "5000", NULL });	/* 8 s each */
	for(i = 0; i < 50; i++)
		put(l.fd[0], i, 1000);
	put(l.fd[0], 50, 0);
	put(l.fd[1], 0, 3);		/* the other way is free */
	check(get(l.fd[0], 3) == 0);
	finish(&l, text, sizeof text);
	check(count(text, "full ", 0) > 0 && count(text, "full ", 1) == 0);
}

/* how often each frame came; how many came behind a later one */
static int bad(char *seed, char *came)
{
	char text[1000];
	long i, n, max = -1, sum = 0;
	int behind = 0;
	Line l;

	start(&l, (char*[]){ "-l", "5", "-r", "3", "-o", "4", "-s", seed, NULL });
	memset(came, 0, Many);
	for(i = 0; i < Many + 2*Tail; i++)
		put(l.fd[0], i, 60);
	while((n = get(l.fd[1], 60)) >= 0 && n < Many + Tail){
		if(n < Many)
			came[n]++;
		behind += n < max;
		check(n >= max - Tail);
		if(n > max)
			max = n;
	}
	check(n >= 0);
	finish(&l, text, sizeof text);
	check(count(text, "in ", 0) == Many + 2*Tail && count(text, "in ", 1) == 0);
	for(i = 0; i < Many; i++){
		sum += came[i];
		check(came[i] <= 2);
	}
	check(labs(Many - count(text, "lost ", 0) + count(text, "repeated ", 0) - sum) <= 2*Tail);
	check(count(text, "lost ", 0) > Many/40 && count(text, "lost ", 0) < Many/10);
	check(count(text, "repeated ", 0) > Many/70 && count(text, "back ", 0) > Many/50);
	return behind;
}

static void seeds(void)
{
	static char a[Many], b[Many], c[Many];

	check(bad("7", a) > Many/100);
	check(bad("7", b) > Many/100);
	bad("8", c);
	check(memcmp(a, b, Many) == 0 && memcmp(a, c, Many) != 0);
}

/* an end that goes, and one that says nonsense, harm the other not */
static void replug(void)
{
	unsigned char nonsense[Head] = { 255, 255, 255, 255 };
	char text[1000], c;
	Line l;

	start(&l, (char*[]){ NULL });
	put(l.fd[0], 1, 100);
	check(get(l.fd[1], 100) == 1);
	close(l.fd[1]);
	plug(&l, 1);
	put(l.fd[1], 2, 100);
	check(get(l.fd[0], 100) == 2);
	put(l.fd[0], 3, 100);
	check(get(l.fd[1], 100) == 3);
	check(send(l.fd[1], nonsense, Head, MSG_NOSIGNAL) == Head);
	check(recv(l.fd[1], &c, 1, 0) <= 0);
	put(l.fd[0], 4, 100);
	close(l.fd[1]);
	plug(&l, 1);
	put(l.fd[1], 5, 100);
	check(get(l.fd[0], 100) == 5);
	finish(&l, text, sizeof text);
	check(count(text, "in ", 1) == 2 && count(text, "in ", 0) == 3);
}

int main(void)
{
	plain();
	held();
	seeds();
	replug();
	return checkdone();
}
