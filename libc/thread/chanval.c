/*
 * Channels of pointers and of ulongs.  Where the operation fails, pointers
 * are received as nil and numbers as ~0.
 */
#include "u.h"
#include "libc.h"
#include "thread.h"

int sendp(Channel *c, void *p)
{
	return send(c, &p);
}

int nbsendp(Channel *c, void *p)
{
	return nbsend(c, &p);
}

void *recvp(Channel *c)
{
	void *p;

	return recv(c, &p) < 0? nil: p;
}

void *nbrecvp(Channel *c)
{
	void *p;

	return nbrecv(c, &p) <= 0? nil: p;
}

int sendul(Channel *c, ulong v)
{
	return send(c, &v);
}

int nbsendul(Channel *c, ulong v)
{
	return nbsend(c, &v);
}

ulong recvul(Channel *c)
{
	ulong v;

	return recv(c, &v) < 0? ~0UL: v;
}

/* 0 if there is none */
ulong nbrecvul(Channel *c)
{
	ulong v;
	int r;

	r = nbrecv(c, &v);
	return r > 0? v: r < 0? ~0UL: 0;
}

/* Send formatted text, malloced; the receiver frees it. */
int chanprint(Channel *c, char *fmt, ...)
{
	va_list args;
	char *s;
	int r;

	va_start(args, fmt);
	s = vsmprint(fmt, args);
	va_end(args);
	if(s == nil)
		return -1;
	r = sendp(c, s);
	if(r < 0)
		free(s);
	return r;
}
