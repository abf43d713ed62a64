/*
 * dev.h: for the kernel's own servers.
 */
#pragma once
#include "9p.h"

/* may the current process open the file that d describes, for r->mode?  nil, or the error */
char *devmayopen(Req *r, Dir *d);
void devopen(Req *r);		/* Srv.open of a static tree: devmayopen */
int devtext(Req *r, char *buf, int max);	/* a small write's text, terminated; -1 and errstr: too long, or not text */
void devwritten(Req *r, int err);	/* answer a write: all of it if err is 0, else the error string */
void userinit(void);		/* once, before a server is used */

/*
 * The memory that holds a page of a file of #/, when it can be used in place:
 * off is a multiple of PGSZ, and so is the place.  What follows the file's
 * end in the page belongs to other files.  nil: not such a file, beyond its
 * end, or not aligned.
 */
const uchar *rootpage(Chan *c, vlong off);
