/*
 * trans.h: two ways to a server in this program, both seen as channels of
 * messages: one really sends them (connmsg), the other turns each into a
 * linked client's request, as the kernel's mnt does.  recv takes the answer
 * that was ready first, and fails if there is none.
 */
#include "play.h"

Trans *msgtrans(Srv *s);
Trans *linktrans(Srv *s);
int transready(Trans *t);	/* is there an answer? */
Conn *transconn(Trans *t);
