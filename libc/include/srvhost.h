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
};
/*
 * Start serving s, a table not yet initialised, in processes of its own, or
 * take over a running instance, and return 0; -1 and errstr.  With a take
 * that names a descriptor it does not return.
 */
int hostmain(Srv *s, Hostopt *o);

/* Remove all that a dead server of that name has left: its posts, so that its clients see it gone, and its restart log. */
void srvforget(char *name);

/* worker processes for handlers that block; they share memory and descriptors */
extern Workhost userworkhost;
