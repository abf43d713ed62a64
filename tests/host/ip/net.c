/* net.c: see net.h */
#include <stdlib.h>
#include <stdio.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"
#include "host.h"
#include "net.h"

enum { Waitmax = 100000 };

extern Ipstack ipstack0, ipstack1, ipstack2;
void *__real_malloc(usize);

Host hosts[2];
Line line;
char herr[ERRMAX];

static u64int seed;

/* --- the line --- */
typedef struct Frame Frame;
struct Frame {
	Frame *next;
	Host *to;
	u64int due;
	u32int n;
	uchar b[];
};

static Frame *frames;

static u64int now(void)
{
	return hostclock/1000000;
}

u32int netrand(void)
{
	seed = seed*6364136223846793005UL+1442695040888963407UL;
	return seed>>33;
}

static int chance(int percent)
{
	return (int)(netrand()%100) < percent;
}

static int isreset(uchar *b, u32int n)
{
	return n >= 54 && b[12] == 8 && b[13] == 0 && b[23] == 6 && (b[14+(b[14]&15)*4+13] & 4);
}

static void carry(Host *to, uchar *b, u32int n)
{
	Frame *f, **l;

	if(line.cut || chance(line.loss))
		return;
	f = __real_malloc(sizeof *f+n);
	f->to = to;
	f->n = n;
	f->due = now()+line.delay+(chance(line.reorder)? 1+netrand()%8: 0);
	memmove(f->b, b, n);
	for(l = &frames; *l != nil && (*l)->due <= f->due; l = &(*l)->next)
		;
	f->next = *l;
	*l = f;
}

static int nicopen(Nic *nic)
{
	int i;

	if((nic->dev[0] != 'a' && nic->dev[0] != 'b') || nic->dev[1] != 0){
		werrstr("no such device");
		return -1;
	}
	i = nic->dev[0]-'a';
	nic->host = &hosts[i];
	hosts[i].coming = nic;
	if(hosts[i].nic == nil)
		hosts[i].nic = nic;
	memset(nic->addr, 0, 6);
	nic->addr[0] = 2;
	nic->addr[5] = i+1;
	nic->mtu = 1500;
	return 0;
}

static void nicsend(Nic *nic, uchar *b, u32int n)
{
	Host *h;

	h = nic->host;
	if(h->nic != nic)
		abort();	/* one that is not in charge, or not yet */
	line.frames++;
	line.resets += isreset(b, n);
	if(line.tap != nil)
		line.tap(b, n);
	carry(&hosts[h == hosts], b, n);
	if(chance(line.twice))
		carry(&hosts[h == hosts], b, n);
}

static void nicclose(Nic *nic)
{
	Host *h;

	h = nic->host;
	if(h->nic == nic)
		h->nic = nil;
}

static Nichost nichost = { .open = nicopen, .send = nicsend, .close = nicclose };

/* --- answers --- */
static void take(Host *h)
{
	static uchar buf[Worldmsize];
	int n, tag;

	while((n = worldrecv(&h->w, 0, buf, sizeof buf)) >= 0){
		tag = buf[5] | buf[6]<<8;
		if(tag == NOTAG)
			continue;
		if(tag >= Ntag || !h->busy[tag] || h->ans[tag] != nil)
			abort();
		h->ans[tag] = __real_malloc(n);
		memmove(h->ans[tag], buf, n);
	}
}

void netstep(void)
{
	Frame *f;
	Host *h;

	hostclock += 1000000;
	while((f = frames) != nil && f->due <= now()){
		frames = f->next;
		if(f->to->nic != nil)
			f->to->st->input(f->to->nic, f->b, f->n);
		free(f);
	}
	for(h = hosts; h < hosts+2; h++){
		if(h->due <= now())
			h->due = now() + h->st->tick();
		take(h);
	}
}

int hsend(Host *h, Fcall *f)
{
	static uchar buf[Worldmsize];
	u32int n;
	int tag;

	for(tag = 0; tag < Ntag && h->busy[tag]; tag++)
		;
	if(tag == Ntag)
		abort();
	h->busy[tag] = 1;
	f->tag = tag;
	if((n = convS2M(f, buf, sizeof buf)) == 0)
		abort();
	worldsend(&h->w, 0, buf, n);
	take(h);
	return tag;
}

int hdone(Host *h, int tag, Fcall *r)
{
	static uchar buf[2][Worldmsize];
	uchar *b, *p;
	u32int n;

	if((p = h->ans[tag]) == nil)
		return 0;
	b = buf[h-hosts];
	n = p[0] | p[1]<<8 | p[2]<<16;
	memmove(b, p, n);
	free(p);
	h->ans[tag] = nil;
	h->busy[tag] = 0;
	if(convM2S(b, n, r) == 0)
		abort();
	if(r->type == Rerror)
		strecpy(herr, herr+sizeof herr, r->ename);
	return 1;
}

int hwait(Host *h, int tag, Fcall *r)
{
	int i;

	for(i = 0; i < Waitmax; i++){
		if(hdone(h, tag, r))
			return r->type;
		netstep();
	}
	return -1;
}

int hcall(Host *h, Fcall *f, Fcall *r)
{
	return hwait(h, hsend(h, f), r);
}

/* --- files --- */
static int walk(Host *h, char *path)
{
	char buf[128], *p;
	Fcall f, r;

	f = (Fcall){ .type = Twalk, .fid = 0, .newfid = ++h->nfid };
	strecpy(buf, buf+sizeof buf, path);
	f.nwname = getfields(buf, f.wname, MAXWELEM, 1, "/");
	USED(p);
	if(hcall(h, &f, &r) != Rwalk || r.nwqid != f.nwname)
		return Nofid;
	return f.newfid;
}

int hopensend(Host *h, char *path, int mode, u32int *fid)
{
	Fcall f;
	int n;

	if((n = walk(h, path)) == Nofid)
		abort();
	*fid = n;
	f = (Fcall){ .type = Topen, .fid = n, .mode = mode };
	return hsend(h, &f);
}

int hopen(Host *h, char *path, int mode)
{
	Fcall f, r;
	int fid;

	if((fid = walk(h, path)) == Nofid)
		return Nofid;
	f = (Fcall){ .type = Topen, .fid = fid, .mode = mode };
	if(hcall(h, &f, &r) == Ropen)
		return fid;
	hclose(h, fid);
	return Nofid;
}

int hwrite(Host *h, int fid, char *s)
{
	Fcall f, r;

	f = (Fcall){ .type = Twrite, .fid = fid, .count = strlen(s), .data = s };
	return hcall(h, &f, &r) == Rwrite && r.count == f.count;
}

char *hread(Host *h, int fid)
{
	static char buf[Worldmsize];
	Fcall f, r;

	f = (Fcall){ .type = Tread, .fid = fid, .count = 8000 };
	if(hcall(h, &f, &r) != Rread)
		return nil;
	memmove(buf, r.data, r.count);
	buf[r.count] = 0;
	return buf;
}

void hclose(Host *h, int fid)
{
	Fcall f, r;

	f = (Fcall){ .type = Tclunk, .fid = fid };
	hcall(h, &f, &r);
}

char *hget(Host *h, char *path)
{
	char *s;
	int fid;

	if((fid = hopen(h, path, OREAD)) == Nofid)
		return nil;
	s = hread(h, fid);
	hclose(h, fid);
	return s;
}

char *hname(char *dir, char *file)
{
	static char buf[64];

	snprint(buf, sizeof buf, "%s/%s", dir, file);
	return buf;
}

int hconv(Host *h, char *proto, char *dir)
{
	char *s;
	int fid;

	if((fid = hopen(h, hname(proto, "clone"), ORDWR)) == Nofid)
		return Nofid;
	if((s = hread(h, fid)) == nil){
		hclose(h, fid);
		return Nofid;
	}
	snprint(dir, 64, "%s/%s", proto, s);
	return fid;
}

int has(char *s, char *part)
{
	return s != nil && strstr(s, part) != nil;
}

void netcall(char *addr, char *port, int *a, int *b, char *adir, char *bdir)
{
	char ldir[64], cmd[64];
	u32int lfid;
	Fcall r;
	int lctl, actl, tag;

	lctl = hconv(B, "tcp", ldir);
	snprint(cmd, sizeof cmd, "announce *!%s", port);
	check(hwrite(B, lctl, cmd));
	tag = hopensend(B, hname(ldir, "listen"), ORDWR, &lfid);
	actl = hconv(A, "tcp", adir);
	snprint(cmd, sizeof cmd, "connect %s!%s", addr, port);
	check(hwrite(A, actl, cmd));
	checkint(hwait(B, tag, &r), Ropen);
	snprint(bdir, 64, "tcp/%s", hread(B, lfid));
	*b = hopen(B, hname(bdir, "data"), ORDWR);
	*a = hopen(A, hname(adir, "data"), ORDWR);
	check(*a != Nofid && *b != Nofid);
	hclose(B, lfid);
	hclose(A, actl);
	hclose(B, lctl);
}

/* --- machines --- */

static void attach(Host *h)
{
	Fcall f = { .type = Tattach, .fid = 0, .afid = NOFID, .uname = "glenda", .aname = "" }, r;

	worldversion(&h->w, 0);
	take(h);
	if(hcall(h, &f, &r) != Rattach)
		abort();
}

static void configure(Host *h)
{
	char cmd[64], dir[64];
	int ctl, n;

	n = h-hosts+1;
	ctl = hconv(h, "ipifc", dir);
	snprint(cmd, sizeof cmd, "bind ether %s", h->dev);
	check(hwrite(h, ctl, cmd));
	snprint(cmd, sizeof cmd, "add 10.0.0.%d 255.255.255.0", n);
	check(hwrite(h, ctl, cmd));
	snprint(cmd, sizeof cmd, "add fe80::%d /64", n);
	check(hwrite(h, ctl, cmd));
	snprint(cmd, sizeof cmd, "add fd00::%d /64", n);
	check(hwrite(h, ctl, cmd));
	hclose(h, ctl);
}

void netopen(u32int s)
{
	Host *h;

	seed = s;
	line = (Line){ .delay = 1 };
	memset(hosts, 0, sizeof hosts);
	hosts[0] = (Host){ .st = &ipstack0, .dev = "a" };
	hosts[1] = (Host){ .st = &ipstack1, .other = &ipstack2, .dev = "b" };
	ipstack0.host = ipstack1.host = ipstack2.host = &nichost;
	for(h = hosts; h < hosts+2; h++)
		worldopen(&h->w, h->st->srv, "");
	for(h = hosts; h < hosts+2; h++)
		attach(h);
	for(h = hosts; h < hosts+2; h++)
		configure(h);
}

void netclose(void)
{
	Frame *f;
	Host *h;
	int i;

	for(h = hosts; h < hosts+2; h++){
		h->st->srv->leave(h->w.s);
		worldclose(&h->w);
		for(i = 0; i < Ntag; i++)
			free(h->ans[i]);
	}
	while((f = frames) != nil){
		frames = f->next;
		free(f);
	}
}

void netmove(Host *h)
{
	World old, new;
	Ipstack *st;
	char e[ERRMAX];
	Img m;
	int i;

	take(h);
	old = h->w;
	if(worldsave(&old, &m) < 0)
		goto Fail;
	old.table = h->other->srv;
	if(worldrestore(&new, &old, m.p, m.n) < 0)
		goto Fail;
	imgfree(&m);
	for(i = 0; i < old.n; i++)
		if(old.sent[i] != nil)
			abort();
	h->st->srv->leave(h->w.s);
	h->nic = h->coming;
	worldclose(&old);
	st = h->st;
	h->st = h->other;
	h->other = st;
	h->w = new;
	h->due = 0;
	h->moves++;
	worldgo(&h->w);
	take(h);
	return;

Fail:
	rerrstr(e, sizeof e);
	printf("move: %s\n", e);
	abort();
}
