/* gen.c: see gen.h */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "gen.h"

u32int genrand(Gen *g, u32int n)
{
	g->x ^= g->x << 13;
	g->x ^= g->x >> 7;
	g->x ^= g->x << 17;
	return (g->x >> 16) % n;
}

static char *pick(Gen *g, char **s, int n)
{
	return s[genrand(g, n)];
}

static char *name(Gen *g)
{
	static char *s[] = { "a", "b", "c", "dir", "d2", "..", "a", "dir", "gate", "slow", "open", "ctl", "sub" };
	static char *bad[] = { "", ".", "a/b", "x\ny", "nosuch" };

	if(g->name != nil && genrand(g, 8))
		return pick(g, g->name, g->nname);
	return genrand(g, 12) == 0? pick(g, bad, nelem(bad)): pick(g, s, nelem(s));
}

static char *user(Gen *g)
{
	static char *s[] = { "glenda", "glenda", "glenda", "bob", "" };

	if(g->name != nil && genrand(g, 8))
		return s[0];
	return pick(g, s, nelem(s));
}

/* a fid of that set, mostly */
static u32int fidof(Gen *g, u64int set)
{
	u32int f, i;

	if(genrand(g, 60) == 0)
		return NOFID-genrand(g, 2);
	f = genrand(g, g->nfid);
	if(genrand(g, 10) != 0)
		for(i = 0; i < 64 && (set>>f & 1) == 0; i++)
			f = genrand(g, g->nfid);
	return f;
}

static u32int newfid(Gen *g)
{
	return fidof(g, ~g->live);
}

/* one that such a request may use */
static u32int fid(Gen *g, int type)
{
	u64int set;

	set = g->live;
	switch(type){
	case Twalk:
		set &= ~g->open;
		if(genrand(g, 4))
			set &= g->dir;
		break;
	case Topen:
		set &= ~g->open;
		if(g->name != nil && genrand(g, 4))
			set &= ~g->dir;
		break;
	case Tcreate:
		set &= ~g->open & g->dir;
		break;
	case Tread:
		set &= g->open;
		if(g->name != nil && genrand(g, 4))
			set &= ~g->dir;
		break;
	case Twrite:
		set &= g->open;
		if(genrand(g, 4))
			set &= g->writable;
		break;
	case Twstat:
		set &= ~g->dir;
		break;
	}
	return fidof(g, set);
}

static vlong offset(Gen *g)
{
	switch(genrand(g, 10)){
	case 0:
		return genrand(g, 100000);
	case 1:
		return (vlong)(g->x >> genrand(g, 64));
	case 2:
		return 16384;
	case 3:
		return genrand(g, 2000);
	}
	return 0;
}

static u32int mode(Gen *g)
{
	static u8int s[] = { OREAD, OREAD, OWRITE, ORDWR, OEXEC, OWRITE|OTRUNC, ORDWR|ORCLOSE, OREAD|OCEXEC };

	if(g->writer && genrand(g, 3) == 0)
		return OWRITE;
	if(g->name != nil && genrand(g, 8))
		return genrand(g, 3);
	return genrand(g, 20) == 0? genrand(g, 256): s[genrand(g, nelem(s))];
}

static u32int perm(Gen *g)
{
	static u32int s[] = { 0666, 0600, 0777, DMDIR|0777, DMDIR|0755, DMAPPEND|0666, DMEXCL|0666, 0, 0444, DMTMP|0644 };

	return genrand(g, 30) == 0? (u32int)g->x: s[genrand(g, nelem(s))];
}

static void wstat(Gen *g, Fcall *f)
{
	Dir d;

	dirnull(&d);
	if(genrand(g, 2))
		d.name = name(g);
	if(genrand(g, 4) == 0)
		d.length = genrand(g, 3)? genrand(g, 30000): offset(g);
	if(genrand(g, 4) == 0)
		d.mode = perm(g);
	if(genrand(g, 4) == 0)
		d.mtime = genrand(g, 100);
	if(genrand(g, 6) == 0)
		d.gid = user(g);
	if(genrand(g, 12) == 0)
		d.uid = user(g);
	if(genrand(g, 20) == 0)
		d.qid.path = genrand(g, 5);
	f->stat = g->buf;
	f->nstat = convD2M(&d, g->buf, sizeof g->buf);
	if(genrand(g, 30) == 0)
		g->buf[genrand(g, f->nstat)] ^= 1<<genrand(g, 8);
	if(genrand(g, 50) == 0)
		f->nstat -= genrand(g, f->nstat);
}

static void data(Gen *g, Fcall *f)
{
	u32int i;

	f->count = genrand(g, 5)? genrand(g, 100): genrand(g, 8192);
	for(i = 0; i < f->count; i++)
		g->buf[i] = genrand(g, 256);
	f->data = (char*)g->buf;
	if(g->line != nil && genrand(g, 2)){
		f->data = pick(g, g->line, g->nline);
		f->count = strlen(f->data);
	}
	f->offset = offset(g);
}

static int isdir(Gen *g, u32int f)
{
	return f < 64 && g->dir>>f & 1;
}

/* so many names, of which one may be a path */
static void walknames(Gen *g, Fcall *f, int n)
{
	char *s, *slash;
	int i;

	s = (char*)g->buf;
	for(i = 0; i < n && f->nwname < MAXWELEM; i++){
		strecpy(s, (char*)g->buf+sizeof g->buf, name(g));
		for(; g->name != nil && (slash = strchr(s, '/')) != nil && f->nwname < MAXWELEM-1; s = slash+1){
			*slash = 0;
			f->wname[f->nwname++] = s;
		}
		f->wname[f->nwname++] = s;
		s += strlen(s)+1;
	}
}

static void fill(Gen *g, Fcall *f)
{
	switch(f->type){
	case Tattach:
		f->fid = newfid(g);
		/* fall through */
	case Tauth:
		f->afid = genrand(g, 10)? NOFID: fid(g, f->type);
		f->uname = user(g);
		f->aname = genrand(g, 20)? "": "spec";
		if(g->aname != nil)
			f->aname = pick(g, g->aname, g->naname);
		break;
	case Tflush:
		f->oldtag = genrand(g, g->ntag > 0? g->ntag: 8);
		break;
	case Twalk:
		f->newfid = genrand(g, 6)? newfid(g): f->fid;
		walknames(g, f, genrand(g, 20)? genrand(g, 3): genrand(g, 17));
		break;
	case Tcreate:
		f->name = name(g);
		f->perm = perm(g);
		/* fall through */
	case Topen:
		f->mode = mode(g);
		if(isdir(g, f->type == Topen? f->fid: NOFID) || (f->type == Tcreate && f->perm & DMDIR))
			f->mode = genrand(g, 8)? OREAD: f->mode;
		break;
	case Tread:
		f->offset = offset(g);
		f->count = genrand(g, 4)? genrand(g, 600): (u32int)g->x;
		break;
	case Twrite:
		data(g, f);
		break;
	case Twstat:
		wstat(g, f);
		break;
	}
}

u32int genmsg(Gen *g, uchar *m, u32int max)
{
	static u8int types[] = {
		Tattach, Twalk, Twalk, Twalk, Twalk, Twalk, Twalk, Topen, Topen, Topen, Tcreate, Tcreate, Tcreate, Tcreate,
		Tread, Tread, Tread, Tread, Twrite, Twrite, Twrite, Tclunk, Tclunk, Tclunk, Tremove, Tremove, Tstat, Tstat,
		Twstat, Twstat, Tauth, Tflush,
	};
	Fcall f;

	memset(&f, 0, sizeof f);
	f.type = types[genrand(g, nelem(types))];
	/* where nothing is created, more of the rest */
	if(g->name != nil && f.type == Tcreate && genrand(g, 8))
		f.type = Topen;
	if(g->name != nil && (f.type == Twstat || f.type == Tremove) && genrand(g, 8))
		f.type = Twrite;
	if(genrand(g, 16) >= (u32int)__builtin_popcountl(g->live)*4)
		f.type = Tattach;	/* short of fids */
	f.tag = g->tag;
	f.fid = fid(g, f.type);
	fill(g, &f);
	g->last = f;
	return convS2M(&f, m, max);
}

static void set(u64int *bits, u32int f, int on)
{
	if(f < 64)
		*bits = (*bits & ~(1UL<<f)) | (u64int)on<<f;
}

/* f is in use, and is a directory or not */
static void learnfid(Gen *g, u32int f, int dir)
{
	set(&g->live, f, 1);
	set(&g->open, f, 0);
	set(&g->dir, f, dir);
}

static void learnwalk(Gen *g, uchar *ans)
{
	int n;

	n = ans[7];
	if(n == g->last.nwname)
		learnfid(g, g->last.newfid, n > 0? ans[9+QIDSZ*(n-1)]>>7: isdir(g, g->last.fid));
}

void genlearn(Gen *g, uchar *ans)
{
	if(ans[4] == Rerror && g->last.type != Tremove)	/* which clunks in any case */
		return;
	switch(g->last.type){
	case Tattach:
		learnfid(g, g->last.fid, ans[7]>>7);
		break;
	case Twalk:
		learnwalk(g, ans);
		break;
	case Topen:
	case Tcreate:
		set(&g->open, g->last.fid, 1);
		set(&g->writable, g->last.fid, (g->last.mode&3) == OWRITE || (g->last.mode&3) == ORDWR);
		set(&g->dir, g->last.fid, ans[7]>>7);
		break;
	case Tclunk:
	case Tremove:
		set(&g->live, g->last.fid, 0);
		set(&g->open, g->last.fid, 0);
		break;
	}
}
