/*
 * cons.c: #c, the console and the small files about the system and the
 * process that reads them, as cons(3) describes.
 *
 * The table at the end says what there is; each file has a read and a write
 * function that answer the request.  Who may open is said by its mode, the
 * host owner being the owner of all but cons and consctl, which are the
 * console's user's.
 *
 * Locks: namelk for sysname, statlk for the marks of sysstat; the rest is in
 * console.c, print.c and user.c.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "dev.h"
#include "console.h"

enum {
	Numlen = 12,		/* a number's place: 11 digits and a space */
	Vnumlen = 22,
	Textlen = 128,
	Ctllen = 1024,
	Chunk = 256,
};
#define KPRINTPOLL (50*1000*1000LL)	/* ns between looks for kernel messages */

extern char conftext[];		/* the kernel's configuration file */

static QLock namelk;
static char sysnm[NAMELEN];	/* the machine's name; empty: not asked for yet */
static Rendez kprintr;
static Lock statlk;
static struct {
	vlong when;
	u64int idle;
	u64int nswitch, nintr, nsyscall, nfault, ntlbfault, ntlbpurge;
} mark[NCPU];			/* counts when sysstat was last cleared */

/* --- help for the functions below --- */

static void answer(Req *r, char *s)
{
	readstr(r, s);
	respond(r, nil);
}

static void number(Req *r, u64int n)
{
	char buf[Numlen+1];

	snprint(buf, sizeof buf, "%11llud ", (uvlong)n);
	answer(r, buf);
}

/* the text written, without its newline: its length, or -1 when r is answered */
static int text(Req *r, char *buf, int max)
{
	int n;

	n = devtext(r, buf, max);
	if(n < 0)
		responderr(r);
	return n;
}

/* --- the console --- */

static void consolread(Req *r)
{
	long n;

	if(userok(UserConsole) < 0){
		responderr(r);
		return;
	}
	consstart();
	n = consread(r);
	if(n < 0){
		responderr(r);
		return;
	}
	r->rcount = n;
	respond(r, nil);
}

static void consolwrite(Req *r)
{
	long n;

	n = conswrite(r);
	if(n < 0){
		responderr(r);
		return;
	}
	r->rcount = n;
	respond(r, nil);
}

static void ctlread(Req *r)
{
	char buf[Ctllen];

	consstart();
	consctlread(buf, sizeof buf);
	answer(r, buf);
}

enum { Qcons = 1, Qconsctl, Qkprint = 9, Nfile = 24 };	/* indexes of files */
static Sfile files[Nfile];

static void ctlwrite(Req *r)
{
	char buf[Textlen*2];
	int e;

	consstart();
	if(text(r, buf, sizeof buf) < 0)
		return;
	e = consctl(buf);
	files[Qcons].uid = files[Qconsctl].uid = consuser();
	devwritten(r, e);
}

static void kmesgfile(Req *r)
{
	char buf[Chunk];
	u32int m, n;

	for(n = 0; n < r->count; n += m){
		m = kmesgread(buf, MIN(sizeof buf, r->count-n), r->offset+n);
		if(m == 0)
			break;
		reqput(r, n, buf, m);
	}
	r->rcount = n;
	respond(r, nil);
}

static void kmesgwrite(Req *r)
{
	kmesgclear();
	devwritten(r, 0);
}

static void kprintfile(Req *r)
{
	char buf[Chunk];
	int n;

	while((n = kprintread(buf, MIN(sizeof buf, r->count))) == 0 && r->count > 0)
		if(tsleep(&kprintr, returnfalse, nil, KPRINTPOLL) < 0){
			responderr(r);
			return;
		}
	r->rcount = reqput(r, 0, buf, n);
	respond(r, nil);
}

/* --- null, zero, random --- */

static void nullread(Req *r)
{
	r->rcount = 0;
	respond(r, nil);
}

static void discard(Req *r)
{
	devwritten(r, 0);
}

static void zeroread(Req *r)
{
	static const uchar zeros[1024];
	u32int n, m;

	for(n = 0; n < r->count; n += m){
		m = reqput(r, n, zeros, MIN(sizeof zeros, r->count-n));
		if(m == 0)
			break;
	}
	r->rcount = n;
	respond(r, nil);
}

static void randomread(Req *r)
{
	uchar buf[Chunk];
	u32int n, m;

	for(n = 0; n < r->count; n += m){
		m = MIN(sizeof buf, r->count-n);
		genrandom(buf, m);
		reqput(r, n, buf, m);
	}
	memset(buf, 0, sizeof buf);
	r->rcount = n;
	respond(r, nil);
}

/* what users write makes things no worse, but is not counted */
static void randomwrite(Req *r)
{
	uchar buf[Chunk];
	u32int n, m;

	if(userok(UserRandom) < 0){
		responderr(r);
		return;
	}
	for(n = 0; n < r->count; n += m){
		m = reqget(r, n, buf, MIN(sizeof buf, r->count-n));
		if(m == 0)
			break;
		randadd(buf, m, 0);
	}
	devwritten(r, 0);
}

/* --- the process that asks --- */

static void pidread(Req *r)
{
	number(r, up->pid);
}

static void ppidread(Req *r)
{
	number(r, up->ppid);
}

static void pgrpidread(Req *r)
{
	number(r, pgrpid(up->pgrp));
}

static void userread(Req *r)
{
	answer(r, up->user);
}

/* anybody may become none, and nobody else this way */
static void userwrite(Req *r)
{
	char buf[NAMELEN];

	if(text(r, buf, sizeof buf) < 0)
		return;
	if(strcmp(buf, "none") != 0)
		respond(r, Eperm);
	else
		devwritten(r, procuser(up, buf));
}

/* --- the system --- */

static void ownerread(Req *r)
{
	answer(r, hostowner());
}

static void ownerwrite(Req *r)
{
	char buf[NAMELEN];

	if(text(r, buf, sizeof buf) >= 0)
		devwritten(r, hostownerset(buf));
}

static void nameread(Req *r)
{
	char buf[NAMELEN], *s;

	qlock(&namelk);
	if(sysnm[0] == 0){
		s = bootarg("sysname");
		strecpy(sysnm, sysnm+NAMELEN, s && *s ? s : "pintle");
	}
	strecpy(buf, buf+NAMELEN, sysnm);
	qunlock(&namelk);
	answer(r, buf);
}

static void namewrite(Req *r)
{
	char buf[NAMELEN];

	if(text(r, buf, sizeof buf) < 0)
		return;
	if(userok(UserName) < 0){
		responderr(r);
		return;
	}
	if(!userokname(buf)){
		respond(r, Ebadarg);
		return;
	}
	qlock(&namelk);
	strecpy(sysnm, sysnm+NAMELEN, buf);
	qunlock(&namelk);
	devwritten(r, 0);
}

static void versionread(Req *r)
{
	answer(r, "2000");
}

static void configread(Req *r)
{
	answer(r, conftext);
}

static void driversread(Req *r)
{
	char buf[2*KiB], *p;
	Srv **s;

	p = buf;
	for(s = srvtab; *s; s++)
		if((*s)->dc != 0)
			p = seprint(p, buf+sizeof buf, "#%C %s\n", (*s)->dc, (*s)->name);
	answer(r, buf);
}

static void rebootwrite(Req *r)
{
	char buf[Textlen];
	int halt;

	if(text(r, buf, sizeof buf) < 0)
		return;
	halt = strcmp(buf, "halt") == 0;
	if(!halt && strcmp(buf, "reboot") != 0){
		respond(r, Ebadarg);
		return;
	}
	if(userok(UserHalt) < 0){
		responderr(r);
		return;
	}
	kprint("%s\n", buf);
	consflush();
	machreset(halt);
	respond(r, Eio);	/* the machine would not */
}

static void swapread(Req *r)
{
	char buf[Ctllen];

	swapstat(buf, sizeof buf);
	answer(r, buf);
}

static void allocread(Req *r)
{
	char buf[1*KiB];

	mallocstat(buf, sizeof buf);
	answer(r, buf);
}

/* a descriptor of the file to page to; "start", which it says traditionally, is implied */
static int swapmsg(char *s)
{
	Chan *c;
	char *end;
	long fd;
	int e;

	if(userok(UserSwap) < 0)
		return -1;
	if(strcmp(s, "start") == 0)
		return 0;
	fd = strtol(s, &end, 10);
	if(*s < '0' || *s > '9' || *end || fd > 0x7fffffff)
		return seterr(Ebadarg);
	c = fdchan(fd, ORDWR, 1);
	if(c == nil)
		return -1;
	e = swapon(c);
	chanclose(c);
	return e;
}

static void swapwrite(Req *r)
{
	char buf[Textlen];

	if(text(r, buf, sizeof buf) >= 0)
		devwritten(r, swapmsg(buf));
}

/* --- time --- */

static void timeread(Req *r)
{
	char buf[Numlen + 3*Vnumlen + 1];
	vlong t;

	t = nsec();
	snprint(buf, sizeof buf, "%11lld %21lld %21llud %21llud ", t/1000000000, t, (uvlong)cycles(), (uvlong)tschz);
	answer(r, buf);
}

/* sets the clock to ns since 1970.  0, -1 and errstr */
static int settime(vlong ns)
{
	if(userok(UserTime) < 0)
		return -1;
	if(ns < 0)
		return seterr(Ebadarg);
	__atomic_store_n(&boottime, ns-monons(), __ATOMIC_RELAXED);
	return 0;
}

static void timewrite(Req *r)
{
	char buf[Textlen], *end;
	vlong s;

	if(text(r, buf, sizeof buf) < 0)
		return;
	s = strtoll(buf, &end, 10);
	if(end == buf || (*end && *end != ' ') || s > 0x7fffffffffffffffLL/1000000000)
		respond(r, Ebadarg);
	else
		devwritten(r, settime(s*1000000000));
}

static void put8(uchar *p, u64int v)
{
	int i;

	for(i = 7; i >= 0; i--, v >>= 8)
		p[i] = v;
}

static void bintimeread(Req *r)
{
	uchar buf[24];

	put8(buf, nsec());
	put8(buf+8, cycles());
	put8(buf+16, tschz);
	if(r->offset == 0)
		r->rcount = reqput(r, 0, buf, MIN(r->count/8*8, sizeof buf));
	respond(r, nil);
}

static void bintimewrite(Req *r)
{
	uchar buf[9];
	u64int v;
	int i;

	if(r->count != sizeof buf || reqget(r, 0, buf, sizeof buf) != sizeof buf || buf[0] != 'n'){
		respond(r, Ebadarg);
		return;
	}
	v = 0;
	for(i = 1; i < 9; i++)
		v = v<<8 | buf[i];
	devwritten(r, settime(v));
}

/* --- sysstat --- */

/* a processor's line since the counts were cleared; statlk held */
static char *statline(Cpu *c, vlong now, char *p, char *e)
{
	u64int busy, idle, span;
	int i;

	i = c->id;
	span = now - mark[i].when;
	idle = MIN(c->idlens - mark[i].idle, span);
	busy = span ? 1000 - idle*1000/span : 0;	/* in thousandths, which is also the load */
	return seprint(p, e, "%11d %11llud %11llud %11llud %11llud %11llud %11llud %11llud %11llud %11d \n",
		i, (uvlong)(c->nswitch-mark[i].nswitch), (uvlong)(c->nintr-mark[i].nintr),
		(uvlong)(c->nsyscall-mark[i].nsyscall), (uvlong)(c->nfault-mark[i].nfault),
		(uvlong)(c->ntlbfault-mark[i].ntlbfault), (uvlong)(c->ntlbpurge-mark[i].ntlbpurge),
		(uvlong)busy, (uvlong)(1000-busy)/10, 0);
}

static void statread(Req *r)
{
	char *buf;
	char *p;
	int i, max;

	max = NCPU*10*(Numlen+1);
	buf = malloc(max);
	if(buf == nil){
		respond(r, Enomem);
		return;
	}
	p = buf;
	lock(&statlk);
	for(i = 0; i < ncpu; i++)
		if(cpus[i])
			p = statline(cpus[i], monons(), p, buf+max);
	unlock(&statlk);
	readbuf(r, buf, p-buf);
	free(buf);
	respond(r, nil);
}

static void statwrite(Req *r)
{
	Cpu *c;
	int i;

	if(userok(UserStat) < 0){
		responderr(r);
		return;
	}
	lock(&statlk);
	for(i = 0; i < ncpu; i++){
		c = cpus[i];
		if(c == nil)
			continue;
		mark[i].when = monons();
		mark[i].idle = c->idlens;
		mark[i].nswitch = c->nswitch;
		mark[i].nintr = c->nintr;
		mark[i].nsyscall = c->nsyscall;
		mark[i].nfault = c->nfault;
		mark[i].ntlbfault = c->ntlbfault;
		mark[i].ntlbpurge = c->ntlbpurge;
	}
	unlock(&statlk);
	devwritten(r, 0);
}

/* --- lockstat --- */

static void lockstatread(Req *r)
{
	char *text;

	text = lockstattext();
	if(text == nil){
		respond(r, Enomem);
		return;
	}
	answer(r, text);
	free(text);
}

static void lockstatwrite(Req *r)
{
	if(userok(UserStat) < 0){
		responderr(r);
		return;
	}
	lockstatclear();
	devwritten(r, 0);
}

/* --- the table --- */

static Sfile files[Nfile] = {
	[0] = { .name = "/", .mode = DMDIR|0555 },
	[Qcons] = { .name = "cons", .mode = 0660, .read = consolread, .write = consolwrite },
	[Qconsctl] = { .name = "consctl", .mode = 0660, .read = ctlread, .write = ctlwrite },
	{ .name = "bintime", .mode = 0664, .read = bintimeread, .write = bintimewrite },
	{ .name = "config", .mode = 0444, .read = configread },
	{ .name = "drivers", .mode = 0444, .read = driversread },
	{ .name = "hostowner", .mode = 0664, .read = ownerread, .write = ownerwrite },
	{ .name = "kmesg", .mode = 0640, .read = kmesgfile, .write = kmesgwrite },
	{ .name = "null", .mode = 0666, .read = nullread, .write = discard },
	[Qkprint] = { .name = "kprint", .mode = DMEXCL|0440, .read = kprintfile },
	{ .name = "osversion", .mode = 0444, .read = versionread },
	{ .name = "pgrpid", .mode = 0444, .read = pgrpidread },
	{ .name = "pid", .mode = 0444, .read = pidread },
	{ .name = "ppid", .mode = 0444, .read = ppidread },
	{ .name = "random", .mode = 0666, .read = randomread, .write = randomwrite },
	{ .name = "reboot", .mode = 0220, .write = rebootwrite },
	{ .name = "swap", .mode = 0664, .read = swapread, .write = swapwrite },
	{ .name = "sysname", .mode = 0664, .read = nameread, .write = namewrite },
	{ .name = "sysstat", .mode = 0664, .read = statread, .write = statwrite },
	{ .name = "time", .mode = 0664, .read = timeread, .write = timewrite },
	{ .name = "user", .mode = 0666, .read = userread, .write = userwrite },
	{ .name = "alloc", .mode = 0444, .read = allocread },
	{ .name = "zero", .mode = 0444, .read = zeroread },
	{ .name = "lockstat", .mode = 0664, .read = lockstatread, .write = lockstatwrite },
};

static int fileof(Fid *f)
{
	return (u32int)f->qid.path;
}

static char *openspecial(Fid *f)
{
	if(fileof(f) == Qconsctl)
		consctlopen();
	if(fileof(f) == Qkprint){
		if(userok(UserKprint) < 0)
			return Eperm;
		if(kprintdivert(1) < 0)
			return Einuse;
	}
	return nil;
}

static void consopen(Req *r)
{
	char *e;
	Dir d;

	streedir(r->srv, fileof(r->fid), &d);
	e = devmayopen(r, &d);
	if(e && !(r->mode & ORCLOSE) && (fileof(r->fid) == Qcons || fileof(r->fid) == Qconsctl) && isowner())
		e = nil;	/* whoever has the console, he can take it back */
	if(e == nil)
		e = openspecial(r->fid);
	respond(r, e);
}

static void consclose(Fid *f)
{
	if(f->omode < 0)
		return;
	if(fileof(f) == Qconsctl)
		consctlclose();
	else if(fileof(f) == Qkprint)
		kprintdivert(0);
}

static int consinit(Srv *s, char *arg)
{
	USED(s);
	USED(arg);
	userinit();
	return 0;
}

Srv conssrv = {
	.name = "cons",
	.dc = 'c',
	.flags = SrvBlocks,
	.files = files,
	.nfiles = Nfile,
	.init = consinit,
	.open = consopen,
	.destroyfid = consclose,
};
