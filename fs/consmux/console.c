/*
 * console.c: the console that views share: what is typed on it, and what it
 * shows.
 *
 * Mux.out has what the host is to write to the console next.  First come the
 * server's own words (Mux.say), then the output of the view that has the
 * console, then whole lines of those views that are to be shown anyway, each
 * behind its number.  A view's output gets there once, when it has its turn.
 *
 * Mux.key begins a command: the next byte says which.
 *
 * Locks: Srv.lk, held by the callers.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "consmux.h"

enum {
	Part = 256,		/* bytes moved at once */
	Marklen = 16,		/* of a line's mark */
};

void cmuxevent(Mux *m, int kind)
{
	if(m->nevent < Eventmax)
		m->event[m->nevent++] = kind;
}

/* tell whoever sits at the console; too much is cut */
void cmuxsay(Mux *m, char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	m->nsay = vseprint(m->say+m->nsay, m->say+sizeof m->say, fmt, args) - m->say;
	va_end(args);
}

/* --- who has the input --- */
static View *lastheld(Mux *m)
{
	View *v;
	int i;

	v = nil;
	for(i = 0; i < Viewmax; i++)
		if(m->view[i] != nil && (v == nil || m->view[i]->held > v->held))
			v = m->view[i];
	return v;
}

void cmuxhold(Mux *m, View *v)
{
	if(v == nil)
		v = lastheld(m);
	if(v == m->holder)
		return;
	m->holder = v;
	if(v == nil)
		return;
	v->held = ++m->stamp;
	cmuxsay(m, "[%d%s%s]\n", v->n, *v->label != 0? " ": "", v->label);
}

/* the next view in a direction, round about */
static View *neighbour(Mux *m, int step)
{
	int i;

	if(m->holder == nil)
		return nil;
	i = m->holder->n-1;
	do
		i = (i+Viewmax+step) % Viewmax;
	while(m->view[i] == nil);
	return m->view[i];
}

/* --- what is typed --- */
char *viewline(Mux *m, View *v, char *s, char *e)
{
	u64int unseen;

	unseen = v->head - (v->shown > viewoldest(m, v)? v->shown: viewoldest(m, v));
	return seprint(s, e, "%d %s %s %s %s %llud %llud %s\n", v->n, v == m->holder? "hold": "-",
		v->raw? "raw": "cooked", v->show? "show": "hide", v->owner, v->head, unseen, v->label);
}

static void list(Mux *m)
{
	View *v;
	int i;

	for(i = 0; i < Viewmax; i++)
		if((v = m->view[i]) != nil)
			cmuxsay(m, "%c%d %s\n", v == m->holder? '*': ' ', v->n, *v->label != 0? v->label: v->owner);
}

static void command(Mux *m, int c)
{
	View *v;

	v = nil;
	if(c >= '1' && c <= '9')
		v = viewnumber(m, c-'0');
	else if(c == 'n')
		v = neighbour(m, 1);
	else if(c == 'p')
		v = neighbour(m, -1);
	else if(c == 'c'){
		cmuxevent(m, Enew);
		return;
	}else if(c == 'l'){
		list(m);
		return;
	}
	if(v != nil)
		cmuxhold(m, v);
	else
		cmuxsay(m, "\a");
}

void cmuxtype(Mux *m, int c)
{
	if(c == m->key && !m->typed)
		m->typed = 1;
	else if(m->typed && c != m->key){
		m->typed = 0;
		command(m, c);
	}else{
		m->typed = 0;
		if(m->holder != nil)
			viewtype(m, m->holder, c);
	}
}

/* --- what is shown: each of these says whether it did something --- */
static void put(Mux *m, const void *p, u32int n)
{
	const uchar *s;
	u32int i;

	s = p;
	if(n == 0)
		return;
	for(i = 0; i < n; i++)
		m->out[(m->outat + m->nout++) % Outmax] = s[i];
	m->midline = s[n-1] != '\n' && s[n-1] != '\a';
}

static u32int space(Mux *m)
{
	return Outmax - m->nout;
}

static int putsay(Mux *m)
{
	if(m->nsay == 0 || space(m) < m->nsay+1)
		return 0;
	if(m->midline && m->say[0] != '\a')
		put(m, "\n", 1);
	put(m, m->say, m->nsay);
	m->nsay = 0;
	return 1;
}

/* what is lost to the console was overwritten in the log */
static int skiplost(Mux *m, View *v)
{
	u64int first;

	first = viewoldest(m, v);
	if(v->shown >= first)
		return 0;
	cmuxsay(m, "[%llud bytes lost]\n", first-v->shown);
	v->shown = first;
	return 1;
}

static int putview(Mux *m, View *v)
{
	uchar buf[Part];
	u32int n;

	if(v == nil || v->shown == v->head || m->nsay > 0)
		return 0;
	if(skiplost(m, v))
		return 1;
	n = v->head - v->shown < sizeof buf? v->head - v->shown: sizeof buf;
	if(n > space(m))
		n = space(m);
	viewget(m, v, v->shown, buf, n);
	put(m, buf, n);
	v->shown += n;
	return n > 0;
}

/* one line, or a part of a long one, of a view that has not the console */
static int putline(Mux *m, View *v)
{
	uchar buf[Part], *nl;
	char mark[Marklen];
	u32int n;

	if(v->shown == v->head || m->nsay > 0 || space(m) < Part+Marklen+2)
		return 0;
	if(skiplost(m, v))
		return 1;
	n = v->head - v->shown < sizeof buf? v->head - v->shown: sizeof buf;
	viewget(m, v, v->shown, buf, n);
	nl = memchr(buf, '\n', n);
	if(nl == nil && n < sizeof buf)
		return 0;
	if(nl != nil)
		n = nl+1-buf;
	if(m->midline)
		put(m, "\n", 1);
	put(m, mark, snprint(mark, sizeof mark, "[%d] ", v->n));
	put(m, buf, n);
	if(nl == nil)
		put(m, "\n", 1);
	v->shown += n;
	return 1;
}

/* --- who waits --- */
static int giveout(Mux *m)
{
	Req *r;
	u32int n, k;

	if((r = m->hostout.first) == nil || m->nout == 0)
		return 0;
	waitremove(&m->hostout, r);
	for(n = 0; n < r->count && m->nout > 0; n += k){
		k = Outmax - m->outat;
		if(k > m->nout)
			k = m->nout;
		k = reqput(r, n, m->out+m->outat, k);
		m->outat = (m->outat+k) % Outmax;
		m->nout -= k;
	}
	r->rcount = n;
	respond(r, nil);
	return 1;
}

static int giveevent(Mux *m)
{
	static char *name[] = { [Enew] = "new\n", [Enone] = "none\n" };
	Req *r;

	if((r = m->hostevent.first) == nil || m->nevent == 0)
		return 0;
	waitremove(&m->hostevent, r);
	r->rcount = reqput(r, 0, name[m->event[0]], strlen(name[m->event[0]]));
	memmove(m->event, m->event+1, --m->nevent);
	respond(r, nil);
	return 1;
}

static int givenote(View *v)
{
	Req *r;

	if((r = v->note.first) == nil || v->nintr == 0)
		return 0;
	waitremove(&v->note, r);
	v->nintr--;
	r->rcount = reqput(r, 0, "interrupt\n", 10);
	respond(r, nil);
	return 1;
}

static int giveinput(Mux *m, View *v)
{
	Req *r;

	if((r = v->read.first) == nil || v->nin == 0)
		return 0;
	waitremove(&v->read, r);
	return viewread(m, r);
}

/* a writer's bytes: did any of them move? */
static int takeoutput(Mux *m, View *v)
{
	Req *r;
	u32int before;

	if((r = v->write.first) == nil)
		return 0;
	before = r->rcount;
	if(!viewwrite(m, r))
		return r->rcount > before;
	waitremove(&v->write, r);
	respond(r, nil);
	return 1;
}

static int runview(Mux *m, View *v)
{
	int did;

	if(v == nil)
		return 0;
	did = takeoutput(m, v) | giveinput(m, v) | givenote(v);
	if(v->show && v != m->holder)
		did |= putline(m, v);
	if(v->closing && (v != m->holder || v->shown == v->head)){
		v->closing = 0;
		viewclose(m, v);
		did = 1;
	}
	return did;
}

void cmuxrun(Mux *m)
{
	int i, did;

	do{
		did = putsay(m) | putview(m, m->holder) | giveout(m) | giveevent(m);
		for(i = 0; i < Viewmax; i++)
			did |= runview(m, m->view[i]);
	}while(did);
}
