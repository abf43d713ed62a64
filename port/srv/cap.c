/*
 * cap.c: #¤, capabilities to become another user, as cap(3) describes.
 *
 * The host owner's authentication server writes to caphash the HMAC-SHA1 of
 * "from@to" under a random key; a process of user `from` that was given the
 * key writes "from@to@key" to capuse and becomes `to`.  A capability serves
 * once, and for Lifetime; Maxcaps are kept, and a further one replaces the
 * oldest.  When caphash is removed no further ones can be made until the
 * machine is booted again.
 *
 * Locks: lk guards the list.  Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "dev.h"
#include "sha1.h"

enum {
	Maxcaps = 64,
	Usemax = 2*NAMELEN + 256,
	Qhash = 1,
	Quse = 2,
};
#define LIFETIME (60*1000000000LL)	/* ns */

typedef struct Cap Cap;
struct Cap {
	uchar hash[SHA1LEN];
	vlong when;	/* it was made; 0: none */
};

static Lock lk;
static Cap caps[Maxcaps];
static u8int closed;		/* caphash was removed */

static void capadd(uchar *hash)
{
	int i, old;

	lock(&lk);
	old = 0;
	for(i = 1; i < Maxcaps; i++)
		if(caps[i].when < caps[old].when)
			old = i;
	memmove(caps[old].hash, hash, SHA1LEN);
	caps[old].when = monons() + 1;
	unlock(&lk);
}

/* is there such a capability?  It is used up */
static int captake(uchar *hash)
{
	int i, j, diff, found;

	found = 0;
	lock(&lk);
	for(i = 0; i < Maxcaps; i++){
		diff = 0;
		for(j = 0; j < SHA1LEN; j++)
			diff |= caps[i].hash[j] ^ hash[j];
		if(caps[i].when == 0 || diff)
			continue;
		found = monons() - caps[i].when < LIFETIME;
		memset(&caps[i], 0, sizeof caps[i]);
		break;
	}
	unlock(&lk);
	return found;
}

static void hashwrite(Req *r)
{
	uchar hash[SHA1LEN];

	if(userok(UserCaps) < 0){
		responderr(r);
		return;
	}
	if(closed || r->count != sizeof hash || reqget(r, 0, hash, sizeof hash) != sizeof hash){
		respond(r, Ebadarg);
		return;
	}
	capadd(hash);
	devwritten(r, 0);
}

/* s is from@to@key, cut up here; the current process becomes to.  0, -1 and errstr */
static int capuse(char *s)
{
	uchar hash[SHA1LEN];
	char *to, *key;

	key = strrchr(s, '@');
	if(key == nil)
		return seterr(Ebadarg);
	*key++ = 0;
	hmacsha1(key, strlen(key), s, strlen(s), hash);
	to = strchr(s, '@');
	if(to == nil)
		return seterr(Ebadarg);
	*to++ = 0;
	if(strcmp(s, up->user) != 0 || !userokname(to))
		return seterr("capability must match user");
	if(!captake(hash))
		return seterr("invalid capability");
	return procuser(up, to);
}

static void usewrite(Req *r)
{
	char buf[Usemax];
	int e;

	e = devtext(r, buf, sizeof buf);
	if(e >= 0)
		e = capuse(buf);
	memset(buf, 0, sizeof buf);
	__asm__ volatile("" :: "r"(buf) : "memory");	/* the key is really gone */
	devwritten(r, e);
}

static void capremove(Req *r)
{
	if(r->fid->qid.path != Qhash || userok(UserCaps) < 0){
		respond(r, Eperm);
		return;
	}
	closed = 1;
	respond(r, nil);
}

static Sfile files[] = {
	{ .name = "/", .mode = DMDIR|0555 },
	[Qhash] = { .name = "caphash", .mode = 0200, .write = hashwrite },
	[Quse] = { .name = "capuse", .mode = 0222, .write = usewrite },
};

static char *capwalk1(Fid *f, char *name, Qid *q)
{
	if(closed && strcmp(name, "caphash") == 0)
		return Enonexist;
	return streewalk1(f, name, q);
}

static int capgen(u64int i, Dir *d, void *arg)
{
	if(++i >= nelem(files))
		return 0;
	if(closed && i == Qhash)
		return -1;
	streedir(arg, i, d);
	return 1;
}

static void capdirread(Req *r)
{
	respond(r, dirread9p(r, capgen, r->srv));
}

static int capinit(Srv *s, char *arg)
{
	USED(s);
	USED(arg);
	files[0].read = capdirread;
	return 0;
}

Srv capsrv = {
	.name = "cap",
	.dc = 0xA4,	/* ¤ */
	.flags = SrvBlocks,
	.files = files,
	.nfiles = nelem(files),
	.init = capinit,
	.walk1 = capwalk1,
	.open = devopen,
	.remove = capremove,
};
