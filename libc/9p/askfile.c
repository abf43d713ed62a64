/*
 * askfile.c: a server of one file that answers questions, askfile(2): the
 * connection server's and the resolver's.
 *
 * A write is a question.  A worker process answers it and then the write;
 * reads give the answers, one each, by the file's offset.  An open file has
 * one question at a time, so its answers change only while a write of its own
 * is under way: Ask.busy is set then, and another write is refused.
 *
 * Locks: alk protects Ask.busy, and Ask.text against its exchange at the end
 * of a question.  Nothing sleeps under it.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>
#include <askfile.h>

enum {
	Maxquestion = 1024,
	Maxtext = 64*1024,	/* of all answers to one */
};

typedef struct Ask Ask;
struct Ask {	/* Fid.aux of an open file */
	int busy;
	char *text;		/* the answers, each with its NUL */
	u32int n;
};

typedef struct Work Work;
struct Work {	/* Req.aux; one question being answered */
	Question q;
	Req *r;
	char *text;
	u32int n, cap;
	char ask[Maxquestion];
};

static Askfile *af;
static Workers *workers;
static Lock alk;

static char Ebusy[] = "a question is being answered";

int addanswer(Question *q, char *fmt, ...)
{
	va_list args;
	char buf[4096], *p;
	u32int n;
	Work *w;

	w = q->aux;
	va_start(args, fmt);
	n = vsnprint(buf, sizeof buf, fmt, args)+1;
	va_end(args);
	if(w->n + n > Maxtext){
		werrstr("too many answers");
		return -1;
	}
	if(w->n + n > w->cap){
		if((p = realloc(w->text, 2*(w->n+n))) == nil)
			return -1;
		w->text = p;
		w->cap = 2*(w->n+n);
	}
	memmove(w->text+w->n, buf, n);
	w->n += n;
	return 0;
}

int unasked(Question *q)
{
	return ((Work*)q->aux)->r->flushed;
}

static void setanswers(Ask *a, char *text, u32int n)
{
	char *old;

	lock(&alk);
	old = a->text;
	a->text = text;
	a->n = n;
	a->busy = 0;
	unlock(&alk);
	free(old);
}

static int begin(Ask *a)
{
	int busy;

	lock(&alk);
	busy = a->busy;
	a->busy = 1;
	unlock(&alk);
	return busy? -1: 0;
}

/* in a worker */
static void work(Req *r)
{
	char err[ERRMAX];
	Work *w;
	Ask *a;

	w = r->aux;
	a = r->fid->aux;
	if(begin(a) < 0){
		respond(r, Ebusy);
		return;
	}
	if(af->answer(&w->q) < 0){
		rerrstr(err, sizeof err);
		free(w->text);
		setanswers(a, nil, 0);
		respond(r, err);
		return;
	}
	setanswers(a, w->text, w->n);
	r->rcount = r->count;
	respond(r, nil);
}

static int white(int c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static Work *worknew(Req *r)
{
	Work *w;
	char *p;
	u32int n;

	if((w = mallocz(sizeof *w, 1)) == nil)
		return nil;
	w->r = r;
	n = reqget(r, 0, w->ask, sizeof w->ask-1);
	while(n > 0 && white(w->ask[n-1]))
		n--;
	w->ask[n] = 0;
	for(p = w->ask; white(*p); p++)
		;
	w->q = (Question){ .text = p, .uid = r->fid->uid, .aux = w };
	return w;
}

static void askwrite(Req *r)
{
	if(r->count >= Maxquestion)
		respond(r, Etoobig);
	else if((r->aux = worknew(r)) == nil)
		respond(r, Enomem);
	else
		workrun(workers, r, work);
}

/* the answer at the offset, or what is left of it: its bytes */
static u32int piece(Ask *a, u64int off, char **p)
{
	u32int at, len;

	for(at = 0; at < a->n; at += len+1){
		len = strlen(a->text+at);
		if(off < len){
			*p = a->text+at+off;
			return len-off;
		}
		off -= len;
	}
	return 0;
}

static void askread(Req *r)
{
	char *p, *err;
	u32int n;
	Ask *a;

	a = r->fid->aux;
	err = nil;
	lock(&alk);
	if(a->busy)
		err = Ebusy;
	else if((n = piece(a, r->offset, &p)) > 0)
		r->rcount = reqput(r, 0, p, n);
	else
		r->rcount = 0;
	unlock(&alk);
	respond(r, err);
}

static void askopen(Req *r)
{
	char *e;

	e = streemayopen(r);
	if(e == nil && (r->fid->qid.type & QTDIR) == 0 && (r->fid->aux = mallocz(sizeof(Ask), 1)) == nil)
		e = Enomem;
	respond(r, e);
}

static void askdestroyfid(Fid *f)
{
	Ask *a;

	if((a = f->aux) == nil)
		return;
	free(a->text);
	free(a);
	f->aux = nil;
}

static void askdestroyreq(Req *r)
{
	free(r->aux);
	r->aux = nil;
}

static void askflush(Req *r)
{
	workflush(workers, r);
}

static Sfile files[2] = {
	{ .name = "/", .mode = DMDIR|0555 },
	{ .mode = 0666 },
};

static Srv srv = {
	.name = "askfile",
	.files = files,
	.nfiles = nelem(files),
	.open = askopen,
	.read = askread,
	.write = askwrite,
	.flush = askflush,
	.destroyfid = askdestroyfid,
	.destroyreq = askdestroyreq,
};

static int post(char *name, int fd)
{
	char path[64];
	int s, r;

	snprint(path, sizeof path, "/srv/%s", name);
	s = create(path, OWRITE|OCEXEC, 0666);
	if(s < 0)
		return -1;
	r = fprint(s, "%d", fd) < 0? -1: 0;
	close(s);
	if(r < 0)
		remove(path);
	return r;
}

int askfile(Askfile *a, char *name, char *mtpt)
{
	int p[2], pid;

	af = a;
	files[1].name = a->file;
	srv.owner = getuser();
	if((workers = workersnew(&userworkhost, a->max)) == nil || pipe(p) < 0)
		return -1;
	pid = rfork(RFPROC|RFFDG|RFNAMEG|RFNOTEG|RFNOWAIT);
	if(pid == 0){
		close(p[0]);
		if(a->start != nil)
			a->start();
		exits(srvfd(&srv, p[1], p[1]) < 0? "serve": nil);
	}
	close(p[1]);
	if(pid < 0 || (name != nil && post(name, p[0]) < 0) ||
	   (mtpt != nil && mount(p[0], -1, mtpt, MAFTER, "") < 0)){
		close(p[0]);	/* and the server ends */
		return -1;
	}
	close(p[0]);
	return pid;
}
