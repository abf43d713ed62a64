/*
 * field.c: what a message says: header, fields, body.
 *
 * The format is RFC 5322's, as it comes in practice: lines end in LF or CR
 * LF, bytes may have their eighth bit set, and a header may end without an
 * empty line, at the first line that is neither a field nor the continuation
 * of one.  A first line that begins with "From " is the envelope of a
 * mailbox file, and no part of the header.
 *
 * When a message comes, only where header and body are and how many fields
 * there are is found out; the fields when somebody walks to or lists them.
 *
 * Locks: Srv.lk, held by the callers.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "mbox.h"

static int white(int c)
{
	return c == ' ' || c == '\t';
}

/* the end of the line that begins at i, its line feed included */
static u32int lineend(Msg *m, u32int i)
{
	uchar *p;

	p = memchr(m->raw+i, '\n', m->n-i);
	return p != nil? (u32int)(p - m->raw)+1: m->n;
}

static int emptyline(Msg *m, u32int i)
{
	return m->raw[i] == '\n' || (m->raw[i] == '\r' && i+1 < m->n && m->raw[i+1] == '\n');
}

/* the length of the name of the field that begins at i; 0: no field does */
static u32int namelen(Msg *m, u32int i)
{
	u32int n, k;

	for(n = 0; i+n < m->n && m->raw[i+n] > ' ' && m->raw[i+n] < 0x7F && m->raw[i+n] != ':'; n++)
		;
	for(k = i+n; k < m->n && white(m->raw[k]); k++)
		;
	return k < m->n && m->raw[k] == ':'? n: 0;
}

/* --- fields --- */
static int lower(int c)
{
	return c >= 'A' && c <= 'Z'? c+'a'-'A': c;
}

/* can it be a file's name, beside those that every message has? */
static int fit(char *name)
{
	static char *taken[] = { "header", "body", "raw", "flags" };
	uint i;

	for(i = 0; i < nelem(taken); i++)
		if(strcmp(name, taken[i]) == 0)
			return 0;
	return namecheck(name) == 0;
}

static u32int namehash(Msg *m, Field *f)
{
	u32int h, i;

	h = 2166136261U;
	for(i = 0; i < f->nlen; i++)
		h = (h ^ lower(m->raw[f->name+i])) * 16777619;
	return h;
}

static int samename(Msg *m, Field *a, Field *b)
{
	u32int i;

	if(a->hash != b->hash || a->nlen != b->nlen)
		return 0;
	for(i = 0; i < a->nlen; i++)
		if(lower(m->raw[a->name+i]) != lower(m->raw[b->name+i]))
			return 0;
	return 1;
}

/* the field from i to end; its name has n bytes */
static void setfield(Msg *m, Field *f, u32int i, u32int n, u32int end)
{
	uchar *p;

	p = m->raw;
	f->name = i;
	f->nlen = n;
	f->hash = namehash(m, f);
	for(i += n; p[i] != ':'; i++)
		;
	for(i++; i < end && (white(p[i]) || p[i] == '\r' || p[i] == '\n'); i++)
		;
	while(end > i && (white(p[end-1]) || p[end-1] == '\r' || p[end-1] == '\n'))
		end--;
	f->val = i;
	f->vlen = end-i;
}

/* the fields into f, or only their number if it is nil */
static u32int scan(Msg *m, Field *f)
{
	u32int i, next, n, k;

	k = 0;
	for(i = m->head; i < m->hend && k < Fieldmax; i = next){
		next = lineend(m, i);
		while(next < m->hend && white(m->raw[next]))
			next = lineend(m, next);
		n = namelen(m, i);
		if(n > Namelen)
			continue;
		if(f != nil)
			setfield(m, &f[k], i, n, next);
		k++;
	}
	return k;
}

void msgsplit(Msg *m)
{
	u32int i, fields;

	i = 0;
	if(m->n >= 5 && memcmp(m->raw, "From ", 5) == 0)
		i = lineend(m, 0);
	m->head = i;
	for(fields = 0; i < m->n && !emptyline(m, i); fields++){
		if(namelen(m, i) == 0 && !(fields > 0 && white(m->raw[i])))
			break;
		i = lineend(m, i);
	}
	m->hend = i;
	m->body = i < m->n && emptyline(m, i)? lineend(m, i): i;
	m->nfield = scan(m, nil);
}

char *msgparse(Msg *m)
{
	char name[Namelen+1];
	u32int i, j;

	if(m->field != nil || m->nfield == 0)
		return nil;
	if((m->field = mallocz(m->nfield*sizeof m->field[0], 1)) == nil)
		return Enomem;
	scan(m, m->field);
	for(i = 0; i < m->nfield; i++){
		for(j = 0; j < i && !samename(m, &m->field[i], &m->field[j]); j++)
			;
		fieldname(m, i, name);
		m->field[i].file = j == i && fit(name);
	}
	return nil;
}

void fieldname(Msg *m, int i, char *buf)
{
	Field *f;
	int k;

	f = &m->field[i];
	for(k = 0; k < f->nlen; k++)
		buf[k] = lower(m->raw[f->name+k]);
	buf[k] = 0;
}

int fieldfind(Msg *m, char *name)
{
	char s[Namelen+1];
	u32int i;

	for(i = 0; i < m->nfield; i++){
		if(!m->field[i].file)
			continue;
		fieldname(m, i, s);
		if(strcmp(s, name) == 0)
			return i;
	}
	return -1;
}

/* --- a field's text, of which a read wants a part --- */
typedef struct Out Out;
struct Out {
	Req *r;
	u32int at;	/* bytes before */
};

static void put(Out *o, uchar *p, u32int n)
{
	u64int from, to;
	Req *r;

	r = o->r;
	if(r != nil){
		from = r->offset > o->at? r->offset: o->at;
		to = (u64int)r->offset + r->count;
		if(to > (u64int)o->at + n)
			to = (u64int)o->at + n;
		if(from < to)
			r->rcount = from-r->offset + reqput(r, from-r->offset, p+(from-o->at), to-from);
	}
	o->at += n;
}

/* unfolded: a line break in a field is always before white space, and not part of it */
static void putvalue(Out *o, uchar *p, u32int n)
{
	uchar *nl;
	u32int k;

	while((nl = memchr(p, '\n', n)) != nil){
		k = nl-p;
		put(o, p, k > 0 && p[k-1] == '\r'? k-1: k);
		p += k+1;
		n -= k+1;
	}
	put(o, p, n);
}

u32int fieldput(Msg *m, int i, Req *r)
{
	Out o;
	u32int j;

	o = (Out){ .r = r };
	for(j = i; j < m->nfield; j++)
		if(samename(m, &m->field[i], &m->field[j])){
			putvalue(&o, m->raw+m->field[j].val, m->field[j].vlen);
			put(&o, (uchar*)"\n", 1);
		}
	return o.at;
}
