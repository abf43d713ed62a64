/*
 * db.c: the files of the network database, and looking in them, ndb(2).
 *
 * A file is read whole and kept as text; a search goes through it pair by
 * pair (scan.c) and makes tuples only of what it finds.  An Ndb may be
 * searched by several processes at once as long as none of them reopens or
 * closes it.
 */
#include "u.h"
#include "libc.h"
#include "ndb.h"
#include "scan.h"

static char deffile[] = "/lib/ndb/local";

static Ndb *one(char *file)
{
	Ndb *db;

	if((db = mallocz(sizeof *db, 1)) == nil)
		return nil;
	if((db->file = strdup(file)) == nil){
		free(db);
		return nil;
	}
	return db;
}

static void stamp(Ndb *db, Dir *d)
{
	db->qid = d->qid;
	db->mtime = d->mtime;
	db->length = d->length;
}

/* up to the file's end, which may not be where its length says */
static char *readall(int fd, long *np)
{
	char *p, *q;
	long n, m, cap;

	p = nil;
	for(n = cap = 0;; n += m){
		if(n == cap){
			if(cap >= Ndbmaxfile)
				break;
			cap = cap == 0? 8192: 2*cap;
			if((q = realloc(p, cap)) == nil){
				free(p);
				return nil;
			}
			p = q;
		}
		m = read(fd, p+n, cap-n);
		if(m < 0){
			free(p);
			return nil;
		}
		if(m == 0)
			break;
	}
	*np = n;
	return p;
}

static int load(Ndb *db)
{
	Dir *d;
	int fd;

	fd = open(db->file, OREAD|OCEXEC);
	if(fd < 0)
		return -1;
	if((d = dirfstat(fd)) != nil){
		stamp(db, d);
		free(d);
		db->text = readall(fd, &db->n);
	}
	close(fd);
	return db->text != nil? 0: -1;
}

static Ndb *has(Ndb *db, char *file)
{
	for(; db != nil; db = db->next)
		if(strcmp(db->file, file) == 0)
			return db;
	return nil;
}

/* the files that first's database entry names, in that order; first stays first unless it is among them */
static Ndb *files(Ndb *first)
{
	Ndbtuple *t, *e;
	Ndbs s;
	Ndb *list, **last, *db;

	e = ndbsearch(first, &s, "database", "");
	list = nil;
	last = &list;
	for(t = e; t != nil; t = t->entry){
		if(strcmp(t->attr, "file") != 0 || has(list, t->val))
			continue;
		if(strcmp(t->val, first->file) == 0)
			db = first;
		else if((db = one(t->val)) == nil)
			break;
		else
			load(db);	/* one that is not there may come */
		*last = db;
		last = &db->next;
	}
	ndbfree(e);
	if(has(list, first->file))
		return list;
	first->next = list;
	return first;
}

Ndb *ndbopen(char *file)
{
	Ndb *db;

	if((db = one(file != nil? file: deffile)) == nil)
		return nil;
	if(load(db) < 0){
		ndbclose(db);
		return nil;
	}
	db->top = 1;
	return files(db);
}

Ndb *ndbcat(Ndb *a, Ndb *b)
{
	Ndb *db;

	if(a == nil)
		return b;
	for(db = a; db->next != nil; db = db->next)
		;
	db->next = b;
	return a;
}

void ndbclose(Ndb *db)
{
	Ndb *next;

	for(; db != nil; db = next){
		next = db->next;
		free(db->file);
		free(db->text);
		free(db);
	}
}

/* files that are made up say nothing of their length, nor of their age */
static int sametext(Ndb *db)
{
	Ndb new = { .file = db->file };
	int same;

	if(load(&new) < 0)
		return db->text == nil;
	same = db->text != nil && new.n == db->n && memcmp(new.text, db->text, db->n) == 0;
	free(new.text);
	return same;
}

static int changed(Ndb *db)
{
	Dir *d;
	int r;

	d = dirstat(db->file);
	if(d == nil)
		return db->text != nil;
	if(db->text == nil)
		r = 1;
	else if(d->length == 0)
		r = !sametext(db);
	else
		r = d->qid.path != db->qid.path || d->qid.vers != db->qid.vers || d->mtime != db->mtime ||
			d->length != db->length;
	free(d);
	return r;
}

int ndbchanged(Ndb *db)
{
	for(; db != nil; db = db->next)
		if(changed(db))
			return 1;
	return 0;
}

int ndbreopen(Ndb *db)
{
	Ndb *new, *old, *f, t;

	new = nil;
	for(old = db; old != nil; old = old->next){
		if(!old->top)
			continue;
		if((f = ndbopen(old->file)) == nil){
			ndbclose(new);
			return -1;
		}
		new = ndbcat(new, f);
	}
	t = *db;
	*db = *new;
	*new = t;
	ndbclose(new);
	return 0;
}

/* --- searches --- */
Ndbtuple *ndbparse(Ndbs *s)
{
	return ndbsnext(s, nil, nil);
}

Ndbtuple *ndbsnext(Ndbs *s, char *attr, char *val)
{
	Ndbtuple *e;
	Scan x = {0};

	for(; s->db != nil; s->db = s->db->next, s->at = 0){
		if(s->db->text == nil)
			continue;
		x.p = s->db->text + s->at;
		x.e = s->db->text + s->db->n;
		e = scanentry(&x, attr, val, &s->t);
		s->at = x.p - s->db->text;
		if(e != nil)
			return e;
	}
	return nil;
}

Ndbtuple *ndbsearch(Ndb *db, Ndbs *s, char *attr, char *val)
{
	s->db = db;
	s->at = 0;
	return ndbsnext(s, attr, val);
}

Ndbtuple *ndbfindattr(Ndbtuple *entry, Ndbtuple *line, char *attr)
{
	Ndbtuple *t;

	if((t = line) != nil)
		do{
			if(strcmp(t->attr, attr) == 0)
				return t;
			t = t->line;
		}while(t != line && t != nil);
	for(t = entry; t != nil; t = t->entry)
		if(strcmp(t->attr, attr) == 0)
			return t;
	return nil;
}

char *ndbgetvalue(Ndb *db, Ndbs *s, char *attr, char *val, char *rattr, Ndbtuple **tp)
{
	Ndbtuple *e, *t;
	Ndbs own;
	char *v;

	if(s == nil)
		s = &own;
	for(e = ndbsearch(db, s, attr, val); e != nil; e = ndbsnext(s, attr, val)){
		t = ndbfindattr(e, s->t, rattr);
		if(t != nil && (v = strdup(t->val)) != nil){
			if(tp != nil)
				*tp = e;
			else
				ndbfree(e);
			return v;
		}
		ndbfree(e);
	}
	if(tp != nil)
		*tp = nil;
	return nil;
}

Ndbtuple *ndbconcatenate(Ndbtuple *a, Ndbtuple *b)
{
	Ndbtuple *t;

	if(a == nil)
		return b;
	for(t = a; t->entry != nil; t = t->entry)
		;
	t->entry = b;
	return a;
}
