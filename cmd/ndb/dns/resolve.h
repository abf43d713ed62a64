/*
 * resolve.h: the resolver's parts to each other: cache.c, resolve.c, and the
 * network's side of it, net.c.
 */
#pragma once

enum {
	Maxservers = 8,
	Maxalias = 10,		/* CNAMEs after one another */
	Maxttl = 24*60*60,	/* seconds that anything is kept */
	Maxnegttl = 60*60,	/* and that nothing is */
	Maxcached = 4000,	/* sets of records */
};

/*
 * The way to the servers.  open says to which (its place in the list), by TCP
 * or UDP, and how many ms the conversation may take in all: a conversation
 * with a port of its own, or nil and errstr.  send sends a message; recv gives
 * the next one that has come: its length, or -1 when time is up or it failed.
 * They sleep, and are called without locks by several processes.
 */
typedef struct Dnsnet Dnsnet;
struct Dnsnet {
	int (*servers)(void);	/* how many there are now, Maxservers at most */
	void *(*open)(int server, int tcp, int ms);
	int (*send)(void *c, uchar *p, int n);
	int (*recv)(void *c, uchar *p, int max);
	void (*close)(void *c);
	vlong (*now)(void);	/* ns */
	u16int (*id)(void);	/* one that cannot be guessed */
	int (*stop)(void *arg);	/* is no answer wanted any more? */
	void *arg;
};

/* --- cache.c: its own lock, never held while something sleeps --- */
enum { Cachemiss, Cachehit, Cachenoname, Cachenodata };
int cacheget(char *name, int type, vlong now, Rr **rr);	/* Cachehit: copies with what is left of their ttl */
void cacheput(char *name, int type, Rr *rr, vlong now);	/* copies those of the list with that name and type */
void cachenone(char *name, int type, int what, u32int ttl, vlong now);	/* Cachenoname, Cachenodata */
void cacheflush(void);
typedef struct Cachestat Cachestat;
struct Cachestat {
	u64int hits, misses;
	int sets;
};
void cachestat(Cachestat *s);
/* for each set, from the least lately used on: f(name, type, seconds left, its records or nil); under the lock */
void cachewalk(void (*f)(char*, int, vlong, Rr*, void*), void *arg, vlong now);

/* --- resolve.c --- */
/*
 * The records of a name: *rr has first the CNAMEs that lead to them, then
 * those of the type; the caller frees them.  0; -2: there are none, and the
 * error string is one of those below; -1 and errstr: it could not be found
 * out.  *code is the code for an answer, 0 if no server gave one.
 */
int resolve(Dnsnet *net, char *name, int type, Rr **rr, int *code);
extern char Enoname[], Enodata[];
