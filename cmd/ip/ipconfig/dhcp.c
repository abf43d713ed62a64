/*
 * dhcp.c: what a DHCP client says and when: dhcp.h.  All that comes is
 * hostile: options are bounded by the field they are in, and an address that
 * no host can have is no offer.
 */
#include <u.h>
#include <libc.h>
#include <ip.h>
#include "dhcp.h"

enum {	/* a message's fields, by offset */
	Oop = 0,
	Ohtype = 1,
	Ohlen = 2,
	Oxid = 4,
	Osecs = 8,
	Oflags = 10,
	Ociaddr = 12,
	Oyiaddr = 16,
	Ochaddr = 28,
	Osname = 44,
	Ofile = 108,
	Omagic = 236,
	Ooptions = 240,
	Minlen = 300,		/* BOOTP relays want that much */
};

enum {	/* options */
	OBpad = 0,
	OBmask = 1,
	OBrouter = 3,
	OBdns = 6,
	OBhost = 12,
	OBdom = 15,
	OBmtu = 26,
	OBntp = 42,
	OBwant = 50,
	OBlease = 51,
	OBoverload = 52,
	OBtype = 53,
	OBserver = 54,
	OBparams = 55,
	OBmaxmsg = 57,
	OBt1 = 58,
	OBt2 = 59,
	OBclient = 61,
	OBend = 255,
};

enum {	/* OBtype */
	Discover = 1,
	Offer,
	Request,
	Decline,
	Ack,
	Nak,
};

enum {
	Second = 1000,
	Firstwait = 2*Second,	/* doubled each time, */
	Lastwait = 64*Second,	/* up to this */
	Maxrequest = 4,		/* then the offer is forgotten */
	Minrenew = 60*Second,
	Minlease = 10,
	Forever = ~0U,
};

static const uchar magic[4] = { 99, 130, 83, 99 };

/* --- what is sent --- */
static uchar *option(uchar *p, int code, const void *val, int n)
{
	*p++ = code;
	*p++ = n;
	memmove(p, val, n);
	return p+n;
}

static uchar *header(Dhcp *d, int type, vlong now)
{
	uchar *p, t;

	p = d->out;
	memset(p, 0, sizeof d->out);
	p[Oop] = 1;
	p[Ohtype] = 1;
	p[Ohlen] = 6;
	hnputl(p+Oxid, d->xid);
	hnputs(p+Osecs, now-d->begun < 65535LL*Second? (now-d->begun)/Second: 65535);
	memmove(p+Ochaddr, d->ether, 6);
	memmove(p+Omagic, magic, sizeof magic);
	t = type;
	return option(p+Ooptions, OBtype, &t, 1);
}

static void finish(Dhcp *d, uchar *p)
{
	*p++ = OBend;
	d->nout = p-d->out < Minlen? Minlen: p-d->out;
}

static uchar *aboutus(Dhcp *d, uchar *p)
{
	static const uchar params[] = { OBmask, OBrouter, OBdns, OBhost, OBdom, OBmtu, OBntp, OBlease, OBt1, OBt2 };
	uchar id[7], max[2];

	id[0] = 1;	/* Ethernet */
	memmove(id+1, d->ether, 6);
	p = option(p, OBclient, id, sizeof id);
	hnputs(max, Bootpmax);
	p = option(p, OBmaxmsg, max, sizeof max);
	p = option(p, OBparams, params, sizeof params);
	if(d->host[0] != 0)
		p = option(p, OBhost, d->host, strlen(d->host));
	return p;
}

/* the message of d's state */
static void make(Dhcp *d, vlong now)
{
	uchar *p;

	p = header(d, d->state == Dselecting? Discover: Request, now);
	memset(d->to, 0xFF, 4);
	switch(d->state){
	case Drequesting:
		p = option(p, OBwant, d->offer.ip, 4);
		p = option(p, OBserver, d->offer.server, 4);
		/* fall through */
	case Dselecting:
		hnputs(d->out+Oflags, 0x8000);	/* answers by broadcast: we have no address */
		break;
	case Drenewing:
		memmove(d->to, d->lease.server, 4);
		/* fall through */
	case Drebinding:
		memmove(d->out+Ociaddr, d->lease.ip, 4);
		break;
	}
	finish(d, aboutus(d, p));
}

/* --- what comes --- */
static void getname(char *to, const uchar *p, int n)
{
	int i;

	for(i = 0; i < n && p[i] != 0; i++)
		if(p[i] <= ' ' || p[i] >= 0x7F || strchr("'\"=#", p[i]) != nil)
			return;	/* it goes into a database */
	if(i == 0 || i >= Maxname)
		return;
	memmove(to, p, i);
	to[i] = 0;
}

static void getoption(Lease *l, int code, const uchar *p, int n, int *type, int *overload)
{
	int i;

	if(n == 1 && code == OBtype)
		*type = p[0];
	else if(n == 1 && code == OBoverload)
		*overload = p[0];
	else if(n == 2 && code == OBmtu)
		l->mtu = nhgets(p);
	else if(code == OBhost)
		getname(l->host, p, n);
	else if(code == OBdom)
		getname(l->dom, p, n);
	if(n < 4)
		return;
	switch(code){
	case OBmask:
		memmove(l->mask, p, 4);
		break;
	case OBrouter:
		memmove(l->gw, p, 4);
		break;
	case OBdns:
		for(i = 0; i < Maxdns && 4*i+4 <= n; i++)
			memmove(l->dns[i], p+4*i, 4);
		l->ndns = i;
		break;
	case OBntp:
		memmove(l->ntp, p, 4);
		break;
	case OBserver:
		memmove(l->server, p, 4);
		break;
	case OBlease:
		l->secs = nhgetl(p);
		break;
	case OBt1:
		l->t1 = nhgetl(p);
		break;
	case OBt2:
		l->t2 = nhgetl(p);
		break;
	}
}

static void getoptions(Lease *l, const uchar *p, const uchar *e, int *type, int *overload)
{
	int n;

	while(p < e && *p != OBend){
		if(*p == OBpad){
			p++;
			continue;
		}
		if(e-p < 2 || e-p-2 < p[1])
			return;
		n = p[1];
		getoption(l, *p, p+2, n, type, overload);
		p += 2+n;
	}
}

static int ishost(const uchar *ip)
{
	return ip[0] != 0 && ip[0] != 127 && ip[0] < 224;
}

/* times that make sense: t1 < t2 < secs */
static void settimes(Lease *l)
{
	if(l->secs == Forever)
		return;
	if(l->secs < Minlease)
		l->secs = Minlease;
	if(l->t2 == 0 || l->t2 >= l->secs)
		l->t2 = l->secs-l->secs/8-1;
	if(l->t1 == 0 || l->t1 >= l->t2)
		l->t1 = l->t2/2;
}

/* the type of a message for us with what it says in l, or 0 */
static int parse(Dhcp *d, const uchar *m, int n, Lease *l)
{
	static const uchar all[4] = { 255, 255, 255, 0 };
	int type, overload, again;

	memset(l, 0, sizeof *l);
	if(n < Ooptions || m[Oop] != 2 || m[Ohtype] != 1 || m[Ohlen] != 6 || nhgetl(m+Oxid) != d->xid ||
		memcmp(m+Ochaddr, d->ether, 6) != 0 || memcmp(m+Omagic, magic, sizeof magic) != 0)
		return 0;
	type = overload = again = 0;
	getoptions(l, m+Ooptions, m+n, &type, &overload);
	if(overload & 1)
		getoptions(l, m+Ofile, m+Omagic, &type, &again);
	if(overload & 2)
		getoptions(l, m+Osname, m+Ofile, &type, &again);
	if(type == Nak)
		return type;
	memmove(l->ip, m+Oyiaddr, 4);
	if(!ishost(l->ip) || l->secs == 0)
		return 0;
	if(nhgetl(l->mask) == 0)
		memmove(l->mask, all, 4);
	settimes(l);
	return type;
}

/* --- the machine --- */

/* within half a second of ms, so that many machines that start at once do not speak at once */
static vlong about(vlong ms)
{
	u32int r;

	genrandom(&r, sizeof r);
	return ms-Second/2+r%Second;
}

static void resend(Dhcp *d, vlong now)
{
	vlong wait;

	wait = d->tries < 5? Firstwait<<d->tries: Lastwait;
	d->tries++;
	d->next = now+about(wait);
	make(d, now);
}

static void enter(Dhcp *d, int state, vlong now)
{
	d->state = state;
	d->tries = 0;
	d->begun = now;
}

static int discover(Dhcp *d, vlong now)
{
	enter(d, Dselecting, now);
	genrandom(&d->xid, sizeof d->xid);
	resend(d, now);
	return Dsend;
}

static int bound(Dhcp *d, Lease *l, vlong now)
{
	int same;

	same = d->state >= Dbound && memcmp(l->ip, d->lease.ip, 4) == 0 && memcmp(l->mask, d->lease.mask, 4) == 0 &&
		memcmp(l->gw, d->lease.gw, 4) == 0 && l->ndns == d->lease.ndns && memcmp(l->dns, d->lease.dns, sizeof l->dns) == 0;
	if(nhgetl(l->server) == 0)
		memmove(l->server, d->state == Drequesting? d->offer.server: d->lease.server, 4);
	d->lease = *l;
	d->got = now;
	enter(d, Dbound, now);
	d->next = l->secs == Forever? -1: now+(vlong)l->t1*Second;
	return same? 0: Dgot;
}

static int input(Dhcp *d, const uchar *m, int n, vlong now)
{
	Lease l;
	int type;

	type = parse(d, m, n, &l);
	if(type == Offer && d->state == Dselecting && nhgetl(l.server) != 0){
		d->offer = l;
		d->state = Drequesting;	/* the same exchange: xid and time go on */
		d->tries = 0;
		resend(d, now);
		return Dsend;
	}
	if(type == Ack && (d->state == Drequesting || d->state == Drenewing || d->state == Drebinding))
		return bound(d, &l, now);
	if(type != Nak)
		return 0;
	switch(d->state){
	case Drequesting:	/* not at once: it might go on for ever */
		enter(d, Dinit, now);
		d->next = now+about(Firstwait);
		break;
	case Drenewing:
	case Drebinding:
		return Dlost|discover(d, now);
	}
	return 0;
}

/* in a renewal: wait for half of what is left until end, then ask again */
static int renew(Dhcp *d, vlong end, vlong now)
{
	vlong wait;

	make(d, now);
	wait = (end-now)/2;
	if(wait < Minrenew)
		wait = Minrenew;
	d->next = now+wait < end? now+wait: end;
	return Dsend;
}

static int timeout(Dhcp *d, vlong now)
{
	vlong t2, end;

	t2 = d->got+(vlong)d->lease.t2*Second;
	end = d->got+(vlong)d->lease.secs*Second;
	switch(d->state){
	case Drequesting:
		if(d->tries >= Maxrequest)
			break;
		/* fall through */
	case Dselecting:
		resend(d, now);
		return Dsend;
	case Dbound:
		enter(d, Drenewing, now);
		genrandom(&d->xid, sizeof d->xid);
		/* fall through */
	case Drenewing:
	case Drebinding:
		if(now >= end)
			return Dlost|discover(d, now);
		if(now < t2)
			return renew(d, t2, now);
		d->state = Drebinding;
		return renew(d, end, now);
	}
	return discover(d, now);
}

int dhcpstep(Dhcp *d, const uchar *m, int n, vlong now)
{
	if(m != nil)
		return input(d, m, n, now);
	if(d->next < 0 || now < d->next)
		return 0;
	return timeout(d, now);
}
