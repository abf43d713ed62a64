/*
 * mbox.c: a mailbox, a movable server; mbox(4) says what its files are.
 *
 * A fid's aux is a Mfid, which refers to the message whose directory or file
 * it is; one that has new open refers to a draft, which becomes a message
 * when the fid goes.  If it goes because its connection does, the client did
 * not close it, and the draft is dropped.
 *
 * A read of event for which there is nothing waits in Mbox.wait.
 *
 * SrvLocked: Srv.lk is held in all handlers, mboxdestroyfid among them.
 * It is held across respond.  Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "mbox.h"

#define Defmax (64LL<<20)

enum {
	Ctlmax = 1024,
	Maxwords = 128,
};

static char *flagname[Nflags] = { "seen", "answered", "flagged", "draft" };

/* the files of the root, and of a message, from index 1 on */
static struct {
	char *name;
	u32int mode;
} rootfile[] = {
	[Qnew] = { "new", DMAPPEND|0222 },
	[Qevent] = { "event", 0400 },
	[Qctl] = { "ctl", 0600 },
}, msgfile[] = {
	[Qheader] = { "header", 0400 },
	[Qbody] = { "body", 0400 },
	[Qraw] = { "raw", 0400 },
	[Qflags] = { "flags", 0600 },
};

static Mbox *boxof(Fid *f)
{
	return f->srv->aux;
}

static Mfid *mfidof(Fid *f)
{
	return f->aux;
}

/* which of a message's files, or which of the root's */
static u32int fileof(u64int path)
{
	return path & ((1<<Qshift)-1);
}

/* --- what a file is --- */

/* d->name borrows buf, of Namelen+1 bytes */
static void msgfiledir(Msg *m, u32int k, Dir *d, char *buf)
{
	d->mode = 0400;
	if(k >= Qfield){
		fieldname(m, k-Qfield, buf);
		d->name = buf;
		d->length = fieldput(m, k-Qfield, nil);
		return;
	}
	d->name = msgfile[k].name;
	d->mode = msgfile[k].mode;
	switch(k){
	case Qheader:
		d->length = m->hend - m->head;
		break;
	case Qbody:
		d->length = m->n - m->body;
		break;
	case Qraw:
		d->length = m->n;
		break;
	case Qflags:
		d->qid.vers = m->vers;
		break;
	}
}

/* describe file k of message m, or of the root if m is nil */
static void boxdir(Srv *s, Msg *m, u32int k, Dir *d, char *buf)
{
	Mbox *b;

	b = s->aux;
	memset(d, 0, sizeof *d);
	d->uid = d->gid = d->muid = srvowner(s);
	d->qid.path = (m != nil? m->num << Qshift: 0) | k;
	d->atime = d->mtime = m != nil? m->mtime: b->mtime;
	if(m != nil && k != Qdir)
		msgfiledir(m, k, d, buf);
	else if(m != nil){
		snprint(buf, Namelen, "%llud", m->num);
		d->name = buf;
		d->mode = DMDIR|0500;
	}else if(k == Qroot){
		d->name = "/";
		d->mode = DMDIR|0711;
		d->qid.vers = b->vers;
	}else{
		d->name = rootfile[k].name;
		d->mode = rootfile[k].mode;
	}
	d->qid.type = d->mode>>24;
}

static void fiddir(Fid *f, Dir *d, char *buf)
{
	Msg *m;

	m = mfidof(f)->m;
	if(m != nil && m->num == 0){	/* a draft */
		boxdir(f->srv, nil, Qnew, d, buf);
		d->length = m->n;
	}else
		boxdir(f->srv, m, fileof(f->qid.path), d, buf);
}

static int mayuse(Fid *f, int want)
{
	char buf[Namelen+1];
	Dir d;

	fiddir(f, &d, buf);
	return hasperm(&d, f->uid, want);
}

/* may the fid's user remove messages? */
static int mayremove(Fid *f)
{
	char buf[Namelen+1];
	Dir d;

	boxdir(f->srv, nil, Qroot, &d, buf);
	return hasperm(&d, f->uid, AWRITE);
}

/* --- events --- */
static char *eventname[] = {
	[Enew] = "new",
	[Edel] = "del",
	[Eflags] = "flags",
};

/* the line of the next event into x; 0: there is none yet */
static int nextline(Mbox *b, Mfid *x)
{
	Event *e;
	u64int lost;

	if(x->seq == b->nevent)
		return 0;
	if(b->nevent - x->seq > Nevent){
		lost = b->nevent - x->seq - Nevent;
		x->seq += lost;
		x->n = snprint(x->line, sizeof x->line, "lost %llud\n", lost);
	}else{
		e = &b->event[x->seq++ % Nevent];
		x->n = snprint(x->line, sizeof x->line, "%s %llud\n", eventname[e->kind], e->num);
	}
	x->at = 0;
	return 1;
}

/* answer with the lines that fit, a part of the first if it does not; 0: nothing has happened */
static int giveevents(Mbox *b, Req *r)
{
	Mfid *x;
	u32int k;

	x = r->fid->aux;
	r->rcount = 0;
	while(x->at < x->n || nextline(b, x)){
		k = x->n - x->at;
		if(k > r->count - r->rcount){
			if(r->rcount > 0)
				break;
			k = r->count;
		}
		r->rcount += reqput(r, r->rcount, x->line+x->at, k);
		x->at += k;
		if(r->rcount == r->count)
			break;
	}
	if(r->rcount == 0 && r->count > 0)
		return 0;
	respond(r, nil);
	return 1;
}

static void readevent(Mbox *b, Req *r)
{
	if(giveevents(b, r))
		return;
	r->next = nil;
	*b->waitl = r;
	b->waitl = &r->next;
}

/* take r out of those that wait: was it there? */
static int unwait(Mbox *b, Req *r)
{
	Req **l;

	for(l = &b->wait; *l != nil && *l != r; l = &(*l)->next)
		;
	if(*l == nil)
		return 0;
	*l = r->next;
	if(r->next == nil)
		b->waitl = l;
	return 1;
}

/* something has happened */
static void wakeup(Mbox *b)
{
	Req *r, *next;

	r = b->wait;
	b->wait = nil;
	b->waitl = &b->wait;
	for(; r != nil; r = next){
		next = r->next;
		readevent(b, r);
	}
}

/* --- fids --- */
static void mboxattach(Req *r)
{
	if(r->name != nil && *r->name != 0){
		respond(r, Ebadattach);
		return;
	}
	if((r->fid->aux = mallocz(sizeof(Mfid), 1)) == nil){
		respond(r, Enomem);
		return;
	}
	r->fid->qid = (Qid){ .path = Qroot, .vers = boxof(r->fid)->vers, .type = QTDIR };
	respond(r, nil);
}

static char *mboxclone(Fid *from, Fid *to)
{
	Mfid *x;

	if((x = mallocz(sizeof *x, 1)) == nil)
		return Enomem;
	x->m = mfidof(from)->m;
	if(x->m != nil)
		x->m->ref++;
	to->aux = x;
	return nil;
}

static void mboxdestroyfid(Fid *f)
{
	Mbox *b;
	Mfid *x;
	Msg *m;
	int sent;

	if((x = f->aux) == nil)
		return;
	sent = 0;
	b = boxof(f);
	m = x->m;
	/* a fid that its connection's end takes along was not closed */
	if(m != nil && m->num == 0 && (f->fid == NOFID || f->conn->session))
		sent = draftcommit(b, m);
	msgclose(b, m);
	if(f->qid.path == Qevent && f->omode >= 0)
		b->nreader--;
	if(sent)
		wakeup(b);
	free(x);
	f->aux = nil;
}

/* --- walk --- */
static u64int number(char *s)
{
	char *end;
	u64int n;

	if(*s < '1' || *s > '9')
		return 0;
	n = strtoull(s, &end, 10);
	return *end == 0 && n < Maxnum? n: 0;
}

static int rootfind(char *name)
{
	uint i;

	for(i = 1; i < nelem(rootfile); i++)
		if(strcmp(rootfile[i].name, name) == 0)
			return i;
	return -1;
}

static int msgfilefind(Msg *m, char *name)
{
	uint i;
	int k;

	for(i = 1; i < nelem(msgfile); i++)
		if(strcmp(msgfile[i].name, name) == 0)
			return i;
	k = fieldfind(m, name);
	return k < 0? -1: Qfield+k;
}

static char *walkroot(Mbox *b, Mfid *x, char *name, u32int *k)
{
	int i;

	if(strcmp(name, "..") == 0)
		return nil;
	if((i = rootfind(name)) >= 0){
		*k = i;
		return nil;
	}
	if((x->m = msgfind(b, number(name))) == nil)
		return Enonexist;
	x->m->ref++;
	*k = Qdir;
	return nil;
}

static char *walkmsg(Mbox *b, Mfid *x, char *name, u32int *k)
{
	char *e;
	int i;

	if(strcmp(name, "..") == 0){
		msgclose(b, x->m);
		x->m = nil;
		*k = Qroot;
		return nil;
	}
	if((e = msgparse(x->m)) != nil)
		return e;
	if((i = msgfilefind(x->m, name)) < 0)
		return Enonexist;
	*k = i;
	return nil;
}

static char *mboxwalk1(Fid *f, char *name, Qid *q)
{
	char *e, buf[Namelen+1];
	Mfid *x;
	u32int k;
	Dir d;

	x = f->aux;
	k = Qroot;
	if(strcmp(name, "..") != 0 && !mayuse(f, AEXEC))
		return Eperm;
	if(x->m == nil)
		e = walkroot(boxof(f), x, name, &k);
	else
		e = walkmsg(boxof(f), x, name, &k);
	if(e != nil)
		return e;
	boxdir(f->srv, x->m, k, &d, buf);
	*q = f->qid = d.qid;
	return nil;
}

static void mboxflush(Req *r)
{
	if(unwait(r->srv->aux, r->oldreq))
		respond(r->oldreq, Eintr);
	respond(r, nil);
}

/* --- open, stat, wstat --- */
static void mboxopen(Req *r)
{
	char buf[Namelen+1];
	Mbox *b;
	Mfid *x;
	Dir d;

	b = r->srv->aux;
	x = r->fid->aux;
	fiddir(r->fid, &d, buf);
	if((r->mode & ORCLOSE) || !hasperm(&d, r->fid->uid, omode2perm(r->mode))){
		respond(r, Eperm);
		return;
	}
	r->fid->qid = d.qid;
	if(r->fid->qid.path == Qnew && (x->m = draftnew(b)) == nil){
		responderr(r);
		return;
	}
	if(r->fid->qid.path == Qevent){
		x->seq = b->nevent;
		b->nreader++;
	}
	respond(r, nil);
}

static void mboxstat(Req *r)
{
	char buf[Namelen+1];

	fiddir(r->fid, &r->d, buf);
	respond(r, nil);
}

/* only that an unfinished message begins anew, by a length of zero */
static void mboxwstat(Req *r)
{
	Msg *m;
	Dir *d;

	d = &r->d;
	m = mfidof(r->fid)->m;
	if(m != nil && m->num == 0 && d->length == 0){
		d->length = -1;
		if(dirisnull(d)){
			drafttruncate(r->srv->aux, m);
			respond(r, nil);
			return;
		}
	}
	respond(r, dirisnull(d)? nil: Eperm);
}

/* --- read --- */
typedef struct List List;
struct List {	/* a directory being read */
	Srv *s;
	Msg *m;
	char name[Namelen+1];
};

/* positions: the files of the root, then the messages by number */
static int rootentry(u64int *i, Dir *d, void *arg)
{
	List *l;
	Msg *m;

	l = arg;
	if(*i < nelem(rootfile)-1){
		boxdir(l->s, nil, *i+1, d, l->name);
		return 1;
	}
	if((m = msgafter(l->s->aux, *i-(nelem(rootfile)-1))) == nil)
		return 0;
	*i = m->num + nelem(rootfile)-1;
	boxdir(l->s, m, Qdir, d, l->name);
	return 1;
}

static int msgentry(u64int *i, Dir *d, void *arg)
{
	List *l;
	Msg *m;

	l = arg;
	m = l->m;
	if(*i < nelem(msgfile)-1){
		boxdir(l->s, m, *i+1, d, l->name);
		return 1;
	}
	for(; *i-(nelem(msgfile)-1) < m->nfield; ++*i)
		if(m->field[*i-(nelem(msgfile)-1)].file){
			boxdir(l->s, m, *i-(nelem(msgfile)-1)+Qfield, d, l->name);
			return 1;
		}
	return 0;
}

static char *readdir(Req *r, Msg *m)
{
	List l;
	char *e;

	l.s = r->srv;
	l.m = m;
	if(m == nil)
		return dirreadat(r, rootentry, &l);
	if((e = msgparse(m)) != nil)
		return e;
	return dirreadat(r, msgentry, &l);
}

static void readflags(Req *r, Msg *m)
{
	char buf[80], *s, *sep;
	uint i;

	s = buf;
	*s = 0;
	sep = "";
	for(i = 0; i < nelem(flagname); i++)
		if(m->flags & 1<<i){
			s = seprint(s, buf+sizeof buf, "%s%s", sep, flagname[i]);
			sep = " ";
		}
	seprint(s, buf+sizeof buf, "\n");
	readstr(r, buf);
}

static char *readmsgfile(Req *r, Msg *m, u32int k)
{
	switch(k){
	case Qheader:
		readbuf(r, m->raw+m->head, m->hend-m->head);
		break;
	case Qbody:
		readbuf(r, m->raw+m->body, m->n-m->body);
		break;
	case Qraw:
		readbuf(r, m->raw, m->n);
		break;
	case Qflags:
		readflags(r, m);
		break;
	default:
		fieldput(m, k-Qfield, r);
		break;
	}
	return nil;
}

static char *readctl(Mbox *b, Req *r)
{
	char buf[200];

	snprint(buf, sizeof buf, "messages %ud\nnext %llud\nbytes %llud\nmax %llud\ndrafts %ud\nreaders %ud\n",
		b->nlive, b->next, b->used, b->max, b->ndraft, b->nreader);
	readstr(r, buf);
	return nil;
}

static void mboxread(Req *r)
{
	Mbox *b;
	Msg *m;
	char *e;

	b = r->srv->aux;
	m = mfidof(r->fid)->m;
	if(r->fid->qid.type & QTDIR)
		e = readdir(r, m);
	else if(m != nil)
		e = readmsgfile(r, m, fileof(r->fid->qid.path));
	else if(r->fid->qid.path == Qctl)
		e = readctl(b, r);
	else{
		readevent(b, r);
		return;
	}
	respond(r, e);
}

/* --- write --- */

/* remove the messages of these numbers, all or none */
static char *deleteall(Mbox *b, char **w, int n)
{
	Msg *m;
	int i;

	for(i = 0; i < n; i++)
		if(msgfind(b, number(w[i])) == nil)
			return Enonexist;
	for(i = 0; i < n; i++)
		if((m = msgfind(b, number(w[i]))) != nil)	/* nil: named twice */
			msgremove(b, m);
	return nil;
}

static char *writectl(Mbox *b, char **w, int n)
{
	if(n < 2 || strcmp(w[0], "delete") != 0)
		return Ebadarg;
	return deleteall(b, w+1, n-1);
}

/* the bit of a flag's name, 0 for none */
static int flagbit(char *name)
{
	uint i;

	for(i = 0; i < nelem(flagname); i++)
		if(strcmp(name, flagname[i]) == 0)
			return 1<<i;
	return 0;
}

/* +flag sets, -flag clears; flags without a sign take the place of all */
static char *writeflags(Mbox *b, Msg *m, char **w, int n)
{
	int i, bit, flags;

	flags = n > 0 && (*w[0] == '+' || *w[0] == '-')? m->flags: 0;
	for(i = 0; i < n; i++){
		bit = flagbit(w[i] + (*w[i] == '+' || *w[i] == '-'));
		if(bit == 0)
			return Ebadarg;
		flags = *w[i] == '-'? flags & ~bit: flags | bit;
	}
	if(flags == m->flags)
		return nil;
	m->flags = flags;
	m->vers++;
	if(msgfind(b, m->num) == m)
		boxevent(b, Eflags, m->num);
	return nil;
}

/* what is written to ctl and flags is words, whole in one write */
static char *writewords(Mbox *b, Req *r, Msg *m)
{
	char buf[Ctlmax], *w[Maxwords+1];
	int n;

	if(r->count >= sizeof buf)
		return Etoobig;
	n = reqget(r, 0, buf, r->count);
	buf[n] = 0;
	r->rcount = n;
	n = tokenize(buf, w, nelem(w));
	if(n > Maxwords)
		return Etoobig;
	return m != nil? writeflags(b, m, w, n): writectl(b, w, n);
}

static void mboxwrite(Req *r)
{
	Mbox *b;
	Msg *m;
	char *e;

	b = r->srv->aux;
	m = mfidof(r->fid)->m;
	if(m == nil || m->num != 0)
		e = writewords(b, r, m);
	else if((e = draftappend(b, m, r)) == nil)
		r->rcount = r->count;
	respond(r, e);
	wakeup(b);
}

static void mboxremove(Req *r)
{
	Mbox *b;
	Msg *m;

	b = r->srv->aux;
	m = mfidof(r->fid)->m;
	if(m == nil || fileof(r->fid->qid.path) != Qdir || !mayremove(r->fid))
		respond(r, Eperm);
	else if(msgfind(b, m->num) != m)
		respond(r, Enonexist);
	else{
		msgremove(b, m);
		respond(r, nil);
		wakeup(b);
	}
}

/* arg is empty, or max=bytes, perhaps with K, M or G: what all messages may take */
static int mboxinit(Srv *s, char *arg)
{
	vlong max;

	max = Defmax;
	if(arg != nil && *arg != 0)
		max = strncmp(arg, "max=", 4) == 0? sizearg(arg+4): -1;
	if(max <= 0 || max > Maxmax){
		werrstr("mbox: bad argument: %s", arg);
		return -1;
	}
	if((s->aux = boxnew(max)) != nil)
		return 0;
	werrstr("%s", Enomem);
	return -1;
}

static void mboxfini(Srv *s)
{
	boxfree(s->aux);
	s->aux = nil;
}

Srv mboxsrv = {
	.name = "mbox",
	.flags = SrvLocked|SrvInorder,
	.init = mboxinit,
	.fini = mboxfini,
	.attach = mboxattach,
	.walk1 = mboxwalk1,
	.clone = mboxclone,
	.open = mboxopen,
	.read = mboxread,
	.write = mboxwrite,
	.remove = mboxremove,
	.flush = mboxflush,
	.stat = mboxstat,
	.wstat = mboxwstat,
	.destroyfid = mboxdestroyfid,
	.save = mboxsave,
	.restore = mboxrestore,
	.savefid = mboxsavefid,
	.restorefid = mboxrestorefid,
};
