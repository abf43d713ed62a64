/*
 * procread.c: the files of #p that are text, and notes and wait messages.
 *
 * Other processes' groups are used with a reference taken under Proc.lk;
 * their arguments and trace text under Proc.debug.  Everything may sleep.
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
	Linemax = 2048,
	Textmax = 1<<20,	/* the most text a file has */
	Argsmax = 4096,
};

/* --- text that grows --- */

typedef struct Text Text;
struct Text {
	char *s;
	int n, max;
	int bad;		/* out of memory, or too long */
};

static void append(Text *t, char *s, int n)
{
	char *p;
	int max;

	if(t->bad || n <= 0)
		return;
	if(t->n + n > t->max){
		max = MAX(2*t->max, t->n + n + 512);
		p = max > Textmax? nil: realloc(t->s, max);
		if(p == nil){
			t->bad = 1;
			return;
		}
		t->s = p;
		t->max = max;
	}
	memmove(t->s + t->n, s, n);
	t->n += n;
}

static int finish(Text *t, char **buf)
{
	if(t->bad){
		free(t->s);
		return seterr(Enomem);
	}
	*buf = t->s;
	return t->n;
}

/* --- groups of other processes --- */

static Chan *dotof(Proc *p)
{
	Chan *c;

	lock(&p->lk);
	c = p->dot;
	if(c)
		chanincref(c);
	unlock(&p->lk);
	return c;
}

static Fgrp *fgrpof(Proc *p)
{
	Fgrp *f;

	lock(&p->lk);
	f = p->fgrp;
	if(f)
		fgrpincref(f);
	unlock(&p->lk);
	return f;
}

static Pgrp *pgrpof(Proc *p)
{
	Pgrp *g;

	lock(&p->lk);
	g = p->pgrp;
	if(g)
		pgrpincref(g);
	unlock(&p->lk);
	return g;
}

/* --- the files --- */

int procfdtext(Proc *p, char **buf)
{
	Text t = { .n = 0 };
	char *line;
	Chan *c;
	Fgrp *f;
	int i, n;

	f = fgrpof(p);
	c = dotof(p);
	line = malloc(Linemax);
	if(line == nil)
		t.bad = 1;
	else{
		append(&t, line, snprint(line, Linemax, "%s\n", c? chanpath(c): ""));
		for(i = 0; f && (n = fdinfo(f, i, line, Linemax)) >= 0; i++)
			append(&t, line, n);
	}
	free(line);
	chanclose(c);
	if(f)
		fgrpclose(f);
	return finish(&t, buf);
}

int procnstext(Proc *p, char **buf)
{
	Text t = { .n = 0 };
	char *line;
	Pgrp *g;
	Chan *c;
	int i, n;

	g = pgrpof(p);
	c = dotof(p);
	line = malloc(Linemax);
	if(line == nil)
		t.bad = 1;
	else{
		for(i = 0; g && !t.bad && (n = nsread(g, i, line, Linemax)) > 0; i++)
			append(&t, line, n);
		if(c)
			append(&t, line, snprint(line, Linemax, "cd %q\n", chanpath(c)));
	}
	free(line);
	chanclose(c);
	if(g)
		pgrpclose(g);
	return finish(&t, buf);
}

int procsegtext(Proc *p, char **buf)
{
	Text t = { .n = 0 };
	char line[256];
	Seginfo s;
	int i;

	for(i = 0; i < NSEG && seginfo(p, i, &s); i++)
		append(&t, line, snprint(line, sizeof line, "%-6s %c%c%c %12lux %12lux %4ld%s%s\n", segtypename[s.type],
			s.attr & SegRO? 'R': ' ', s.attr & SegExec? 'X': ' ', s.attr & SegNoswap? 'N': ' ',
			(ulong)s.base, (ulong)s.top, s.ref, s.name[0]? " ": "", s.name));
	return finish(&t, buf);
}

static ulong ms(u64int ns)
{
	return ns/1000000;
}

int procstatustext(Proc *p, char **buf)
{
	char text[NAMELEN], user[NAMELEN], state[16];
	char *s;

	schedcharge(p);
	lock(&p->lk);
	memmove(text, p->text, NAMELEN);
	memmove(user, p->user, NAMELEN);
	unlock(&p->lk);
	procstate(p, state, sizeof state);
	s = smprint("%-27.27s %-27.27s %-11.11s %11lud %11lud %11lud %11lud %11lud %11lud %11lud %11ud %11ud ",
		text, user, state, ms(p->utime), ms(p->stime), ms(monons() - p->starttime),
		ms(p->cutime), ms(p->cstime), ms(p->creal), (ulong)segpages(p) * (PGSZ/KiB), p->basepri, p->rt? p->pri: MIN(p->pri, p->basepri));
	if(s == nil)
		return seterr(Enomem);
	*buf = s;
	return strlen(s);
}

int procnoteidtext(Proc *p, char **buf)
{
	*buf = smprint("%ud", p->noteid);
	return *buf? (int)strlen(*buf): seterr(Enomem);
}

int procsyscalltext(Proc *p, char **buf)
{
	qlock(&p->debug);
	*buf = smprint("%s", p->syscalltrace? p->syscalltrace: "");
	qunlock(&p->debug);
	return *buf? (int)strlen(*buf): seterr(Enomem);
}

/* --- args --- */

int procargstext(Proc *p, char **buf)
{
	Text t = { .n = 0 };
	char *a, *e, *q;

	qlock(&p->debug);
	e = p->args + p->nargs;
	for(a = p->args; a < e; a += strlen(a)+1){
		q = smprint(a == p->args? "%q": " %q", a);
		if(q == nil)
			t.bad = 1;
		else
			append(&t, q, strlen(q));
		free(q);
	}
	qunlock(&p->debug);
	return finish(&t, buf);
}

/* what is written replaces them: quoted words */
void procargswrite(Req *r, Proc *p)
{
	char *words[64], *buf, *args, *s, *old;
	int i, n;

	buf = malloc(Argsmax);
	args = malloc(Argsmax);
	if(buf == nil || args == nil || devtext(r, buf, Argsmax) < 0){
		if(buf == nil || args == nil)
			seterr(Enomem);
		free(buf);
		free(args);
		responderr(r);
		return;
	}
	n = tokenize(buf, words, nelem(words));
	s = args;
	for(i = 0; i < n; i++)
		s = strecpy(s, args+Argsmax, words[i]) + 1;
	free(buf);
	qlock(&p->debug);
	old = p->exiting? args: p->args;
	if(old != args){
		p->args = args;
		p->nargs = s - args;
	}
	qunlock(&p->debug);
	free(old);
	devwritten(r, 0);
}

/* --- notes --- */

void procnotewrite(Req *r, Proc *p)
{
	char msg[ERRMAX];

	if(devtext(r, msg, sizeof msg) < 0){
		responderr(r);
		return;
	}
	devwritten(r, postnote(p, msg, NUser)? 0: seterr("note not posted"));
}

/* the oldest one, which is then not delivered */
void procnoteread(Req *r, Proc *p)
{
	char msg[ERRMAX];

	if(r->count < ERRMAX){
		respond(r, Eshort);
		return;
	}
	msg[0] = 0;
	lock(&p->lk);
	if(p->nnote > 0){
		memmove(msg, p->note[0].msg, ERRMAX);
		p->nnote--;
		memmove(p->note, p->note+1, p->nnote * sizeof(Note));
		noteflags(p);
	}
	unlock(&p->lk);
	r->rcount = reqput(r, 0, msg, strlen(msg));
	respond(r, nil);
}

typedef struct Group Group;
struct Group {
	u32int id;
	char *user;
};

void procnotepgwrite(Req *r, Proc *p)
{
	char msg[ERRMAX];
	u32int id;

	if(devtext(r, msg, sizeof msg) < 0){
		responderr(r);
		return;
	}
	id = p->noteid;
	if(id == 0)
		devwritten(r, seterr(Eperm));
	else{
		postnotepg(id, isowner()? nil: up->user, msg, NUser);
		devwritten(r, 0);
	}
}

static int ismember(Proc *p, void *arg)
{
	Group *g;

	g = arg;
	return p->noteid == g->id && strcmp(p->user, g->user) == 0;
}

/* join a group there is, of the same user */
void procnoteidwrite(Req *r, Proc *p)
{
	char buf[32], *e;
	Group g;

	if(devtext(r, buf, sizeof buf) < 0){
		responderr(r);
		return;
	}
	g = (Group){ .id = strtoul(buf, &e, 10), .user = p->user };
	if(*e || g.id == 0 || p->kp)
		devwritten(r, seterr(Ebadarg));
	else if(g.id != p->noteid && procforeach(ismember, &g) == 0)
		devwritten(r, seterr("no such note group"));
	else{
		p->noteid = g.id;
		devwritten(r, 0);
	}
}

/* --- wait --- */

void procwaitread(Req *r, Proc *p)
{
	char buf[512];
	long n;

	n = procwait(p, buf, MIN(r->count, sizeof buf));
	if(n >= 0)
		r->rcount = reqput(r, 0, buf, n);
	reply(r, n);
}
