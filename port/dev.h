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
