/*
 * log.c: /net/log: what happens to conversations, interfaces and routes, a
 * line each, of those protocols that were asked for.
 *
 * It is one stream: what has been read is gone, what nobody reads is lost,
 * the oldest lines first, and a read waits while there is nothing.  Nothing
 * sleeps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"

enum {
	Logmax = 8192,
	Linemax = 256,
};

static char buf[Logmax];
static u32int nbuf;
static u32int mask;	/* a bit for each of protos, and Lroute */
static ip_addr_t only;	/* any: all */
static Req *reads;

enum { Lroute = Nproto };

static void drop(u32int n)
{
	memmove(buf, buf+n, nbuf-n);
	nbuf -= n;
}

static void give(Req *r)
{
	r->rcount = reqput(r, 0, buf, nbuf);
	drop(r->rcount);
	respond(r, nil);
}

void logread(Req *r)
{
	if(nbuf > 0 || r->count == 0)
		give(r);
	else
		reqadd(&reads, r);
}

int logunwait(Req *r)
{
	return reqdel(&reads, r);
}

static u32int linelen(void)
{
	char *e;

	e = memchr(buf, '\n', nbuf);
	return e != nil? e+1-buf: nbuf;
}

static void add(char *line, u32int n)
{
	Req *r;

	while(nbuf+n > Logmax)
		drop(linelen());
	memmove(buf+nbuf, line, n);
	nbuf += n;
	if((r = reads) != nil){
		reads = r->next;
		give(r);
	}
}

static void note(int bit, const ip_addr_t *a, const ip_addr_t *b, char *name, char *fmt, va_list args)
{
	char line[Linemax], *p, *e;
	vlong ms;

	if(!(mask>>bit & 1))
		return;
	if(!ip_addr_isany(&only) && (a == nil || !ip_addr_cmp_zoneless(a, &only)) && (b == nil || !ip_addr_cmp_zoneless(b, &only)))
		return;
	e = line+sizeof line-1;
	ms = ipclock()/1000000;
	p = seprint(line, e, "%lld.%.3lld %s ", ms/1000, ms%1000, name);
	p = vseprint(p, e, fmt, args);
	*p++ = '\n';
	add(line, p-line);
}

/* of c, which is named, with its addresses and ports */
void convlog(Conv *c, char *fmt, ...)
{
	char name[Linemax/2], l[Addrlen], r[Addrlen];
	va_list args;
	uint i;

	for(i = 0; protos[i] != c->proto; i++)
		;
	if(!(mask>>i & 1))
		return;
	snprint(name, sizeof name, "%s/%ud %s!%ud %s!%ud", c->proto->name, c->n, addrtext(&c->laddr, l), c->lport, addrtext(&c->raddr, r), c->rport);
	va_start(args, fmt);
	note(i, &c->laddr, &c->raddr, name, fmt, args);
	va_end(args);
}

void routelog(const ip_addr_t *dst, char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	note(Lroute, dst, nil, "iproute", fmt, args);
	va_end(args);
}

static int bitof(char *name)
{
	int i;

	if(strcmp(name, "iproute") == 0)
		return Lroute;
	for(i = 0; i < Nproto; i++)
		if(strcmp(protos[i]->name, name) == 0)
			return i;
	return -1;
}

/* set name ..., clear [name ...], only [address] */
char *logwrite(char **f, int n)
{
	u32int bits;
	ip_addr_t a;
	int i, b;

	if(n < 1)
		return Ebadarg;
	if(strcmp(f[0], "only") == 0){
		if(n > 2 || addrparse(n == 2? f[1]: "*", &a) < 0)
			return "bad address";
		only = a;
		return nil;
	}
	bits = 0;
	for(i = 1; i < n; i++){
		if((b = bitof(f[i])) < 0)
			return "no such protocol";
		bits |= 1<<b;
	}
	if(n > 1 && strcmp(f[0], "set") == 0)
		mask |= bits;
	else if(strcmp(f[0], "clear") == 0)
		mask &= n > 1? ~bits: 0;
	else
		return Ebadarg;
	return nil;
}

/* --- beginning, image --- */
void logbegin(void)
{
	nbuf = 0;
	mask = 0;
	only = *IP_ANY_TYPE;
	reads = nil;
}

void logsave(Img *m)
{
	imgput4(m, mask);
	addrput(m, &only);
	imgput4(m, nbuf);
	imgputn(m, buf, nbuf);
}

void logrestore(Img *m)
{
	uchar *p;
	u32int n;

	mask = imgget4(m);
	addrget(m, &only);
	n = imgget4(m);
	p = imggetn(m, n);
	if(n > Logmax)
		imgfail(m, Ebadimage);
	if(imgerr(m) != nil)
		return;
	memmove(buf, p, n);
	nbuf = n;
}
