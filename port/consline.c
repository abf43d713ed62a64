/*
 * consline.c: the line discipline of the console.
 *
 * Bytes typed come in; a line is edited in place and echoed, and at its end
 * becomes one record of the queue that reads take from.  Editing goes by
 * runes, and knows how wide each is on the screen; a byte that is not UTF-8
 * counts as one.  In raw mode bytes go to the queue as they come, unechoed.
 * While holding, whole lines stay in the buffer, and only the last can be
 * edited.  The interrupt character is not seen here: console.c takes it out.
 */
#include "u.h"
#include "lib.h"
#include "consline.h"

enum {
	Bell = 7,
	Tab = 8,
	Del = 0x7f,
};
#define CTL(c) ((c) & 0x1f)

static const struct {
	Rune lo, hi;
	int width;
} widths[] = {
	{ 0x0300, 0x036F, 0 }, { 0x1100, 0x115F, 2 }, { 0x200B, 0x200F, 0 }, { 0x2E80, 0xA4CF, 2 },
	{ 0xAC00, 0xD7A3, 2 }, { 0xF900, 0xFAFF, 2 }, { 0xFE00, 0xFE0F, 0 }, { 0xFE30, 0xFE6F, 2 },
	{ 0xFF00, 0xFF60, 2 }, { 0xFFE0, 0xFFE6, 2 }, { 0x1F300, 0x1FAFF, 2 }, { 0x20000, 0x3FFFD, 2 },
};

/* --- the queue --- */

/* one may add while another takes */
static u32int used(Consq *q)
{
	return __atomic_load_n(&q->w, __ATOMIC_ACQUIRE) - __atomic_load_n(&q->r, __ATOMIC_ACQUIRE);
}

int consqroom(Consq *q)
{
	return (int)(CONSQLEN - used(q)) - 2;
}

int consqready(Consq *q)
{
	return used(q) > 0;
}

static char *at(Consq *q, u32int i)
{
	return &q->buf[i & (CONSQLEN-1)];
}

/* adds a record; one that does not fit is dropped */
static void qput(Consq *q, char *s, int n)
{
	int i;

	if(consqroom(q) < n)
		return;
	*at(q, q->w) = n;
	*at(q, q->w+1) = n>>8;
	for(i = 0; i < n; i++)
		*at(q, q->w+2+i) = s[i];
	__atomic_store_n(&q->w, q->w+n+2, __ATOMIC_RELEASE);
}

/* bytes left of the first record, which is begun if it was not */
static u32int qbegin(Consq *q)
{
	if(q->left == 0 && used(q) > 0){
		q->left = (uchar)*at(q, q->r) | (uchar)*at(q, q->r+1)<<8;
		q->r += 2;
	}
	return q->left;
}

static int qtake(Consq *q, char *p, int n)
{
	int i;

	for(i = 0; i < n && q->left > 0; i++, q->left--)
		p[i] = *at(q, q->r+i);
	__atomic_store_n(&q->r, q->r+i, __ATOMIC_RELEASE);
	return i;
}

int consqget(Consq *q, char *p, int n, int raw)
{
	int m;

	if(used(q) == 0)
		return -1;
	qbegin(q);
	m = qtake(q, p, n);
	while(raw && m < n && used(q) > 0){
		qbegin(q);
		m += qtake(q, p+m, n-m);
	}
	return raw && m == 0 && n > 0 ? -1 : m;
}

/* --- widths --- */

/* columns that rune r takes at column col */
static int runewidth(Rune r, int col)
{
	usize i;

	if(r == '\t')
		return Tab - col%Tab;
	if(r < ' ' || r == Del)
		return 2;	/* shown as ^X */
	for(i = 0; i < nelem(widths) && r >= widths[i].lo; i++)
		if(r <= widths[i].hi)
			return widths[i].width;
	return 1;
}

/* the first byte of the line being edited: while holding, there are others before it */
static int linestart(Consline *l)
{
	int i;

	for(i = l->n; i > 0 && l->line[i-1] != '\n'; i--)
		;
	return i;
}

/* the column after the first n bytes of the line */
static int colof(Consline *l, int n)
{
	char buf[UTFmax+1];
	int i, m, col;
	Rune r;

	i = linestart(l);
	col = i == 0 ? l->col0 : 0;
	for(; i < n; i += m){
		m = n-i < UTFmax ? n-i : UTFmax;
		memmove(buf, l->line+i, m);
		buf[m] = 0;
		m = chartorune(&r, buf);
		col += runewidth(r, col);
	}
	return col;
}

/* --- editing --- */

static void echo(Consline *l, char *s, int n)
{
	if(!l->noecho)
		l->echo(l, s, n);
}

static void echochar(Consline *l, int c)
{
	char s[2];

	if(c == '\n' || c == '\t' || (c >= ' ' && c != Del)){
		s[0] = c;
		echo(l, s, 1);
		return;
	}
	s[0] = '^';
	s[1] = c ^ 0x40;
	echo(l, s, 2);
}

/* cuts the line to n bytes, wiping the rest off the screen */
static void cutline(Consline *l, int n)
{
	int cols;

	cols = colof(l, l->n) - colof(l, n);
	l->n = n;
	for(; cols > 0; cols--)
		echo(l, "\b \b", 3);
}

/* where the rune begins that ends at byte n */
static int runestart(Consline *l, int n)
{
	int i;

	for(i = n-1; i > 0 && n-i < UTFmax; i--)
		if((l->line[i] & 0xC0) != 0x80)
			break;
	if((l->line[i] & 0xC0) == 0x80 || n-i == 1)
		return n-1;
	/* a lead byte: do exactly the bytes to n make a rune of it? */
	return fullrune(l->line+i, n-i) && !fullrune(l->line+i, n-i-1) ? i : n-1;
}

static void erase(Consline *l)
{
	if(l->n > linestart(l))
		cutline(l, runestart(l, l->n));
}

static int isword(int c)
{
	c &= 0xFF;
	return c >= 0x80 || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void eraseword(Consline *l)
{
	int i, start;

	start = linestart(l);
	for(i = l->n; i > start && !isword(l->line[i-1]); i--)
		;
	for(; i > start && isword(l->line[i-1]); i--)
		;
	if(i < l->n)
		cutline(l, i);
}

/* hands over what is typed, each line a record */
static void handover(Consline *l)
{
	int i, start;

	start = 0;
	for(i = 0; i < l->n; i++)
		if(l->line[i] == '\n' || i == l->n-1){
			qput(l->q, l->line+start, i+1-start);
			start = i+1;
		}
	l->n = 0;
}

static void endoffile(Consline *l)
{
	if(l->n > 0)
		handover(l);
	else
		qput(l->q, nil, 0);
}

static void add(Consline *l, int c)
{
	char bell;

	if(l->n >= CONSLINEMAX - (c != '\n')){	/* keeps room for the \n */
		if(l->hold && c == '\n'){
			handover(l);
		}else{
			bell = Bell;
			echo(l, &bell, 1);
			return;
		}
	}
	if(l->n == 0)
		l->col0 = l->column(l);
	l->line[l->n++] = c;
	echochar(l, c);
	if(c == '\n' && !l->hold)
		handover(l);
}

static int erases(Consline *l, int c)
{
	int i;

	for(i = 0; i < CONSERASE; i++)
		if(l->erase[i] == c)
			return 1;
	return 0;
}

/* one byte typed, not raw */
static void typed(Consline *l, int c)
{
	if(c == '\n' && l->skipnl){
		l->skipnl = 0;
		return;
	}
	l->skipnl = c == '\r';
	if(c == '\r')
		c = '\n';
	if(erases(l, c))
		erase(l);
	else if(c == l->kill)
		cutline(l, linestart(l));
	else if(c == l->werase)
		eraseword(l);
	else if(c == l->eof)
		endoffile(l);
	else
		add(l, c);
}

static void rawput(Consline *l, char *s, int n)
{
	char buf[64];
	int i, m;

	for(; n > 0; s += m, n -= m){
		m = n < (int)sizeof buf ? n : (int)sizeof buf;
		for(i = 0; i < m; i++)
			buf[i] = s[i] == '\r' ? '\n' : s[i];
		qput(l->q, buf, m);
	}
}

void conslineput(Consline *l, char *s, int n)
{
	if(l->raw){
		rawput(l, s, n);
		return;
	}
	for(; n > 0; n--)
		typed(l, (uchar)*s++);
}

void conslineraw(Consline *l, int on)
{
	if(on && !l->raw && l->n > 0)
		handover(l);
	l->raw = on;
	l->skipnl = 0;
}

void conslinehold(Consline *l, int on)
{
	if(!on && l->hold && l->n > 0)
		handover(l);
	l->hold = on;
}

void conslineclear(Consline *l)
{
	l->n = 0;
	l->skipnl = 0;
	l->q->left = 0;
	l->q->r = l->q->w;
}

/* --- settings --- */

void conslineinit(Consline *l)
{
	l->intr = CTL('C');
	l->kill = CTL('U');
	l->werase = CTL('W');
	l->eof = CTL('D');
	l->erase[0] = Del;
	l->erase[1] = CTL('H');
	l->erase[2] = l->erase[3] = -1;
}

/* a character as written in a message: ^X, 0xNN, none, or itself; -2: bad */
static int charof(char *s)
{
	char *end;
	long v;

	if(strcmp(s, "none") == 0)
		return -1;
	if(s[0] == '^' && s[1] && s[2] == 0)
		return s[1] == '?' ? Del : CTL(s[1]);
	if(s[0] == '0' && s[1] == 'x'){
		v = strtol(s, &end, 16);
		return *end == 0 && v >= 0 && v <= 0xFF ? (int)v : -2;
	}
	return s[0] && s[1] == 0 && (uchar)s[0] < Runeself ? s[0] : -2;
}

static int *charnamed(Consline *l, char *what)
{
	if(strcmp(what, "intr") == 0)
		return &l->intr;
	if(strcmp(what, "kill") == 0)
		return &l->kill;
	if(strcmp(what, "werase") == 0)
		return &l->werase;
	if(strcmp(what, "eof") == 0)
		return &l->eof;
	if(strcmp(what, "erase") == 0)
		return l->erase;
	return nil;
}

int conslineset(Consline *l, char *what, char **arg, int narg)
{
	int c[CONSERASE], i, *p, max;

	p = charnamed(l, what);
	max = p == l->erase ? CONSERASE : 1;
	if(p == nil || narg < 1 || narg > max)
		return -1;
	for(i = 0; i < max; i++){
		c[i] = i < narg ? charof(arg[i]) : -1;
		if(c[i] == -2)
			return -1;
	}
	memmove(p, c, max*sizeof c[0]);
	return 0;
}

static char *showchar(char *p, char *e, int c)
{
	if(c < 0)
		return seprint(p, e, " none");
	if(c < ' ' || c == Del)
		return seprint(p, e, " ^%c", c ^ 0x40);
	if(c == ' ' || c == '\'' || c >= Runeself)
		return seprint(p, e, " 0x%x", c);
	return seprint(p, e, " %c", c);
}

int conslineshow(Consline *l, char *buf, int n)
{
	static char *names[] = { "intr", "kill", "werase", "eof" };
	char *p, *e;
	usize i;

	p = buf;
	e = buf+n;
	p = seprint(p, e, "%s\n%s\n%s\n", l->raw ? "rawon" : "rawoff", l->hold ? "holdon" : "holdoff",
		l->noecho ? "echooff" : "echoon");
	for(i = 0; i < nelem(names); i++){
		p = seprint(p, e, "%s", names[i]);
		p = showchar(p, e, *charnamed(l, names[i]));
		p = seprint(p, e, "\n");
	}
	p = seprint(p, e, "erase");
	for(i = 0; i < CONSERASE; i++)
		if(i == 0 || l->erase[i] >= 0)
			p = showchar(p, e, l->erase[i]);
	p = seprint(p, e, "\n");
	return p-buf;
}
