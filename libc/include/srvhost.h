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

/* worker processes for handlers that block; they share memory and descriptors */
extern Workhost userworkhost;
