/*
 * mntver.c: connections: how they come to be and end; version, auth, attach.
 *
 * A Mux belongs to the channel it is spoken on and goes with it.  The first
 * process to need it negotiates; others wait for the result.  A negotiation
 * that fails, or is interrupted, leaves it as if it had not been, so that one
 * can try again.
 *
 * The size of messages is what the caller asked for, or what suits this
 * machine's memory, and never more; a stream's is smaller because it needs a
 * buffer of that size.
 *
 * Locks: muxes.lk for the list of all; Mux.lk as in mntchan.c.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"
#include "mux.h"

enum {
	Smallmem = 16*MiB/PGSZ,		/* machines below these, in pages, get small messages */
	Somemem = 64*MiB/PGSZ,
	Smallmsg = 8*KiB+IOHDRSZ,
	Somemsg = 64*KiB+IOHDRSZ,
	Streammsg = 64*KiB+IOHDRSZ,
};

int (*linkhook)(Chan*, Msglink*);
int (*srvnamehook)(Chan*, char*, int);

static struct {
	Lock lk;
	Mux *head;
} muxes;

/* --- the connection itself --- */
static void listadd(Mux *mx)
{
	lock(&muxes.lk);
	mx->prev = &muxes.head;
	if((mx->next = muxes.head) != nil)
		mx->next->prev = &mx->next;
	muxes.head = mx;
	unlock(&muxes.lk);
}

static void listdel(Mux *mx)
{
	lock(&muxes.lk);
	*mx->prev = mx->next;
	if(mx->next != nil)
		mx->next->prev = mx->prev;
	unlock(&muxes.lk);
}

/* c's connection, made if there is none; nil and errstr */
static Mux *muxget(Chan *c)
{
	Mux *mx, *old;

	if(c->mux != nil)
		return c->mux;
	if((mx = mallocz(sizeof *mx, 1)) == nil)
		return seterrp(Enomem);
	mx->m.type = 'M';
	mx->m.mux = mx;
	mx->tc = c;
	mx->freetag = NOTAG;
	if(c->mnt->mux != nil)
		mx->depth = c->mnt->mux->depth+1;
	old = nil;
	if(!__atomic_compare_exchange_n(&c->mux, &old, mx, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)){
		free(mx);
		return old;
	}
	listadd(mx);
	return mx;
}

/* from mx on the first that has clunks waiting and is not about to be freed, its channel counted; the list's lock is held */
static Mux *counted(Mux *mx)
{
	long ref;

	for(; mx != nil; mx = mx->next){
		if(peek(mx->ndefer) == 0)
			continue;
		ref = __atomic_load_n(&mx->tc->ref, __ATOMIC_RELAXED);
		while(ref > 0)
			if(__atomic_compare_exchange_n(&mx->tc->ref, &ref, ref+1, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
				return mx;
	}
	return nil;
}

void muxeach(void (*f)(Mux*))
{
	Mux *mx, *next;

	lock(&muxes.lk);
	mx = counted(muxes.head);
	unlock(&muxes.lk);
	for(; mx != nil; mx = next){
		f(mx);
		lock(&muxes.lk);
		next = counted(mx->next);
		unlock(&muxes.lk);
		chanclose(mx->tc);
	}
}

static void linkoff(Mux *mx)
{
	if(mx->link.send != nil){
		mx->link.sink(mx->link.end, nil, mx);
		*mx->link.mine = 0;
	}
	mx->link.send = nil;
}

/* nobody can use it any more: its channel has no references left */
void muxfree(Mux *mx)
{
	Tree1 *t;

	listdel(mx);
	linkoff(mx);
	cachegone(mx);
	mx->tc->mux = nil;
	while((t = mx->trees) != nil){
		mx->trees = t->next;
		free(t);
	}
	free(mx->tags);
	free(mx->freefid);
	free(mx->rbuf);
	free(mx->acc);
	free(mx);
}

Chan *muxtc(Mux *mx)
{
	return mx->tc;
}

Chan *muxchan(Chan *c)
{
	return c->mnt->mux == nil? nil: c->mnt->mux->tc;
}

static char *statename[] = { "idle", "busy", "live", "dead" };

int muxinfo(int i, char *buf, int n)
{
	Mux *mx;
	char *p;

	p = nil;
	lock(&muxes.lk);
	for(mx = muxes.head; mx != nil && i > 0; mx = mx->next)
		i--;
	if(mx != nil)
		p = seprint(buf, buf+n, "%s msize %ud requests %ud abandoned %ud clunks %ud stray %ud trips %ud %s %s %q\n",
			statename[mx->state], mx->m.msize, mx->nbusy, mx->nlimbo, mx->nclunk+mx->nlate,
			mx->nstray, mx->ntrips, mx->version[0] != 0? mx->version: "-",
			mx->link.send != nil? "link": "stream", chanpath(mx->tc));
	unlock(&muxes.lk);
	return p == nil? -1: p-buf;
}

/* --- version --- */
static char Enot9p[] = "server speaks no 9P2000";

/* does the version agreed on have this letter of VERSION9PX? */
static int versionhas(Mux *mx, int letter)
{
	char *p;

	p = mx->version + sizeof VERSION9P-1;
	return *p == '.' && strchr(p, letter) != nil;
}

static u32int goodsize(int isstream)
{
	Memstat m;

	memstat(&m);
	if(m.total < Smallmem)
		return Smallmsg;
	if(m.total < Somemem)
		return Somemsg;
	return isstream? Streammsg: MAXMSIZE;
}

/* make ready for the answers */
static int transport(Mux *mx, u32int msize)
{
	int islink;

	islink = linkhook != nil && linkhook(mx->tc, &mx->link);
	if(!islink)
		mx->link.send = nil;
	if(msize == 0)
		msize = goodsize(!islink);
	mx->m.msize = MIN(msize, MAXMSIZE);
	mx->nr = mx->nacc = 0;
	if(islink){
		*mx->link.mine = 1;
		return mx->link.sink(mx->link.end, muxsink, mx);
	}
	free(mx->rbuf);
	if((mx->rbuf = malloc(mx->m.msize)) == nil)
		return seterr(Enomem);
	return 0;
}

/* ask for version; the answer's is in mx->version, "unknown" if the server refuses it */
static int ask(Mux *mx, char *version)
{
	Call *k;
	int r;

	if((k = callnew(&mx->m, nil, Tversion)) == nil)
		return -1;
	k->r.name = version;
	k->r.count = mx->m.msize;
	r = callrun(&k);
	if(r == 0 && strcmp(mx->version, "unknown") != 0){
		if(strncmp(mx->version, VERSION9P, sizeof VERSION9P-1) != 0)
			r = seterr(Enot9p);
		else if(k->r.rcount < MINMSIZE || k->r.rcount > mx->m.msize)
			r = seterr("bad message size in version answer");
		else
			mx->m.msize = k->r.rcount;
	}
	callfree(k);
	return r;
}

/* agree on version; without one, on a stream, on as much of VERSION9PX as the server means */
static int hello(Mux *mx, char *version)
{
	int any;

	any = version[0] == 0;
	if(ask(mx, !any? version: mx->link.send != nil? VERSION9P: VERSION9PX) < 0)
		return -1;
	if(any && mx->link.send == nil && strcmp(mx->version, "unknown") == 0 && ask(mx, VERSION9P) < 0)
		return -1;
	if(strcmp(mx->version, "unknown") == 0)
		return seterr(Enot9p);
	mx->inorder = any && versionhas(mx, 'i');
	mx->versions = any && versionhas(mx, 'v');
	return 0;
}

static void setstate(Mux *mx, int state)
{
	lock(&mx->lk);
	if(mx->state != MuxDead || state == MuxIdle)
		mx->state = state;
	unlock(&mx->lk);
	wakeup(&mx->verr);
}

static int negotiate(Mux *mx, u32int msize, char *version)
{
	Chan *c;

	c = mx->tc;
	c->flag |= CMsg;
	if(transport(mx, msize) == 0 && hello(mx, version) == 0){
		setstate(mx, MuxLive);
		return 0;
	}
	linkoff(mx);
	c->flag &= ~CMsg;
	setstate(mx, MuxIdle);
	return -1;
}

static int settled(void *a)
{
	return ((Mux*)a)->state != MuxBusy;
}

static int versioncheck(Chan *c, u32int msize, char *version)
{
	if((c->flag & COpen) == 0 || c->mode != ORDWR || c->qid.type & (QTDIR|QTAUTH))
		return seterr(Ebaduse);
	if(c->mnt->mux != nil && c->mnt->mux->depth >= Maxdepth)
		return seterr("too many connections over connections");
	if(version[0] != 0 && strncmp(version, VERSION9P, sizeof VERSION9P-1) != 0)
		return seterr("unknown 9P version");
	if(msize != 0 && msize < MINMSIZE)
		return seterr("message size too small");
	return 0;
}

/*
 * fversion(2): agree with the server behind c on a version ("": ours) and a
 * message size (0: as suits).  What was agreed on goes to answer, n bytes.
 */
int muxversion(Chan *c, u32int msize, char *version, char *answer, int n)
{
	Mux *mx;
	int state;

	if(versioncheck(c, msize, version) < 0 || (mx = muxget(c)) == nil)
		return -1;
	for(;;){
		lock(&mx->lk);
		if((state = mx->state) == MuxIdle)
			mx->state = MuxBusy;
		unlock(&mx->lk);
		if(state != MuxBusy)
			break;
		if(sleep(&mx->verr, settled, mx) < 0)
			return seterr(Eintr);
	}
	if(state == MuxIdle && negotiate(mx, msize, version) < 0)
		return -1;
	if(state == MuxDead)
		return seterr(mx->why);
	if(n > 0 && strlen(mx->version) >= (usize)n)
		return seterr(Eshort);
	if(n > 0)
		strecpy(answer, answer+n, mx->version);
	return 0;
}

/* --- auth and attach --- */

/* the instance number of the tree aname, the same for all who attach to it; 0: no memory */
static u32int treedev(Mux *mx, char *aname)
{
	Tree1 *t, *new;
	u32int dev;

	if((new = malloc(sizeof *new + strlen(aname)+1)) == nil)
		return 0;
	strecpy(new->aname, new->aname+strlen(aname)+1, aname);
	new->dev = devnew();
	lock(&mx->lk);
	for(t = mx->trees; t != nil; t = t->next)
		if(strcmp(t->aname, aname) == 0)
			break;
	if(t == nil){
		new->next = mx->trees;
		mx->trees = t = new;
		new = nil;
	}
	dev = t->dev;
	unlock(&mx->lk);
	free(new);
	return dev;
}

/* a channel for the fid that a Tattach or Tauth makes */
static Chan *fidmake(Mux *mx, int type, u32int afid, char *uname, char *aname)
{
	Chan *c;
	Call *k;

	if((c = channew(&mx->m)) == nil)
		return nil;
	if((k = callnew(&mx->m, nil, type)) == nil)
		goto Bad;
	if((k->newfidn = muxfid(mx)) == NOFID)
		goto Bad;
	k->afidn = afid;
	k->r.uname = uname;
	k->r.name = aname;
	if(callrun(&k) < 0){
		if(k->newfidn != NOFID)
			muxfidfree(mx, k->newfidn);
		goto Bad;
	}
	c->fidnum = k->newfidn;
	c->qid = k->r.qid;
	callfree(k);
	return c;
Bad:
	callfree(k);
	chanclose(c);
	return nil;
}

/*
 * Attach to a tree of the server behind c, with afid from muxauth or nil:
 * the root, unopened.
 */
Chan *muxattach(Chan *c, Chan *afid, char *uname, char *aname)
{
	Chan *root;

	if(muxversion(c, 0, "", nil, 0) < 0)
		return nil;
	if(afid != nil && (afid->mnt != &c->mux->m || (afid->qid.type & QTAUTH) == 0))
		return seterrp(Ebaduse);
	root = fidmake(c->mux, Tattach, afid == nil? NOFID: afid->fidnum, uname, aname);
	if(root == nil)
		return nil;
	if((root->dev = treedev(c->mux, aname)) == 0){
		chanclose(root);
		return seterrp(Enomem);
	}
	return root;
}

/* An authentication file, open for reading and writing. */
Chan *muxauth(Chan *c, char *uname, char *aname)
{
	Chan *a;

	if(muxversion(c, 0, "", nil, 0) < 0)
		return nil;
	if((a = fidmake(c->mux, Tauth, NOFID, uname, aname)) == nil)
		return nil;
	a->qid.type |= QTAUTH;
	a->qid.type &= ~QTDIR;
	if(chanisopen(a, ORDWR, 0) < 0){
		chanclose(a);
		return nil;
	}
	return a;
}
