/*
 * hostile.h: what the hostile programs share: numbers by chance that can be
 * had again, what the system's files say of its memory and processes, and
 * waiting for it to come to rest.
 */
#pragma once
#include <u.h>
#include <libc.h>

#define need(e) ((e) ? (void)0 : faultat(__FILE__, __LINE__, #e))

static int faults;
static char *doing = "start";	/* the case that is tried */

static inline void faultat(char *file, int line, char *what)
{
	char err[ERRMAX];

	rerrstr(err, sizeof err);
	fprint(2, "%s:%d: %s: %s [%s]\n", file, line, doing, what, err);
	faults++;
}

/* numbers by chance: the same state gives the same ones */
static u64int chance;

static inline u64int rnd(void)
{
	u64int x;

	chance += 0x9e3779b97f4a7c15UL;
	x = chance;
	x = (x ^ x>>31) * 0xd6e8feb86659fd93UL;
	x = (x ^ x>>29) * 0xa0761d6478bd642fUL;
	return x ^ x>>32;
}

static inline u64int below(u64int n)
{
	return rnd() % n;
}

static inline int oneof(u64int n)
{
	return rnd() % n == 0;
}

/* a file's first n-1 bytes as a string: how many, -1 */
static inline long readfile(char *name, char *buf, long n)
{
	int fd;
	long k;

	fd = open(name, OREAD);
	if(fd < 0)
		return -1;
	k = readn(fd, buf, n-1);
	close(fd);
	buf[k > 0 ? k : 0] = 0;
	return k;
}

static inline int writefile(char *name, char *text)
{
	int fd;
	long r;

	fd = open(name, OWRITE);
	if(fd < 0)
		return -1;
	r = write(fd, text, strlen(text));
	close(fd);
	return r < 0 ? -1 : 0;
}

/* the error string of the last call has s */
static inline int failed(char *s)
{
	char err[ERRMAX];

	rerrstr(err, sizeof err);
	return strstr(err, s) != nil;
}

/* what there is of something in use, by the system's files */
typedef struct Counts Counts;
struct Counts {
	vlong kernel;	/* pages */
	vlong user;
	vlong reserved;
	vlong objects;	/* of the kernel's malloc */
	vlong held;	/* freed ones that the checked kernel holds back; some keep a page */
	vlong procs;
	vlong posts;
	vlong mounts;	/* connections of the kernel as a client */
};

static inline vlong entries(char *dir)
{
	Dir *d;
	vlong n;
	int fd;

	fd = open(dir, OREAD);
	if(fd < 0)
		return -1;
	n = dirreadall(fd, &d);
	close(fd);
	if(n > 0)
		free(d);
	return n;
}

static inline vlong numberof(char *text, char *name)
{
	char *p;

	p = strstr(text, name);
	if(p == nil)
		return -1;
	while(p > text && p[-1] != '\n')
		p--;
	return strtoll(p, nil, 10);
}

static inline void count(Counts *c)
{
	static char buf[65536];
	char *p;

	readfile("#c/swap", buf, sizeof buf);
	c->kernel = numberof(buf, " kernel");
	c->user = numberof(buf, " user");
	c->reserved = numberof(buf, " reserved");
	c->procs = entries("#p");
	c->posts = entries("#s");
	readfile("#M/status", buf, sizeof buf);
	c->mounts = 0;
	for(p = buf; (p = strchr(p, '\n')) != nil; p++)
		c->mounts++;
	readfile("#c/alloc", buf, sizeof buf);
	c->objects = numberof(buf, " objects");
	c->held = numberof(buf, " held");
}

static inline int grown(vlong now, vlong was, vlong slack)
{
	return now > was + slack;
}

static inline int more(Counts *now, Counts *was, vlong pages, vlong objects)
{
	return grown(now->kernel, was->kernel, pages + now->held/16) || grown(now->reserved, was->reserved, pages + 256)
		|| grown(now->objects, was->objects, objects) || grown(now->procs, was->procs, 0)
		|| grown(now->posts, was->posts, 0) || grown(now->mounts, was->mounts, 0);
}

/*
 * Waits until no more is in use than was, but for the slack: what exits and
 * closes may go on when its call has returned.  0, or -1 and says what.
 */
static inline int settled(Counts *was, vlong pages, vlong objects)
{
	Counts now;
	int i;

	for(i = 0; i < 300; i++){
		count(&now);
		if(!more(&now, was, pages, objects))
			return 0;
		sleep(i < 50 ? 10 : 100);
	}
	fprint(2, "%s: left behind: kernel %lld pages of %lld before, reserved %lld of %lld, objects %lld of %lld, "
		"processes %lld of %lld, posts %lld of %lld, mounts %lld of %lld\n", doing,
		now.kernel, was->kernel, now.reserved, was->reserved, now.objects, was->objects,
		now.procs, was->procs, now.posts, was->posts, now.mounts, was->mounts);
	faults++;
	return -1;
}
