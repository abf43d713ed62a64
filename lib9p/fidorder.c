/*
 * fidorder.c: messages that wait for a fid, of a server that answers out of
 * order and yet declares SrvFidorder.
 *
 * A client that was told so sends a request for a fid before it has the answer
 * to the walk that makes it, or the open.  Such a message is kept, a copy of it, until
 * that is answered; so are those for the same fid that come behind it.  If the
 * walk fails the fid is not there, and they fail.
 *
 * A Fidorder is under its host's lock, the one around connmsg.  What a client
 * can have kept is bounded; what comes then is run at once, and fails.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

enum {
	HDRSZ = BIT32SZ+BIT8SZ+BIT16SZ,
	Maxbytes = 1<<20,	/* kept, and one message more */
	Maxkept = 512,
};

static int typeof9(uchar *msg)
{
	return msg[BIT32SZ];
}

static u32int tagof(uchar *msg)
{
	return get2(msg+BIT32SZ+BIT8SZ);
}

static u32int fidof(uchar *msg)
{
	return get4(msg+HDRSZ);
}

/* is it a request for a fid that is there already? */
static int usesfid(uchar *msg, u32int n)
{
	int type;

	if(n < HDRSZ+BIT32SZ)
		return 0;
	type = typeof9(msg);
	return type >= Twalk && type <= Twstat && (type & 1) == 0;
}

static Mreq *take(Fidorder *o, Mreq **l)
{
	Mreq *m;

	m = *l;
	*l = m->next;
	o->n--;
	o->bytes -= get4(m->msg);
	return m;
}

/* is one before end kept for that fid?  nil: any */
static int keptbefore(Fidorder *o, Mreq *end, u32int fid)
{
	Mreq *m;

	for(m = o->first; m != end; m = m->next)
		if(fidof(m->msg) == fid)
			return 1;
	return 0;
}

int fidordermust(Fidorder *o, Conn *c, uchar *msg, u32int n)
{
	if(!usesfid(msg, n) || o->n >= Maxkept || o->bytes >= Maxbytes)
		return 0;
	return fidwaits(c, fidof(msg)) || (o->n > 0 && keptbefore(o, nil, fidof(msg)));
}

void fidorderkeep(Fidorder *o, Mreq *m, uchar *msg)
{
	Mreq **l;

	m->msg = msg;
	m->next = nil;
	m->r.srv = nil;		/* the server has not seen it */
	for(l = &o->first; *l != nil; l = &(*l)->next)
		;
	*l = m;
	o->n++;
	o->bytes += get4(msg);
}

int fidorderrun(Fidorder *o, Conn *c)
{
	Mreq *m, **l;
	int ran;

	ran = 0;
	for(l = &o->first; (m = *l) != nil; )
		if(fidwaits(c, fidof(m->msg)) || keptbefore(o, m, fidof(m->msg)))
			l = &m->next;
		else{
			take(o, l);
			connmsg(c, m->msg, get4(m->msg), m);
			ran = 1;
		}
	return ran;
}

void fidorderseen(Fidorder *o, Conn *c, Msgmem *x, uchar *msg, u32int n)
{
	Mreq *m, **l;

	if(o->n == 0 || n < HDRSZ)
		return;
	if(typeof9(msg) == Tversion){
		fidorderdrop(o, x);
		return;
	}
	if(typeof9(msg) != Tflush || n < HDRSZ+BIT16SZ)
		return;
	for(l = &o->first; (m = *l) != nil; l = &m->next)
		if(tagof(m->msg) == get2(msg+HDRSZ)){
			take(o, l);
			connrefuse(c, tagof(m->msg), m, Eintr);
			return;
		}
}

void fidorderdrop(Fidorder *o, Msgmem *x)
{
	while(o->first != nil)
		msgmemgive(x, take(o, &o->first));
}
