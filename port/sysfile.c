/*
 * sysfile.c: the system calls on files, descriptors and the name space.
 *
 * Each fetches its arguments from user memory, calls what does it, and gives
 * the result back; nothing is kept here.  Short names are copied to the
 * stack.  No locks: a channel's offset is changed atomically.  All may sleep.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"

enum {
	Maxname = 8192,
	Statroom = 512,		/* most records fit */
	Version = 128,		/* longest version string */
};

/* a string from user memory */
typedef struct Ustr Ustr;
struct Ustr {
	char *s;
	char small[120];
};

static char *ustr(Ustr *u, u64int va)
{
	u->s = u->small;
	if(copyinstr(u->small, va, sizeof u->small) < 0)
		u->s = userstr(va, Maxname);
	return u->s;
}

static void ufree(Ustr *u)
{
	if(u->s != u->small)
		free(u->s);
}

/* --- open and close --- */
long sys_open(u64int *a)
{
	Ustr u;
	Chan *c;

	if(ustr(&u, a[0]) == nil)
		return -1;
	c = nameopencut(u.s, (int)a[1]);
	ufree(&u);
	return fdnew(c, a[1] & OCEXEC);
}

long sys_create(u64int *a)
{
	Ustr u;
	Chan *c;

	if(ustr(&u, a[0]) == nil)
		return -1;
	c = namecreate(u.s, (int)a[1], (u32int)a[2]);
	ufree(&u);
	return fdnew(c, a[1] & OCEXEC);
}

long sys_close(u64int *a)
{
	return fdclose((int)a[0]);
}

long sys_dup(u64int *a)
{
	return fddup((int)a[0], (int)a[1]);
}

/* --- data --- */

/* a read at the channel's own offset */
static long readon(Chan *c, uintptr va, long n)
{
	vlong off;
	long r;

	if(c->qid.type & QTDIR)
		return chandirread(c, va, n, -1);
	off = __atomic_load_n(&c->offset, __ATOMIC_RELAXED);
	r = chanreaduser(c, va, n, off);
	if(r > 0)
		__atomic_add_fetch(&c->offset, r, __ATOMIC_RELAXED);
	return r;
}

/*
 * A write at the channel's own offset.  The room is taken before the write,
 * so that what several processes write through one channel does not overlap.
 */
static long writeon(Chan *c, uintptr va, long n)
{
	vlong off;
	long r;

	if(n < 0)
		return seterr(Ebadarg);
	off = __atomic_fetch_add(&c->offset, n, __ATOMIC_RELAXED);
	r = chanwriteuser(c, va, n, off);
	if(r < n)
		__atomic_sub_fetch(&c->offset, n - MAX(r, 0), __ATOMIC_RELAXED);
	return r;
}

long sys_pread(u64int *a)
{
	Chan *c;
	long r;

	if((c = fdget((int)a[0], OREAD)) == nil)
		return -1;
	if((vlong)a[3] == -1)
		r = readon(c, a[1], (long)a[2]);
	else
		r = chanreaduser(c, a[1], (long)a[2], (vlong)a[3]);
	fdput(c);
	return r;
}

long sys_pwrite(u64int *a)
{
	Chan *c;
	long r;

	if((c = fdget((int)a[0], OWRITE)) == nil)
		return -1;
	if((vlong)a[3] == -1)
		r = writeon(c, a[1], (long)a[2]);
	else
		r = chanwriteuser(c, a[1], (long)a[2], (vlong)a[3]);
	fdput(c);
	return r;
}

/* the new offset, n from where kind says; only a file's may be elsewhere than at the start */
static vlong seekto(Chan *c, vlong n, int kind)
{
	vlong off, was, to;

	if(c->mnt->type == '|')
		return seterr("seek on a stream");
	if(c->qid.type & QTDIR && (kind == 2 || n != 0))
		return seterr("seek in a directory");
	off = 0;
	if(kind == 2 && (off = chanlength(c)) < 0)
		return -1;
	was = __atomic_load_n(&c->offset, __ATOMIC_RELAXED);
	do{
		to = kind == 1? was: off;
		if(n > 0 && to > 0x7FFFFFFFFFFFFFFFLL - n)
			return seterr(Enegoff);
		to += n;
		if(to < 0)
			return seterr(Enegoff);
	}while(!__atomic_compare_exchange_n(&c->offset, &was, to, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return to;
}

long sys_seek(u64int *a)
{
	Chan *c;
	vlong r;

	if(a[2] > 2)
		return seterr(Ebadarg);
	if((c = fdchan((int)a[0], -1, 1)) == nil)
		return -1;
	r = seekto(c, (vlong)a[1], (int)a[2]);
	chanclose(c);
	return r;
}

/* --- stat --- */

/* c's record to the n bytes at va: its length; 2 and only its size, if it is longer */
static long statout(Chan *c, uintptr va, long n)
{
	uchar small[Statroom], *buf;
	long r;

	if(n < 2)
		return seterr(Eshort);
	buf = small;
	r = chanstat(c, small, MIN(n, Statroom));
	if(r == 2 && n > Statroom){
		n = MIN(n, STATMAX);
		if((buf = malloc(n)) == nil)
			return seterr(Enomem);
		r = chanstat(c, buf, n);
	}
	if(r > 0 && copyout(va, buf, r) < 0)
		r = -1;
	if(buf != small)
		free(buf);
	return r;
}

long sys_stat(u64int *a)
{
	uchar small[Statroom];
	Ustr u;
	Chan *c;
	long r, n;

	if(ustr(&u, a[0]) == nil)
		return -1;
	n = (int)a[2];
	c = namestatcut(u.s, small, n < 2? 0: MIN(n, Statroom), &r);
	if(c == nil && r == 2 && n > Statroom)
		c = namestatcut(u.s, small, 0, &r);
	ufree(&u);
	if(c == nil)
		return r > 0 && copyout(a[1], small, r) < 0? -1: r;
	r = statout(c, a[1], n);
	chanclose(c);
	return r;
}

long sys_fstat(u64int *a)
{
	Chan *c;
	long r;

	if((c = fdchan((int)a[0], -1, 0)) == nil)
		return -1;
	r = statout(c, a[1], (int)a[2]);
	chanclose(c);
	return r;
}

/* change c's record as the n bytes at va say: n, or -1 */
static long statin(Chan *c, uintptr va, long n)
{
	uchar small[Statroom], *buf;
	long r;

	if(n < STATFIXLEN || n > STATMAX)
		return seterr(Ebadstat);
	buf = small;
	if(n > Statroom && (buf = malloc(n)) == nil)
		return seterr(Enomem);
	r = -1;
	if(copyin(buf, va, n) == 0 && chanwstat(c, buf, n) == 0)
		r = n;
	if(buf != small)
		free(buf);
	return r;
}

long sys_wstat(u64int *a)
{
	Ustr u;
	Chan *c;
	long r;

	if(ustr(&u, a[0]) == nil)
		return -1;
	c = namewalk(u.s, 0);
	ufree(&u);
	if(c == nil)
		return -1;
	r = statin(c, a[1], (int)a[2]);
	chanclose(c);
	return r;
}

long sys_fwstat(u64int *a)
{
	Chan *c;
	long r;

	if((c = fdchan((int)a[0], -1, 0)) == nil)
		return -1;
	r = statin(c, a[1], (int)a[2]);
	chanclose(c);
	return r;
}

/* --- names --- */
long sys_remove(u64int *a)
{
	Ustr u;
	int r;

	if(ustr(&u, a[0]) == nil)
		return -1;
	r = nameremove(u.s);
	ufree(&u);
	return r;
}

long sys_chdir(u64int *a)
{
	Ustr u;
	Chan *c, *old;

	if(ustr(&u, a[0]) == nil)
		return -1;
	c = namedir(u.s);
	ufree(&u);
	if(c == nil)
		return -1;
	/* #p/fd looks */
	lock(&up->lk);
	old = up->dot;
	up->dot = c;
	unlock(&up->lk);
	chanclose(old);
	return 0;
}

long sys_fd2path(u64int *a)
{
	Chan *c;
	char *s;
	usize n;
	long r;

	n = (uint)a[2];
	if((c = fdchan((int)a[0], -1, 0)) == nil)
		return -1;
	s = chanpath(c);
	if(n < strlen(s)+1)
		r = seterr(Eshort);
	else
		r = copyout(a[1], s, strlen(s)+1);
	chanclose(c);
	return r;
}

/* --- the name space --- */
long sys_bind(u64int *a)
{
	Ustr new, old;
	long r;

	if(ustr(&new, a[0]) == nil)
		return -1;
	r = -1;
	if(ustr(&old, a[1]) != nil){
		r = namebind(new.s, old.s, (int)a[2]);
		ufree(&old);
	}
	ufree(&new);
	return r;
}

/* mount(fd, afd, old, flag, aname) */
long sys_mount(u64int *a)
{
	Ustr old, aname;
	Chan *c, *afid;
	long r;

	r = -1;
	afid = nil;
	if((c = fdchan((int)a[0], ORDWR, 0)) == nil)
		return -1;
	if((int)a[1] >= 0 && (afid = fdchan((int)a[1], ORDWR, 0)) == nil)
		goto Out;
	if(ustr(&old, a[2]) == nil)
		goto Out;
	if(ustr(&aname, a[4]) != nil){
		r = namemount(c, afid, old.s, (int)a[3], aname.s);
		ufree(&aname);
	}
	ufree(&old);
Out:
	chanclose(afid);
	chanclose(c);
	return r;
}

long sys_unmount(u64int *a)
{
	Ustr mounted, old;
	long r;

	if(ustr(&old, a[1]) == nil)
		return -1;
	r = -1;
	if(a[0] == 0)
		r = nameunmount(nil, old.s);
	else if(ustr(&mounted, a[0]) != nil){
		r = nameunmount(mounted.s, old.s);
		ufree(&mounted);
	}
	ufree(&old);
	return r;
}

/* --- pipes and connections --- */
static Chan *pipeend(Chan *dir, char *name)
{
	Chan *c;
	Qid q;

	if(mntwalk(dir, &name, 1, &q, &c, nil) != 1)
		return nil;
	if((c->path = pathcopy(dir->path, strlen(name))) != nil
	&& (c->path = pathadd(c->path, name, strlen(name))) != nil
	&& chanopen(c, ORDWR) == 0)
		return c;
	chanclose(c);
	return nil;
}

int pipechans(Chan *c[2])
{
	Chan *dir;

	if((dir = srvattach('|', "")) == nil)
		return -1;
	c[0] = pipeend(dir, "data");
	c[1] = c[0] == nil? nil: pipeend(dir, "data1");
	chanclose(dir);
	if(c[1] != nil)
		return 0;
	chanclose(c[0]);
	return -1;
}

long sys_pipe(u64int *a)
{
	Chan *c[2];
	int fd[2];

	if(pipechans(c) < 0)
		return -1;
	if((fd[0] = fdnew(c[0], 0)) < 0){
		chanclose(c[1]);
		return -1;
	}
	if((fd[1] = fdnew(c[1], 0)) < 0 || copyout(a[0], fd, sizeof fd) < 0){
		fdclose(fd[0]);
		if(fd[1] >= 0)
			fdclose(fd[1]);
		return -1;
	}
	return 0;
}

long sys_fauth(u64int *a)
{
	Ustr aname;
	Chan *c, *ac;

	if((c = fdchan((int)a[0], ORDWR, 0)) == nil)
		return -1;
	ac = nil;
	if(ustr(&aname, a[1]) != nil){
		ac = muxauth(c, up->user, aname.s);
		ufree(&aname);
	}
	chanclose(c);
	return fdnew(ac, 1);
}

/* fversion(fd, bufsize, version, nversion): the length of what was agreed on */
long sys_fversion(u64int *a)
{
	char version[Version], answer[Version];
	Chan *c;
	int n, r;

	n = MIN((uint)a[3], sizeof version);
	if(n == 0)
		return seterr(Eshort);
	if(copyinstr(version, a[2], n) < 0)
		return -1;
	if((int)a[1] < 0)
		return seterr(Ebadarg);
	if((c = fdchan((int)a[0], ORDWR, 0)) == nil)
		return -1;
	r = muxversion(c, (u32int)a[1], version, answer, n);
	chanclose(c);
	if(r < 0)
		return -1;
	r = strlen(answer);
	return copyout(a[2], answer, r+1) < 0? -1: r;
}
