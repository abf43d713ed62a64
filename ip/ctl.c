/*
 * ctl.c: what is written to a conversation's ctl file.  Words that all
 * protocols have are here; the others are the protocol's own.  A connect
 * may wait in Conv.dial.  Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"

static char Ebadctl[] = "bad control message";
static char Ebadaddr[] = "bad address";
static char Eisconn[] = "already connected or announced";

static char *ctlbind(Conv *c, char *addr)
{
	if(c->state != Copen || c->pcb != nil)
		return Eisconn;
	if(hostparse(addr, &c->laddr, &c->lport) < 0)
		return Ebadaddr;
	return c->proto->bind != nil? c->proto->bind(c): nil;
}

/* connect addr [local]: 1, it waits */
static int ctlconnect(Conv *c, Req *r, char **f, int n, char **e)
{
	*e = Ebadctl;
	if(n < 2 || n > 3 || c->proto->connect == nil)
		return 0;
	if(n == 3 && (*e = ctlbind(c, f[2])) != nil)
		return 0;
	*e = Eisconn;
	if(c->state != Copen)
		return 0;
	*e = Ebadaddr;
	if(hostparse(f[1], &c->raddr, &c->rport) < 0 || ip_addr_isany_val(c->raddr))
		return 0;
	c->err[0] = 0;
	*e = c->proto->connect(c, r);
	if(*e != nil)
		strecpy(c->err, c->err+sizeof c->err, *e);
	return *e == nil && c->state == Cdialing;
}

static char *ctlannounce(Conv *c, char **f, int n)
{
	char *e;

	if(n != 2 || c->proto->announce == nil)
		return Ebadctl;
	if(c->state != Copen || c->pcb != nil)
		return Eisconn;
	if(hostparse(f[1], &c->laddr, &c->lport) < 0)
		return Ebadaddr;
	if((e = c->proto->announce(c)) == nil)
		c->state = Cannounced;
	return e;
}

static char *ctlbyte(char *s, u8int *v, int least)
{
	char *end;
	long n;

	n = strtol(s, &end, 0);
	if(end == s || *end != 0 || n < least || n > 255)
		return Ebadarg;
	*v = n;
	return nil;
}

static char *ctlkeep(Conv *c, char **f, int n)
{
	c->keep = n > 1? strtoul(f[1], nil, 10): 10000;
	if(c->keep < 1000)
		c->keep = 1000;
	return nil;
}

/* words that set something; nil and *done 0: it is none of them */
static char *ctlset(Conv *c, char **f, int n, int *done)
{
	char *e;

	*done = 1;
	e = nil;
	if(n == 2 && strcmp(f[0], "ttl") == 0)
		e = ctlbyte(f[1], &c->ttl, 1);
	else if(n == 2 && strcmp(f[0], "tos") == 0)
		e = ctlbyte(f[1], &c->tos, 0);
	else if(n <= 2 && strcmp(f[0], "keepalive") == 0)
		e = ctlkeep(c, f, n);
	else{
		*done = 0;
		return nil;
	}
	if(e == nil && c->proto->apply != nil)
		c->proto->apply(c);
	return e;
}

static char *ctlother(Conv *c, Req *r, char **f, int n)
{
	char *e;
	int done;

	if(n == 2 && strcmp(f[0], "bind") == 0 && c->proto != &ifcproto)
		return ctlbind(c, f[1]);
	if(strcmp(f[0], "announce") == 0)
		return ctlannounce(c, f, n);
	if(n == 1 && strcmp(f[0], "hangup") == 0 && c->proto != &ifcproto){
		c->proto->close(c);
		c->pcb = nil;
		convhangup(c, Ehungup);
		return nil;
	}
	e = ctlset(c, f, n, &done);
	if(done)
		return e;
	if(c->proto->ctl == nil)
		return Ebadctl;
	return c->proto->ctl(c, r, f, n);
}

void convctl(Conv *c, Req *r)
{
	char buf[Ctlmax], *f[8], *e;
	int n;

	if(r->count >= sizeof buf){
		respond(r, Etoobig);
		return;
	}
	n = reqget(r, 0, buf, sizeof buf-1);
	buf[n] = 0;
	n = tokenize(buf, f, nelem(f));
	r->rcount = r->count;
	if(n == 0)
		e = Ebadctl;
	else if(strcmp(f[0], "connect") == 0){
		if(ctlconnect(c, r, f, n, &e)){
			reqadd(&c->dial, r);
			return;
		}
	}else
		e = ctlother(c, r, f, n);
	respond(r, e);
}
