/*
 * view.c: one view of the console: its log, and its line of input.
 *
 * Output goes into the log, a ring in which a byte's place is its position
 * in the stream modulo the ring's size.  The view that has the console may
 * be ahead of it by half of the log; then its writers wait.  Others write as
 * they like, and what falls out of the log before it is shown is lost to the
 * console.  Echoes never wait.
 *
 * What is typed is made into lines, unless the view is raw, and then moves to
 * View.in, where reads take it from; Ineof ends a read there.
 *
 * Locks: Srv.lk, held by the callers.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "consmux.h"

/* --- requests that wait --- */
void waitadd(Waitq *q, Req *r)
{
	if(q->first == nil)
		q->last = &q->first;
	r->next = nil;
	*q->last = r;
	q->last = &r->next;
}

int waitremove(Waitq *q, Req *r)
{
	Req **l;

	for(l = &q->first; *l != nil && *l != r; l = &(*l)->next)
		;
	if(*l == nil)
		return 0;
	if((*l = r->next) == nil)
		q->last = l;
	return 1;
}

/* --- views --- */
void viewunref(View *v)
{
	if(v == nil || --v->ref > 0)
		return;
	free(v->log);
	free(v->owner);
	free(v);
}

View *viewnumber(Mux *m, int n)
{
	return n >= 1 && n <= Viewmax? m->view[n-1]: nil;
}

View *viewnew(Mux *m, char *owner)
{
	View *v;
	int i;

	for(i = 0; i < Viewmax && m->view[i] != nil; i++)
		;
	if(i == Viewmax){
		werrstr("%s", Enospace);
		return nil;
	}
	if((v = mallocz(sizeof *v, 1)) == nil || (v->log = malloc(m->logsize)) == nil || (v->owner = strdup(owner)) == nil){
		if(v != nil)
			free(v->log);
		free(v);
		werrstr("%s", Enomem);
		return nil;
	}
	v->n = i+1;
	v->id = m->id++;
	v->ref = 2;
	v->nopen = 1;
	m->view[i] = v;
	if(m->holder == nil)
		cmuxhold(m, v);
	return v;
}

void viewdrop(Mux *m, View *v)
{
	m->view[v->n-1] = nil;
	v->gone = 1;
	viewunref(v);
}

/*
 * The last open file of a view takes it along, when what it wrote has been
 * shown, if it has the console.
 */
void viewclose(Mux *m, View *v)
{
	int i;

	if(v->nopen > 0 || v->keep || v->gone)
		return;
	if(v == m->holder && v->shown < v->head){
		v->closing = 1;
		return;
	}
	v->ref++;
	viewdrop(m, v);
	if(v == m->holder)
		cmuxhold(m, nil);
	viewunref(v);
	for(i = 0; i < Viewmax && m->view[i] == nil; i++)
		;
	if(i == Viewmax)
		cmuxevent(m, Enone);
}

/* --- output --- */
u64int viewoldest(Mux *m, View *v)
{
	return v->head > v->base + m->logsize? v->head - m->logsize: v->base;
}

void viewput(Mux *m, View *v, const void *p, u32int n)
{
	const uchar *s;
	u32int at, k;

	s = p;
	for(; n > 0; n -= k, s += k){
		at = v->head % m->logsize;
		k = m->logsize-at;
		if(k > n)
			k = n;
		memmove(v->log+at, s, k);
		v->head += k;
	}
}

void viewget(Mux *m, View *v, u64int from, uchar *p, u32int n)
{
	u32int at, k;

	for(; n > 0; n -= k, p += k, from += k){
		at = from % m->logsize;
		k = m->logsize-at;
		if(k > n)
			k = n;
		memmove(p, v->log+at, k);
	}
}

/* how many bytes may be written now */
static u32int room(Mux *m, View *v)
{
	u32int n;

	if(v != m->holder)
		return m->logsize;
	n = v->head - v->shown;
	return n < m->logsize/2? m->logsize/2 - n: 0;
}

int viewwrite(Mux *m, Req *r)
{
	View *v;
	uchar buf[256];
	u32int k;

	v = ((Cfid*)r->fid->aux)->v;
	while(r->rcount < r->count && (k = room(m, v)) > 0){
		if(k > sizeof buf)
			k = sizeof buf;
		k = reqget(r, r->rcount, buf, k);
		viewput(m, v, buf, k);
		r->rcount += k;
	}
	return r->rcount == r->count;
}

/* --- input --- */
static int inputspace(View *v)
{
	return Inmax - v->nin;
}

static void input(View *v, u16int c)
{
	v->in[(v->inat + v->nin++) % Inmax] = c;
}

/* the line, or end of file, becomes input, with c after it */
static void endline(Mux *m, View *v, int c)
{
	u32int i;

	if((u32int)inputspace(v) < v->nline+1){
		v->dropped += v->nline;
		cmuxsay(m, "\a");
	}else{
		for(i = 0; i < v->nline; i++)
			input(v, v->line[i]);
		input(v, c);
	}
	v->nline = 0;
}

/* take the last character off the line */
static void erase(Mux *m, View *v)
{
	if(v->nline == 0)
		return;
	while(--v->nline > 0 && (v->line[v->nline] & 0xC0) == 0x80)
		;
	viewput(m, v, "\b \b", 3);
}

static void interrupt(Mux *m, View *v)
{
	v->nline = 0;
	if(v->nintr < Inmax)
		v->nintr++;
	viewput(m, v, "^C\n", 3);
}

static void ordinary(Mux *m, View *v, int c)
{
	uchar b;

	if(v->nline == Linemax){
		v->dropped++;
		cmuxsay(m, "\a");
		return;
	}
	b = c;
	v->line[v->nline++] = b;
	if(b >= ' ' || b == '\t')
		viewput(m, v, &b, 1);
}

static void cooked(Mux *m, View *v, int c)
{
	switch(c){
	case '\r':
	case '\n':
		viewput(m, v, "\n", 1);
		endline(m, v, '\n');
		break;
	case 'D'-'@':
		endline(m, v, Ineof);
		break;
	case '\b':
	case 0x7F:
		erase(m, v);
		break;
	case 'U'-'@':
		while(v->nline > 0)
			erase(m, v);
		break;
	case 'C'-'@':
		interrupt(m, v);
		break;
	default:
		ordinary(m, v, c);
		break;
	}
}

void viewtype(Mux *m, View *v, int c)
{
	if(!v->raw)
		cooked(m, v, c);
	else if(inputspace(v) > 0)
		input(v, c);
	else{
		v->dropped++;
		cmuxsay(m, "\a");
	}
}

/* a line that is begun is not lost when the view gets raw */
void viewraw(View *v, int on)
{
	u32int i;

	if(on && !v->raw){
		for(i = 0; i < v->nline && inputspace(v) > 0; i++)
			input(v, v->line[i]);
		v->nline = 0;
	}
	v->raw = on;
}

/* up to the end of a line, or of what there is */
int viewread(Mux *m, Req *r)
{
	View *v;
	uchar c;
	u32int n;

	USED(m);
	v = ((Cfid*)r->fid->aux)->v;
	if(v->nin == 0 && r->count > 0)
		return 0;
	n = 0;
	c = 0;
	while(v->nin > 0 && n < r->count && c != '\n' && v->in[v->inat] != Ineof){
		c = v->in[v->inat];
		reqput(r, n++, &c, 1);
		v->inat = (v->inat+1) % Inmax;
		v->nin--;
	}
	if(v->nin > 0 && r->count > 0 && c != '\n' && v->in[v->inat] == Ineof){
		v->inat = (v->inat+1) % Inmax;
		v->nin--;
	}
	r->rcount = n;
	respond(r, nil);
	return 1;
}
