/*
 * user.c: the host owner, and who may do what.
 *
 * The host owner is the user the machine was booted as: the boot argument
 * `user`, until #c/hostowner is written.  Files of the kernel's own servers
 * are his unless they say otherwise; their modes decide at open, with the
 * opener's user (devmayopen).  Deeds that no mode governs are in the table
 * below.  Names of groups and leaders are the business of user-level servers
 * and of /lib/users.
 *
 * A name, once given out by hostowner(), stays intact while the host owner
 * changes NNAMES-1 times.  Locks: ownerlk, for changes.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "dev.h"

enum {
	NNAMES = 8,
	/* who may */
	Owner = 0,
	Notnone,
};

static u8int rules[NUSERCAN] = {
	[UserHalt] = Owner,
	[UserOwner] = Owner,
	[UserTime] = Owner,
	[UserName] = Owner,
	[UserSwap] = Owner,
	[UserCaps] = Owner,
	[UserKprint] = Owner,
	[UserProfile] = Owner,
	[UserStat] = Owner,
	[UserConsole] = Notnone,
	[UserRandom] = Notnone,
};

static QLock ownerlk;
static char names[NNAMES][NAMELEN];
static int which = -1;		/* names[which] is the host owner; -1: not set */

/* a user's name: not empty, not too long, nothing that would confuse a users file, path or line */
int userokname(char *s)
{
	char *p;

	for(p = s; *p; p++)
		if((uchar)*p <= ' ' || *p == 0x7f || strchr("/:,'\"`@#", *p))
			return 0;
	return p != s && p-s < NAMELEN && strcmp(s, ".") != 0 && strcmp(s, "..") != 0;
}

/* servers' static trees show the owner's name */
static void ownerfiles(char *name)
{
	Srv **s;

	for(s = srvtab; *s; s++)
		if((*s)->flags & SrvBlocks)
			(*s)->owner = name;
}

static char *setname(char *name)
{
	int i;

	i = (which+1) % NNAMES;
	strecpy(names[i], names[i]+NAMELEN, name);
	__atomic_store_n(&which, i, __ATOMIC_RELEASE);
	return names[i];
}

void userinit(void)
{
	ownerfiles(hostowner());
}

char *hostowner(void)
{
	char *s;
	int i;

	i = __atomic_load_n(&which, __ATOMIC_ACQUIRE);
	if(i >= 0)
		return names[i];
	/* the first call comes while one processor runs */
	s = bootarg("user");
	return setname(s && userokname(s) ? s : "glenda");
}

int isowner(void)
{
	return up == nil || up->kp || strcmp(up->user, hostowner()) == 0;
}

static int relabel(Proc *p, void *arg)
{
	char **v;

	v = arg;
	lock(&p->lk);
	if(strcmp(p->user, v[0]) == 0)
		strecpy(p->user, p->user+NAMELEN, v[1]);
	unlock(&p->lk);
	return 0;
}

/* makes name the host owner; processes of the old one become his.  0, -1 and errstr.  Sleeps */
int hostownerset(char *name)
{
	char *v[2];

	if(userok(UserOwner) < 0)
		return -1;
	if(!userokname(name))
		return seterr(Ebadname);
	qlock(&ownerlk);
	v[0] = hostowner();
	v[1] = setname(name);
	ownerfiles(v[1]);
	procforeach(relabel, v);
	qunlock(&ownerlk);
	return 0;
}

int userok(int can)
{
	int ok;

	if(rules[can] == Owner)
		ok = isowner();
	else
		ok = up == nil || strcmp(up->user, "none") != 0;
	return ok ? 0 : seterr(Eperm);
}

char *devmayopen(Req *r, Dir *d)
{
	if((d->mode & DMDIR) && (r->mode & 3) != OREAD)
		return Eisdir;
	if(r->mode & ORCLOSE)
		return Eperm;
	return hasperm(d, up->user, omode2perm(r->mode)) ? nil : Eperm;
}

void devopen(Req *r)
{
	Dir d;

	streedir(r->srv, (u32int)r->fid->qid.path, &d);
	respond(r, devmayopen(r, &d));
}

int devtext(Req *r, char *buf, int max)
{
	int n;

	if(r->count >= (u32int)max)
		return seterr(Etoolong);
	n = reqget(r, 0, buf, r->count);
	if(n < 0 || memchr(buf, 0, n) != nil)
		return seterr(Ebadarg);
	if(n > 0 && buf[n-1] == '\n')
		n--;
	buf[n] = 0;
	return n;
}

void devwritten(Req *r, int err)
{
	if(err < 0){
		responderr(r);
		return;
	}
	r->rcount = r->count;
	respond(r, nil);
}
