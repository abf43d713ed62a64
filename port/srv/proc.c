/*
 * proc.c: #p, the processes as files, proc(3).
 *
 * A file's qid.path is the process's seq and the file's index: so a fid
 * never comes to mean another process, and says "process exited" when its own
 * is gone.  What a request works on is the Proc referenced with procget; the
 * process may end meanwhile, and each file's function sees to that.
 *
 * A file belongs to the process's user, the host owner may use it as that
 * one does, and none only opens what everybody may, or its own.
 *
 * Files of text are read from a copy (Snap, one per open fid), made anew at
 * offset 0, so that reads in pieces fit together.  Locks: Snap.lk.  Sleeps.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "dev.h"
#include "procfile.h"

enum {
	Kdir = 0,		/* low byte of qid.path: a process's directory, or the root */
	Ktrace = 1,		/* with no process */
	Kfile = 2,		/* files[0], and so on */
};

struct Snap {
	QLock lk;
	char *text;
	int n;
};
static Snap *spare;		/* one that is free, or nil */

char Eexited[] = "process exited";

static Procfile files[] = {
	{ "args", 0644, .text = procargstext, .write = procargswrite },
	{ "ctl", 0600, .write = procctlwrite },
	{ "fd", 0444, .text = procfdtext },
	{ "fpregs", 0600, .read = procfpregsread, .write = procfpregswrite, .secret = 1 },
	{ "kregs", 0400, .read = prockregsread },
	{ "mem", 0600, .read = procmemread, .write = procmemwrite, .secret = 1 },
	{ "note", 0600, .read = procnoteread, .write = procnotewrite },
	{ "noteid", 0644, .text = procnoteidtext, .write = procnoteidwrite },
	{ "notepg", 0200, .write = procnotepgwrite },
	{ "ns", 0444, .text = procnstext },
	{ "proc", 0400, .read = procprocread, .secret = 1 },
	{ "profile", 0400, .read = procprofread },
	{ "regs", 0600, .read = procregsread, .write = procregswrite, .secret = 1 },
	{ "segment", 0444, .text = procsegtext },
	{ "status", 0444, .text = procstatustext },
	{ "syscall", 0400, .text = procsyscalltext, .secret = 1 },
	{ "text", 0400, .read = proctextread },
	{ "wait", 0400, .read = procwaitread },
};

/* the files whose names begin with 'a'+i are from letter[i] on, up to letter[i+1] */
static u8int letter['z'-'a'+2];

static int procsrvinit(Srv *s, char *arg)
{
	uint i, k;

	USED(s);
	USED(arg);
	for(i = k = 0; i < nelem(letter); i++){
		while(k < nelem(files) && files[k].name[0] < (char)('a'+i))
			k++;
		letter[i] = k;
	}
	return 0;
}

static u64int seqof(Qid *q)
{
	return q->path >> 8;
}

static uint kindof(Qid *q)
{
	return q->path & 0xff;
}

static Procfile *fileof(Qid *q)
{
	return &files[kindof(q) - Kfile];
}

static Qid mkqid(u64int seq, uint kind)
{
	return (Qid){ .path = seq<<8 | kind, .type = kind == Kdir? QTDIR: QTFILE };
}

/* --- attributes --- */

typedef struct Names Names;
struct Names {
	char name[NAMELEN];
	char user[NAMELEN];
};

/* what q is, in d, which is clear, and strings in n.  -1: the process is gone */
static int describe(Qid *q, Dir *d, Names *n)
{
	Proc *p;

	d->qid = *q;
	d->name = n->name;
	d->uid = d->gid = d->muid = n->user;
	d->atime = d->mtime = nsec()/1000000000;
	if(seqof(q) == 0){
		strecpy(n->user, n->user+NAMELEN, hostowner());
		strecpy(n->name, n->name+NAMELEN, kindof(q) == Kdir? "#p": "trace");
		d->mode = kindof(q) == Kdir? DMDIR|0555: 0400;
		return 0;
	}
	p = procget(seqof(q));
	if(p == nil)
		return seterr(Eexited);
	if(kindof(q) == Kdir){
		snprint(n->name, NAMELEN, "%ud", p->pid);
		d->mode = DMDIR|0555;
	}else{
		d->name = fileof(q)->name;
		d->mode = fileof(q)->mode;
	}
	lock(&p->lk);
	memmove(n->user, p->user, NAMELEN);
	unlock(&p->lk);
	procput(p);
	return 0;
}

static void procstat(Req *r)
{
	Names n;

	reply(r, describe(&r->fid->qid, &r->d, &n));
}

/* --- walking --- */

static void procattach(Req *r)
{
	if(r->name && r->name[0]){
		respond(r, Ebadattach);
		return;
	}
	r->fid->qid = mkqid(0, Kdir);
	respond(r, nil);
}

static int pidof(char *s, u32int *pid)
{
	u64int v;

	if(*s < '1' || *s > '9')
		return -1;
	for(v = 0; *s >= '0' && *s <= '9' && v <= 0x7fffffff; s++)
		v = 10*v + *s-'0';
	if(*s != 0 || v > 0x7fffffff)
		return -1;
	*pid = v;
	return 0;
}

static char *walkroot(char *name, Qid *q)
{
	u32int pid;
	Proc *p;

	if(name[0] == 't' && strcmp(name, "trace") == 0){
		*q = mkqid(0, Ktrace);
		return nil;
	}
	if(pidof(name, &pid) < 0)
		return Enonexist;
	lock(&proctablock);
	p = procpid(pid);
	if(p)
		*q = mkqid(p->seq, Kdir);
	unlock(&proctablock);
	return p? nil: Enonexist;
}

static char *procwalk1(Fid *f, char *name, Qid *q)
{
	uint i;

	if(kindof(&f->qid) != Kdir)
		return Enotdir;
	if(name[0] == '.' && strcmp(name, "..") == 0){
		*q = mkqid(0, Kdir);
		return nil;
	}
	if(seqof(&f->qid) == 0)
		return walkroot(name, q);
	/* of a process that is gone too: its files can be neither opened nor described */
	if(name[0] < 'a' || name[0] > 'z')
		return Enonexist;
	for(i = letter[name[0]-'a']; i < letter[name[0]-'a'+1]; i++)
		if(files[i].name[1] == name[1] && strcmp(files[i].name, name) == 0){
			*q = mkqid(seqof(&f->qid), Kfile+i);
			return nil;
		}
	return Enonexist;
}

/* --- directories --- */

typedef struct Lister Lister;
struct Lister {
	u64int seq;
	Names n;
};

static int rootgen(u64int i, Dir *d, void *arg)
{
	Lister *l;
	u64int seq;
	Qid q;
	int r;

	l = arg;
	q = mkqid(0, Ktrace);
	if(i > 0){
		r = procslot(i-1, &seq);
		if(r <= 0)
			return r < 0? 0: -1;
		q = mkqid(seq, Kdir);
	}
	return describe(&q, d, &l->n) < 0? -1: 1;
}

static int filegen(u64int i, Dir *d, void *arg)
{
	Lister *l;
	Qid q;

	l = arg;
	if(i >= nelem(files))
		return 0;
	q = mkqid(l->seq, Kfile+i);
	return describe(&q, d, &l->n) < 0? 0: 1;
}

static void readdir(Req *r)
{
	Lister l;

	l.seq = seqof(&r->fid->qid);
	respond(r, dirread9p(r, l.seq == 0? rootgen: filegen, &l));
}

/* --- opening --- */

static int isnone(void)
{
	return strcmp(up->user, "none") == 0;
}

static Snap *snapnew(void)
{
	Snap *s;

	if((s = __atomic_exchange_n(&spare, nil, __ATOMIC_ACQUIRE)) == nil)
		s = malloc(sizeof *s);
	if(s != nil)
		*s = (Snap){ .text = nil };
	return s;
}

static void snapfree(Snap *s)
{
	Snap *none;

	if(s->text != nil)
		free(s->text);
	none = nil;
	if(!__atomic_compare_exchange_n(&spare, &none, s, 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		free(s);
}

/* may the current process open the file as mode says */
static char *mayopen(Proc *p, Procfile *f, int mode)
{
	u32int want, have;

	want = omode2perm(mode);
	have = f->mode & 7;
	if((want & have) == want)
		;
	else if(isowner() || p == up || (strcmp(p->user, up->user) == 0 && !isnone()))
		have |= f->mode>>6 & 7;
	if((want & have) != want)
		return Eperm;
	return f->secret && p->private? Eperm: nil;
}

static void openfile(Req *r, Proc *p)
{
	Procfile *f;
	char *e;

	f = fileof(&r->fid->qid);
	e = r->mode & ORCLOSE? Eperm: mayopen(p, f, r->mode);
	if(e == nil && f->text){
		r->fid->aux = snapnew();
		if(r->fid->aux == nil)
			e = Enomem;
	}
	respond(r, e);
}

static void procopen(Req *r)
{
	Proc *p;

	if(kindof(&r->fid->qid) == Kdir){
		respond(r, nil);
		return;
	}
	if(kindof(&r->fid->qid) == Ktrace){
		traceopen(r);
		return;
	}
	p = procget(seqof(&r->fid->qid));
	if(p == nil){
		respond(r, Eexited);
		return;
	}
	openfile(r, p);
	procput(p);
}

static void procdestroyfid(Fid *f)
{
	Snap *s;

	if(kindof(&f->qid) == Ktrace && f->omode >= 0)
		traceclose();
	s = f->aux;
	if(s != nil)
		snapfree(s);
}

static char *procclone(Fid *from, Fid *to)
{
	USED(from);
	to->aux = nil;
	return nil;
}

/* --- reading and writing --- */

static void readtext(Req *r, Proc *p, Procfile *f)
{
	Snap *s;
	char *buf;
	int n;

	s = r->fid->aux;
	qlock(&s->lk);
	if(r->offset == 0){
		buf = nil;
		n = f->text(p, &buf);
		if(n < 0){
			qunlock(&s->lk);
			responderr(r);
			return;
		}
		free(s->text);
		s->text = buf;
		s->n = n;
	}
	readbuf(r, s->text, s->n);
	qunlock(&s->lk);
	respond(r, nil);
}

static void withfile(Req *r, void (*f)(Req*, Proc*, Procfile*))
{
	Procfile *pf;
	Proc *p;

	p = procget(seqof(&r->fid->qid));
	if(p == nil){
		respond(r, Eexited);
		return;
	}
	pf = fileof(&r->fid->qid);
	if(pf->secret && p->private)
		respond(r, Eperm);
	else
		f(r, p, pf);
	procput(p);
}

static void readfile(Req *r, Proc *p, Procfile *f)
{
	if(f->text)
		readtext(r, p, f);
	else if(f->read)
		f->read(r, p);
	else
		respond(r, Enoread);
}

static void writefile(Req *r, Proc *p, Procfile *f)
{
	if(f->write)
		f->write(r, p);
	else
		respond(r, Enowrite);
}

static void procread(Req *r)
{
	switch(kindof(&r->fid->qid)){
	case Kdir:
		readdir(r);
		break;
	case Ktrace:
		traceread(r);
		break;
	default:
		withfile(r, readfile);
	}
}

static void procwrite(Req *r)
{
	if(kindof(&r->fid->qid) < Kfile)
		respond(r, Enowrite);
	else
		withfile(r, writefile);
}

Srv procsrv = {
	.name = "proc",
	.dc = 'p',
	.flags = SrvBlocks,
	.init = procsrvinit,
	.attach = procattach,
	.walk1 = procwalk1,
	.clone = procclone,
	.open = procopen,
	.read = procread,
	.write = procwrite,
	.stat = procstat,
	.destroyfid = procdestroyfid,
};
