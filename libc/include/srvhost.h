/*
 * srvhost.h: the user-mode host of lib9p's servers, for programs.
 * Include after u.h, libc.h, 9p.h.
 */
#pragma once

/*
 * Serve s in a new process, in a copy of this one's name space, over a pipe
 * whose other end is posted as /srv/name (name may be nil) and mounted on mtpt
 * (nil: not) with flag and aname.  Returns the server's pid; -1 and errstr.
 */
int srvpost(Srv *s, char *name, char *mtpt, int flag, char *aname);

/*
 * How a program whose server is movable serves it: srvhost(2).
 */
typedef struct Hostopt Hostopt;
struct Hostopt {
	char *name;	/* posted as /srv/name, controlled through /srv/name.ctl; nil: neither */
	char *mtpt;	/* mounted here; nil: not */
	int flag;	/* of that mount */
	char *arg;	/* for Srv.init; nil: "" */
	int redo;	/* with a name: keep a restart log, and go on from the one there may be: keep(8) */
	char **argv;	/* the program's own, which restart starts again; nil: the program of the Srv's name */
	char *take;	/* the value of the program's option -M: take over instead; nil: start afresh */
	void (*live)(Srv*);	/* called once, locked, when the instance begins to serve: after init, or when a move is committed; or nil */
};
/*
 * Start serving s, a table not yet initialised, in processes of its own, or
 * take over a running instance, and return 0; -1 and errstr.  With a take
 * that names a descriptor it does not return.
 */
int hostmain(Srv *s, Hostopt *o);

/*
 * For a server that does not wait for its clients alone.  Each has a process
 * of the instance; the functions are called with the instance locked, as
 * handlers are, and not while it is frozen.  All these are called locked too,
 * from handlers, init, restore, live, or such a function.  A program has one instance.
 *
 * hostfeed: got is called with what each read of fd, of max bytes at most, has returned;
 * once with n <= 0, and then no more.  fd becomes the feed's.  Nil and errstr.
 * hostunfeed: no more of it; a read may still be under way for a moment.
 * hosttimer: tick is called at once, and then when the milliseconds have passed that
 * it returned.  -1 and errstr.
 */
typedef struct Hostfeed Hostfeed;
Hostfeed *hostfeed(int fd, u32int max, void (*got)(void *arg, uchar *p, long n), void *arg);
void hostunfeed(Hostfeed *f);
int hosttimer(u32int (*tick)(void));

/* Remove all that a dead server of that name has left: its posts, so that its clients see it gone, and its restart log. */
void srvforget(char *name);

/* worker processes for handlers that block; they share memory and descriptors */
extern Workhost userworkhost;
