/*
 * exec.c: the exec call: a file becomes the program of the current process.
 *
 * The new program is built beside the old one, the stack with the arguments
 * included, so that all that can fail fails while there is still a program
 * to return the error to.  Then the address spaces change places.
 *
 * The stack, from its top: the Tos; the arguments' bytes; argv with its nil;
 * argc, at rsp, 16-byte aligned.
 *
 * A file that begins with #! names its interpreter: that is run, with the
 * file's name, the line's arguments, the file's name again and the rest of
 * the arguments (exec(2)).
 *
 * All of this sleeps.  Nobody else sees the new segments until they are
 * linked to the process.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "tos.h"
#include "elf.h"
#include "segment.h"

enum {
	Argmax = 512*KiB,	/* argument bytes and pointers */
	Argstart = 1024,
	Argkeep = 4096,		/* bytes of arguments kept for #p/args */
	Linemax = 256,		/* of a #! line */
	Linewords = 16,
	Pathmax = 8*KiB,
	Userflags = 0x202,	/* rflags: interrupts on */
};

typedef struct Args Args;
typedef struct Prog Prog;

struct Args {	/* NUL-terminated strings, one after the other */
	char *buf;
	usize n, cap;
	usize argc;
};

struct Prog {
	Image *img;
	u64int head;		/* the file's first page, referenced */
	usize nhead;
	Elf elf;
	Segment *seg[NSEG];
	u32int attr[NSEG];
	int nseg;
	Mmu *mmu;
	uintptr sp;
};

static char Etoomany[] = "exec: argument list too long";

/* arguments */

static int argroom(Args *a, usize n)
{
	char *p;
	usize cap;

	if(n <= a->cap - a->n)
		return 0;
	cap = MAX(a->cap, Argstart);
	while(cap - a->n < n){
		if(cap >= Argmax)
			return seterr(Etoomany);
		cap *= 2;
	}
	p = realloc(a->buf, cap);
	if(p == nil)
		return -1;
	a->buf = p;
	a->cap = cap;
	return 0;
}

static int argadd(Args *a, char *s)
{
	usize n;

	n = strlen(s)+1;
	if(argroom(a, n) < 0)
		return -1;
	memmove(a->buf + a->n, s, n);
	a->n += n;
	a->argc++;
	return 0;
}

static int arguser(Args *a, uintptr s)
{
	usize room;
	long n;
	char c;

	for(room = 1;; room = a->cap - a->n + 1){
		if(argroom(a, room) < 0)
			return -1;
		room = a->cap - a->n;
		n = copyinstr(a->buf + a->n, s, room);
		if(n >= 0)
			break;
		/* too little room, or a bad address */
		if(copyin(&c, s + room-1, 1) < 0)
			return -1;
	}
	a->n += n+1;
	a->argc++;
	return 0;
}

static int argsuser(Args *a, uintptr argv)
{
	uintptr s;

	if(argroom(a, 1) < 0)
		return -1;
	for(;; argv += sizeof s){
		if(copyin(&s, argv, sizeof s) < 0)
			return -1;
		if(s == 0)
			return 0;
		if(a->argc >= Argmax/sizeof s)
			return seterr(Etoomany);
		if(arguser(a, s) < 0)
			return -1;
	}
}

/* the #! line in line[0..n): a becomes the interpreter's arguments; its path, in line, or nil */
static char *scriptargs(char *line, usize n, char *path, Args *a)
{
	char *word[Linewords], *end, *first;
	Args new = { .cap = 0 };
	int i, nword;

	end = memchr(line, '\n', n);
	if(end == nil)
		return seterrp("exec: #! line too long");
	*end = 0;
	nword = getfields(line+2, word, nelem(word), 1, " \t\r");
	if(nword > 0 && word[0][0] == 0){	/* blanks before the first word */
		memmove(word, word+1, --nword*sizeof word[0]);
	}
	while(nword > 0 && word[nword-1][0] == 0)
		nword--;
	if(nword <= 0)
		return seterrp("exec: no interpreter in #! line");
	first = a->argc > 0? a->buf + strlen(a->buf)+1: a->buf;
	if(argadd(&new, path) < 0)
		goto bad;
	for(i = 1; i < nword; i++)
		if(argadd(&new, word[i]) < 0)
			goto bad;
	if(argadd(&new, path) < 0)
		goto bad;
	if(a->argc > 1){
		n = a->buf + a->n - first;
		if(argroom(&new, n) < 0)
			goto bad;
		memmove(new.buf + new.n, first, n);
		new.n += n;
		new.argc += a->argc-1;
	}
	free(a->buf);
	*a = new;
	return word[0];
bad:
	free(new.buf);
	return nil;
}

/* the file */

static void progclose(Prog *p)
{
	if(p->head != 0)
		pagefree(p->head);
	if(p->img != nil)
		imageput(p->img);
	p->head = 0;
	p->img = nil;
}

static int progopen(Prog *p, char *path)
{
	Chan *c;

	c = nameopen(path, OEXEC);
	if(c == nil)
		return -1;
	if(c->qid.type & QTDIR)
		seterr(Eisdir);
	else
		p->img = imageopen(c);
	chanclose(c);
	if(p->img == nil)
		return -1;
	while((p->head = imagefind(p->img, 0, 1)) == 0)
		if(imageload(p->img, 0, 1, 0) < 0){
			progclose(p);
			return -1;
		}
	p->nhead = MIN(PGSZ, imagesize(p->img));
	return 0;
}

static int isscript(Prog *p)
{
	return p->nhead > 2 && memcmp(kaddr(p->head), "#!", 2) == 0;
}

/* open path's program, or its interpreter with a changed */
static int progfind(Prog *p, char *path, Args *a)
{
	char line[Linemax], *interp;
	usize n;

	if(progopen(p, path) < 0)
		return -1;
	if(!isscript(p))
		return 0;
	n = MIN(p->nhead, sizeof line - 1);
	memcpy(line, kaddr(p->head), n);
	if(n == p->nhead)
		line[n++] = '\n';	/* the file's end ends the line too */
	progclose(p);
	interp = scriptargs(line, n, path, a);
	if(interp == nil || progopen(p, interp) < 0)
		return -1;
	if(isscript(p)){
		progclose(p);
		return seterr("exec: interpreter is a script");
	}
	return 0;
}

/* its segments */

static int progadd(Prog *p, Segment *s, u32int attr)
{
	if(s == nil)
		return -1;
	if(p->nseg == NSEG){
		segput(s);
		return seterr("too many segments");
	}
	p->attr[p->nseg] = attr;
	p->seg[p->nseg++] = s;
	return 0;
}

static Segment *private(int type, u32int attr, uintptr base, uintptr top)
{
	Segment *s;

	s = segnew(type, attr, base, top);
	if(s == nil || segreserve(s, (top-base) >> PGSHIFT) == 0)
		return s;
	segput(s);
	return nil;
}

/* what the file says; the last segment's zeros are bss */
static int progseg(Prog *p, Elfseg *e, int last)
{
	Segment *s;
	uintptr top;

	if(!(e->prot & ElfWrite))
		return progadd(p, imagetext(p->img, e->base, e->top, e->off, e->flen, e->prot & ElfExec? SegExec|SegRO: SegRO), 0);
	top = last? e->base + PGROUND(e->flen): e->top;
	if(top > e->base){
		s = private(SegData, 0, e->base, top);
		if(progadd(p, s, 0) < 0)
			return -1;
		if(e->flen > 0){
			imageincref(p->img);
			s->image = p->img;
			s->fstart = e->off;
			s->flen = e->flen;
		}
	}
	return last? progadd(p, private(SegBss, SegBrk, top, e->top), 0): 0;
}

static int progsegs(Prog *p)
{
	char *e;
	int i, last;

	e = elfparse(kaddr(p->head), p->nhead, UTZERO, USERTOP-StackMax-PGSZ, &p->elf);
	if(e != nil)
		return seterr(e);
	last = 0;
	for(i = 0; i < p->elf.nseg; i++){
		last = i == p->elf.nseg-1 && p->elf.seg[i].prot & ElfWrite;
		if(progseg(p, &p->elf.seg[i], last) < 0)
			return -1;
	}
	return last? 0: progadd(p, private(SegBss, SegBrk, p->elf.end, p->elf.end), 0);
}

/* the stack */

/* where va is in the stack being built; nil: no memory */
static void *stackat(Segment *s, uintptr va)
{
	u64int *v, pa;

	v = ptabget(&s->tab, segslot(s, PGDOWN(va)));
	while(v == nil){
		pa = userpage(PageZero);
		if(pa != 0){
			v = ptabput(&s->tab, segslot(s, PGDOWN(va)), pa|SlotPage);
			if(v != nil)
				break;
			pagefree(pa);
		}
		if(memwait() < 0)
			return nil;
	}
	return (uchar*)kaddr(slotpa(*v)) + va%PGSZ;
}

static int stackput(Segment *s, uintptr va, const void *data, usize n)
{
	const uchar *d;
	uchar *to;
	usize m;

	for(d = data; n > 0; n -= m, d += m, va += m){
		m = MIN(n, PGSZ - va%PGSZ);
		to = stackat(s, va);
		if(to == nil)
			return -1;
		memcpy(to, d, m);
	}
	return 0;
}

static int stackargv(Segment *s, uintptr sp, uintptr strings, Args *a)
{
	uintptr *to;
	usize i, off;

	off = 0;
	for(i = 0; i < a->argc+2; i++){
		to = stackat(s, sp + i*sizeof *to);
		if(to == nil)
			return -1;
		if(i == 0)
			*to = a->argc;
		else if(i <= a->argc){
			*to = strings + off;
			off += strlen(a->buf + off) + 1;
		}else
			*to = 0;
	}
	return 0;
}

static int progstack(Prog *p, Args *a)
{
	Tos tos = { .cyclefreq = tschz, .pid = up->pid, .ncpu = ncpu };
	uintptr strings;
	Segment *s;

	if(a->n + (a->argc+2)*sizeof(uintptr) > Argmax + PGSZ)
		return seterr(Etoomany);
	strings = (USERTOP - sizeof tos - a->n) & ~15UL;
	p->sp = (strings - (a->argc+2)*sizeof(uintptr)) & ~15UL;
	s = segnew(SegStack, 0, USERTOP-StackMax, USERTOP);
	if(progadd(p, s, 0) < 0)
		return -1;
	if(segreserve(s, ((USERTOP - PGDOWN(p->sp)) >> PGSHIFT) + StackStep) < 0)
		return -1;
	if(stackput(s, USERTOP - sizeof tos, &tos, sizeof tos) < 0)
		return -1;
	if(stackput(s, strings, a->buf, a->n) < 0)
		return -1;
	return stackargv(s, p->sp, strings, a);
}

/* segattach(2): what was attached stays, unless it is in the way or was not to */
static int inherits(Prog *p, int i)
{
	Segment *s;
	int k;

	s = up->seg[i];
	if(s->type != SegShared && s->type != SegPhys && !(s->type == SegBss && !(s->attr & SegBrk)))
		return 0;
	if(up->seglink[i].attr & SegCexec)
		return 0;
	for(k = 0; k < p->nseg; k++)
		if(s->base < p->seg[k]->top && p->seg[k]->base < s->top)
			return 0;
	return 1;
}

static int progkeep(Prog *p)
{
	Segment *s;
	int i;

	for(i = 0; i < NSEG; i++){
		s = up->seg[i];
		if(s == nil || !inherits(p, i))
			continue;
		if(memreserve(seglinkcost(s)) < 0)
			return -1;
		incref(&s->ref);
		if(progadd(p, s, up->seglink[i].attr) < 0){
			memunreserve(seglinkcost(s));
			return -1;
		}
	}
	return 0;
}

/* give up a program that does not come to run */
static void progfree(Prog *p)
{
	int i;

	for(i = 0; i < p->nseg; i++){
		memunreserve(seglinkcost(p->seg[i]));
		segput(p->seg[i]);
	}
	if(p->mmu != nil)
		mmufree(p->mmu);
	progclose(p);
}

/* from here on nothing fails */
static void progswitch(Prog *p)
{
	Segment *old[NSEG];
	Mmu *m;
	int i, on;

	m = up->mmu;
	qlock(&up->seglock);
	for(i = 0; i < NSEG; i++)
		old[i] = up->seg[i] != nil? segunlink(up, i): nil;
	on = splhi();
	up->mmu = p->mmu;
	mmuswitch(p->mmu);
	splx(on);
	for(i = 0; i < p->nseg; i++)
		seglinkin(up, i, p->seg[i], p->attr[i]);
	qunlock(&up->seglock);
	for(i = 0; i < NSEG; i++)
		if(old[i] != nil)
			segput(old[i]);
	if(m != nil)
		mmufree(m);
}

/* what #p shows of it: arguments, as far as they are kept, and the file's last name */
static void procnames(char *path, Args *a)
{
	char *elem, *old;
	usize n;

	n = a->n;
	if(n > Argkeep)
		for(n = Argkeep; n > 0 && a->buf[n-1] != 0; n--)
			;
	elem = strrchr(path, '/');
	elem = elem != nil && elem[1] != 0? elem+1: path;
	qlock(&up->debug);
	strecpy(up->text, up->text + sizeof up->text, elem);
	old = up->args;
	up->args = realloc(a->buf, n);
	if(up->args == nil)
		up->args = a->buf;
	up->nargs = n;
	qunlock(&up->debug);
	a->buf = nil;
	free(old);
}

static void procreset(Ureg *u)
{
	fgrpcloexec(up->fgrp);
	procexeced();
	fpdrop(up);
	u->r15 = u->r14 = u->r13 = u->r12 = u->rbp = u->rbx = 0;
	u->r11 = u->r10 = u->r9 = u->r8 = 0;
	u->rax = u->rcx = u->rdx = u->rsi = 0;
	u->err = 0;
	u->rflags = Userflags;
}

static int progbuild(Prog *p, char *path, Args *a)
{
	if(progfind(p, path, a) < 0)
		return -1;
	if(progstack(p, a) < 0 || progsegs(p) < 0 || progkeep(p) < 0)
		return -1;
	p->mmu = mmunew();
	return p->mmu != nil? 0: seterr("not enough memory");
}

/* path is kernel memory; takes over a's buffer in any case */
static long execute(char *path, Args *a, Ureg *u)
{
	Prog p;

	memset(&p, 0, sizeof p);
	if(progbuild(&p, path, a) < 0){
		progfree(&p);
		free(a->buf);
		return -1;
	}
	progswitch(&p);
	progclose(&p);
	procnames(path, a);
	procreset(u);
	u->rip = p.elf.entry;
	u->rsp = p.sp;
	u->rdi = USERTOP - sizeof(Tos);
	uregsane(u);
	/* the first pages it touches; if they cannot be had now, a fault will say so */
	if(fault(p.elf.entry, MMUREAD|MMUEXEC, 0) == 0)
		(void)fault(p.sp, MMUWRITE, 0);
	free(a->buf);
	return 0;
}

long sysexec(char *path, char **argv, Ureg *u)
{
	Args a = { .cap = 0 };

	if(argroom(&a, 1) < 0)
		return -1;
	for(; *argv != nil; argv++)
		if(argadd(&a, *argv) < 0){
			free(a.buf);
			return -1;
		}
	return execute(path, &a, u);
}

long sys_exec(u64int *arg)
{
	Args a = { .cap = 0 };
	char *path;
	long r;

	path = userstr(arg[0], Pathmax);
	if(path == nil)
		return -1;
	if(argsuser(&a, arg[1]) < 0){
		free(a.buf);
		free(path);
		return -1;
	}
	r = execute(path, &a, up->ureg);
	free(path);
	return r;
}
