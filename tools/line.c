/*
 * line: a wire between two machines, as bad as is wanted; see line(8).
 * Each end is a Unix socket on which a QEMU (-netdev stream) or another program
 * sends frames, their length before them in 4 bytes, big-endian.
 *
 * Each way is a Way: frames come from one end, are lost, repeated or put back by its own
 * random numbers, and wait in a list for their time, which never falls.  What
 * happens to the n'th frame of a way depends on the seed and n alone.
 *
 * One process, one poll loop.  A reader that does not read makes the list grow to
 * Maxheld; then the other end is not read from.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
	Head = 4,
	Maxframe = 68*1024 + 4096,	/* QEMU's */
	Maxheld = 64<<20,		/* bytes of frames in a Way */
	Maxlate = 8,			/* frames that are put back at one time */
	Maxback = 4,			/* by so many places at most */
	Latems = 100,			/* or, when no other comes, for so long */
};

typedef int64_t vlong;
typedef struct Frame Frame;
typedef struct Way Way;
typedef struct End End;

struct Frame {
	Frame *next;
	vlong due;		/* ns */
	size_t n, sent;		/* with the length before it */
	unsigned char p[];
};

struct Way {
	uint64_t random;
	Frame *first, **last;
	size_t held;
	vlong busy;		/* the line's rate lets the next one begin then */
	Frame *late[Maxlate];
	int back[Maxlate];	/* to be passed by so many more */
	long in, lost, repeated, putback, full, unplugged;
};

struct End {
	char *path;
	int listen, fd;		/* fd -1: nobody is there */
	size_t n;
	unsigned char buf[Head+Maxframe];
	Way way;		/* from here to the other */
};

static End ends[2];
static vlong delay;	/* ns */
static vlong kibns;	/* ns that 1024 bytes take; 0: no limit */
static double loss, repeat, swap;
static long queue = 1<<20;	/* bytes that may wait for the line's rate */
static volatile sig_atomic_t stop;

static void fatal(char *what)
{
	fprintf(stderr, "line: %s: %s\n", what, strerror(errno));
	exit(1);
}

static vlong now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec*1000000000LL + ts.tv_nsec;
}

/* whether what happens to percent of the frames happens to this one */
static int chance(Way *w, double percent)
{
	uint64_t x = w->random += 0x9e3779b97f4a7c15;

	x = (x ^ x>>31) * 0xbf58476d1ce4e5b9;
	x = (x ^ x>>29) * 0x94d049bb133111eb;
	return (x ^ x>>32)>>11 < percent/100 * 0x1p53;
}

/* --- frames on the way --- */

static Frame *framenew(unsigned char *p, size_t n)
{
	Frame *f = malloc(sizeof *f + n);

	if(f == NULL)
		fatal("frame");
	f->n = n;
	f->sent = 0;
	memcpy(f->p, p, n);
	return f;
}

static void append(Way *w, Frame *f, vlong due)
{
	f->due = due;
	f->next = NULL;
	*w->last = f;
	w->last = &f->next;
	w->held += f->n;
}

/* a frame passes those that were put back, and after the last takes them along */
static void passed(Way *w, vlong due, int all)
{
	int i;

	for(i = 0; i < Maxlate; i++)
		if(w->late[i] != NULL && (all || --w->back[i] == 0)){
			append(w, w->late[i], due);
			w->late[i] = NULL;
		}
}

/* where there is a place to put a frame back; Maxlate: nowhere */
static int lateplace(Way *w)
{
	int i;

	for(i = 0; i < Maxlate && w->late[i] != NULL; i++)
		;
	return i;
}

/* when a frame of n bytes that comes now has gone out; -1: too many wait before it */
static vlong depart(Way *w, size_t n)
{
	vlong t = now();

	if(kibns == 0)
		return t;
	if(w->busy > t){
		if((w->busy - t) / kibns * 1024 + (vlong)n > queue)
			return -1;
		t = w->busy;
	}
	return w->busy = t + (vlong)n * kibns / 1024;
}

/* a frame of an end; every one draws the same count of random numbers */
static void enter(Way *w, unsigned char *p, size_t n)
{
	int lose = chance(w, loss), twice = chance(w, repeat), put = chance(w, swap), i;
	int back = 1 + chance(w, 50) + 2*chance(w, 50);
	vlong t = depart(w, n - Head);

	w->in++;
	if(t < 0){
		w->full++;
		return;
	}
	if(lose){
		w->lost++;
		return;
	}
	t += delay;
	i = lateplace(w);
	if(put && i < Maxlate){
		w->putback++;
		w->late[i] = framenew(p, n);
		w->late[i]->due = t + Latems*1000000LL;
		w->back[i] = back;
		return;
	}
	append(w, framenew(p, n), t);
	if(twice){
		w->repeated++;
		append(w, framenew(p, n), t);
	}
	passed(w, t, 0);
}

static void clear(Way *w)
{
	Frame *f;

	passed(w, 0, 1);
	while((f = w->first) != NULL){
		w->first = f->next;
		free(f);
	}
	w->last = &w->first;
	w->held = 0;
}

/* those put back that nothing has passed */
static void tired(Way *w, vlong t)
{
	int i;

	for(i = 0; i < Maxlate; i++)
		if(w->late[i] != NULL && w->late[i]->due <= t){
			append(w, w->late[i], t);
			w->late[i] = NULL;
		}
}

/* --- the ends --- */

/* what was sent of a frame in part is sent anew to whoever comes next */
static void hangup(End *e)
{
	Way *to = &ends[e == ends].way;

	close(e->fd);
	e->fd = -1;
	e->n = 0;
	if(to->first != NULL)
		to->first->sent = 0;
}

/* sends what is due; 1: the reader has no room */
static int leave(Way *w, End *to, vlong t)
{
	Frame *f;
	ssize_t n;

	while((f = w->first) != NULL && f->due <= t){
		n = f->n - f->sent;
		if(to->fd < 0)
			w->unplugged++;
		else{
			n = send(to->fd, f->p + f->sent, n, MSG_DONTWAIT | MSG_NOSIGNAL);
			if(n < 0 && (errno == EAGAIN || errno == EINTR))
				return 1;
			if(n < 0){
				hangup(to);
				continue;
			}
		}
		f->sent += n;
		if(f->sent < f->n)
			return 1;
		w->first = f->next;
		if(w->first == NULL)
			w->last = &w->first;
		w->held -= f->n;
		free(f);
	}
	return 0;
}

static void input(End *e)
{
	ssize_t m = recv(e->fd, e->buf + e->n, sizeof e->buf - e->n, MSG_DONTWAIT);
	size_t at = 0, n;
	unsigned char *p;

	if(m < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if(m <= 0){
		hangup(e);
		return;
	}
	for(e->n += m; e->n - at >= Head; at += n){
		p = e->buf + at;
		n = Head + ((size_t)p[0]<<24 | p[1]<<16 | p[2]<<8 | p[3]);
		if(n > sizeof e->buf){
			fprintf(stderr, "line: %s: a frame of %zu bytes\n", e->path, n-Head);
			hangup(e);
			return;
		}
		if(e->n - at < n)
			break;
		enter(&e->way, p, n);
	}
	e->n -= at;
	memmove(e->buf, e->buf + at, e->n);
}

static void endopen(End *e, char *path, uint64_t seed)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	e->path = path;
	e->fd = -1;
	e->way.random = seed;
	e->way.last = &e->way.first;
	if(strlen(path) >= sizeof a.sun_path){
		errno = ENAMETOOLONG;
		fatal(path);
	}
	strcpy(a.sun_path, path);
	unlink(path);
	e->listen = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if(e->listen < 0 || bind(e->listen, (struct sockaddr*)&a, sizeof a) < 0 || listen(e->listen, 1) < 0)
		fatal(path);
}

/* --- the loop --- */

/* when something of w is to be done next; -1: not known */
static vlong next(Way *w)
{
	vlong t = w->first != NULL ? w->first->due : -1;
	int i;

	for(i = 0; i < Maxlate; i++)
		if(w->late[i] != NULL && (t < 0 || w->late[i]->due < t))
			t = w->late[i]->due;
	return t;
}

/* until a frame is due or an end has something; blocked: the way to the end waits for room there */
static void await(int *blocked, sigset_t *mask)
{
	struct pollfd fd[2];
	struct timespec ts, *tp = NULL;
	vlong t, first = -1;
	int i;
	End *e;

	for(i = 0; i < 2; i++){
		e = &ends[i];
		fd[i] = (struct pollfd){ .fd = e->fd < 0 ? e->listen : e->fd };
		if(e->fd < 0 || e->way.held < Maxheld)
			fd[i].events |= POLLIN;
		if(blocked[i])
			fd[i].events |= POLLOUT;
		t = blocked[!i] ? -1 : next(&e->way);
		if(t >= 0 && (first < 0 || t < first))
			first = t;
	}
	if(first >= 0){
		t = first - now();
		if(t < 0)
			t = 0;
		ts = (struct timespec){ t/1000000000, t%1000000000 };
		tp = &ts;
	}
	if(ppoll(fd, 2, tp, mask) <= 0)
		return;
	for(i = 0; i < 2; i++)
		if(fd[i].revents & (POLLIN|POLLHUP|POLLERR)){
			e = &ends[i];
			if(e->fd < 0)
				e->fd = accept4(e->listen, NULL, NULL, SOCK_CLOEXEC);
			else
				input(e);
		}
}

static void run(sigset_t *mask)
{
	int i, blocked[2];
	vlong t;

	while(!stop){
		t = now();
		for(i = 0; i < 2; i++){
			tired(&ends[!i].way, t);
			blocked[i] = leave(&ends[!i].way, &ends[i], t);
		}
		await(blocked, mask);
	}
}

static void onsignal(int sig)
{
	stop = sig;
}

static void usage(void)
{
	fprintf(stderr, "usage: line [-d ms] [-l percent] [-r percent] [-o percent] [-b kbit/s] [-q bytes] [-s seed] a b\n");
	exit(1);
}

/* what the options say: how many of argv they are */
static int options(int argc, char **argv, uint64_t *seed)
{
	double v;
	int o;

	while((o = getopt(argc, argv, "d:l:r:o:b:q:s:")) != -1){
		v = optarg != NULL ? atof(optarg) : -1;
		if(v < 0)
			usage();
		switch(o){
		case 'd': delay = v * 1000000; break;
		case 'l': loss = v; break;
		case 'r': repeat = v; break;
		case 'o': swap = v; break;
		case 'b': kibns = v > 0 ? 8192e6 / v : 0; break;
		case 'q': queue = v; break;
		case 's': *seed = v; break;
		default: usage();
		}
	}
	return optind;
}

int main(int argc, char **argv)
{
	uint64_t seed = 1;
	sigset_t mask, old;
	int i, first = options(argc, argv, &seed);
	Way *w;

	if(argc - first != 2)
		usage();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_TIMERSLACK, 1);
	sigemptyset(&mask);	/* these come in ppoll only */
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigprocmask(SIG_BLOCK, &mask, &old);
	signal(SIGTERM, onsignal);
	signal(SIGINT, onsignal);
	for(i = 0; i < 2; i++)
		endopen(&ends[i], argv[first+i], seed*2 + i);
	run(&old);
	for(i = 0; i < 2; i++){
		w = &ends[i].way;
		printf("%s: in %ld lost %ld repeated %ld back %ld full %ld unplugged %ld\n",
			ends[i].path, w->in, w->lost, w->repeated, w->putback, w->full, w->unplugged);
		clear(w);
		unlink(ends[i].path);
	}
	return 0;
}
