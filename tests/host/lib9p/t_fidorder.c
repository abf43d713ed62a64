/* needs: lib9p */
/*
 * t_fidorder: a server that answers walks and opens later, and whose client sends
 * what relies on them at once, through srvio.
 *
 * A script is messages and events: v version, a attach, wN walk of a name to
 * fid N, oN open, sN stat, rN read, cN clunk, fT flush of tag T; + and - have the oldest walk
 * or open that is with the server answered, well or not.  Tags count from 1.  Wanted
 * are the answers in the order written: the letter, e for an error, and the tag.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"
#include "host.h"

enum { Maxparked = 16 };

static Req *parked[Maxparked];
static int nparked;
static int nfids;	/* that the server knows */
static char *script, *version;
static u16int tag;
static char got[256];

static void park(Req *r)
{
	parked[nparked++] = r;
}

static void attach(Req *r)
{
	r->fid->qid = (Qid){ .type = QTDIR };
	r->fid->aux = &nfids;
	nfids++;
	respond(r, nil);
}

static void stat(Req *r)
{
	r->d.name = r->d.uid = r->d.gid = r->d.muid = "x";
	respond(r, nil);
}

static void readone(Req *r)
{
	readstr(r, "x");
	respond(r, nil);
}

static void destroyfid(Fid *f)
{
	if(f->aux != nil)
		nfids--;
}

static void flush(Req *r)
{
	int i;

	for(i = 0; i < nparked; i++)
		if(parked[i] == r->oldreq){
			respond(parked[i], Eintr);
			memmove(parked+i, parked+i+1, (--nparked-i)*sizeof parked[0]);
			break;
		}
	respond(r, nil);
}

static Srv srv = {
	.name = "later",
	.flags = SrvFidorder,
	.attach = attach,
	.walk = park,
	.open = park,
	.stat = stat,
	.read = readone,
	.flush = flush,
	.destroyfid = destroyfid,
};

static void answer(int well)
{
	Req *r;

	r = parked[0];
	memmove(parked, parked+1, --nparked*sizeof parked[0]);
	if(well && r->type == Twalk){
		r->nwqid = r->nwname;
		r->wqid[0] = r->newfid->qid = (Qid){ .path = 1 };
		r->newfid->aux = &nfids;
		nfids++;
	}
	respond(r, well? nil: Enonexist);
}

static u32int message(int c, u32int num, uchar *p, u32int n)
{
	static const char letters[] = "vawosrcf";
	static const u8int types[] = { Tversion, Tattach, Twalk, Topen, Tstat, Tread, Tclunk, Tflush };
	Fcall t;

	memset(&t, 0, sizeof t);
	t.type = types[strchr(letters, c)-letters];
	t.tag = t.type == Tversion? NOTAG: ++tag;
	t.msize = 8192;
	t.version = version;
	t.fid = t.type == Twalk? 0: num;
	t.afid = NOFID;
	t.uname = t.aname = "";
	t.newfid = num;
	t.nwname = 1;
	t.wname[0] = "x";
	t.count = 10;
	t.oldtag = num;
	return convS2M(&t, p, n);
}

static long ioread(Io *io, void *p, long n)
{
	int c;

	USED(io);
	while((c = *script) != 0){
		script++;
		if(c == '+' || c == '-')
			answer(c == '+');
		else if(c != ' ')
			return message(c, strtol(script, &script, 10), p, n);
	}
	return 0;
}

static long iowrite(Io *io, const void *p, long n)
{
	uchar m[512];
	char *e;
	Fcall r;

	USED(io);
	memmove(m, p, n);
	check(convM2S(m, n, &r) == n);
	e = got + strlen(got);
	if(r.type == Rversion)
		seprint(e, got+sizeof got, "%s ", r.version);
	else
		seprint(e, got+sizeof got, "%c%d ", "....a.e.f.w.o...r...c...s"[r.type-Tversion-1], r.tag);
	return n;
}

static void play(char *what, char *want)
{
	Io io = { .read = ioread, .write = iowrite };

	script = what;
	tag = 0;
	got[0] = 0;
	nparked = 0;
	srvio(&srv, &io);
	if(strcmp(got, want) != 0)
		printf("\t%s: %s, not %s\n", what, got, want);
	check(strcmp(got, want) == 0);
	check(nfids == 0 && nparked == 0);
}

int main(void)
{
	version = "9P2000.iv";
	play("v", "9P2000.i ");
	/* a stat that relies on the walk, and the clunk after both */
	play("v a0 w1 s1 c1 +", "9P2000.i a1 w2 s3 c4 ");
	play("v a0 w1 s1 c1 -", "9P2000.i a1 e2 e3 e4 ");
	/* an open that relies on the walk, a read on both */
	play("v a0 w1 o1 r1 c1 + +", "9P2000.i a1 w2 o3 r4 c5 ");
	play("v a0 w1 o1 r1 c1 + -", "9P2000.i a1 w2 e3 e4 c5 ");
	/* others do not wait for it */
	play("v a0 w1 s1 w2 s2 s0 - +", "9P2000.i a1 s6 e2 e3 w4 s5 ");
	/* the number is free again: a second walk to it, after the clunk */
	play("v a0 w1 c1 + w1 s1 +", "9P2000.i a1 w2 c3 w4 s5 ");
	/* what is kept can be flushed, and so can the walk */
	play("v a0 w1 s1 f3 c1 +", "9P2000.i a1 e3 f4 w2 c5 ");
	play("v a0 w1 s1 f2", "9P2000.i a1 e2 f4 e3 ");
	/* a new session, or the client's end, forgets it */
	play("v a0 w1 s1 o1 v a0 s0", "9P2000.i a1 9P2000.i a5 s6 ");
	play("v a0 w1 s1 o1", "9P2000.i a1 ");
	/* versions that were agreed on */
	version = "9P2000.u";
	play("v", "9P2000 ");
	version = "9P2000";
	play("v", "9P2000 ");
	srv.flags |= SrvVersions;
	version = "9P2000.viL";
	play("v", "9P2000.iv ");
	/* a server of which that is not said */
	srv.flags = 0;
	play("v a0 w1 s1 +", "9P2000 a1 e3 w2 ");
	return checkdone();
}
