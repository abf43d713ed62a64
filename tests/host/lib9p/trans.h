/*
 * trans.h: ways to a server in this program, all seen as channels of
 * messages: one really sends them (connmsg), another so only if they cannot be
 * answered at once (connquick), the third turns each into a linked client's
 * request, as the kernel's mnt does.  recv takes the answer
 * that was ready first, and fails if there is none.
 */
#include "play.h"

Trans *msgtrans(Srv *s);
Trans *quicktrans(Srv *s);
Trans *linktrans(Srv *s);
extern int quickdone[256];	/* by type, the messages that were answered at once */
int transready(Trans *t);	/* is there an answer? */
Conn *transconn(Trans *t);
