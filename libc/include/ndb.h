/*
 * ndb.h: the network database, ndb(2); its files are ndb(6)'s.  Include after
 * u.h and libc.h.
 */
#pragma once
typedef struct Ndb Ndb;
typedef struct Ndbs Ndbs;
typedef struct Ndbtuple Ndbtuple;

enum {
	Ndbalen = 32,		/* of an attribute, its NUL included; longer ones are cut */
	Ndbmaxfile = 8<<20,	/* bytes of a file that are looked at */
};

struct Ndbtuple {
	char attr[Ndbalen];
	char *val;		/* in the same piece of memory; "" if the pair has none */
	Ndbtuple *entry;	/* the entry's next pair; nil after the last */
	Ndbtuple *line;		/* the next pair of the same line; the last one's is the first */
};

struct Ndb {
	Ndb *next;		/* the database's next file */
	char *file;
	char *text;		/* what it holds; nil: it could not be read */
	long n;
	int top;		/* ndbopen was asked for it */
	Qid qid;		/* as it was read */
	ulong mtime;
	vlong length;
};

struct Ndbs {	/* where a search is */
	Ndb *db;		/* in this file */
	long at;		/* the entry after the one found */
	Ndbtuple *t;		/* the pair that was looked for, in that one */
};

/* The database of file (nil: /lib/ndb/local) and the files that its database entry names; nil and errstr. */
Ndb *ndbopen(char *file);
Ndb *ndbcat(Ndb *a, Ndb *b);	/* b's files behind a's: a database that owns both */
void ndbclose(Ndb *db);
int ndbchanged(Ndb *db);	/* has one of the files changed since it was read? */
int ndbreopen(Ndb *db);		/* read them again: 0, or -1 and errstr, with db as it was */

/*
 * The first entry with attr=val, whole, malloced; nil: there is none, or no
 * memory.  ndbsnext: the next one.  s need not be set, and s->t goes with
 * the entry.
 */
Ndbtuple *ndbsearch(Ndb *db, Ndbs *s, char *attr, char *val);
Ndbtuple *ndbsnext(Ndbs *s, char *attr, char *val);
Ndbtuple *ndbparse(Ndbs *s);	/* the next entry, whatever it is; s->db and s->at (0) are set by the caller */
/*
 * The value of rattr in the first entry with attr=val that has one, malloced;
 * the one in the same line is preferred.  tp, if not nil, gets the entry.
 */
char *ndbgetvalue(Ndb *db, Ndbs *s, char *attr, char *val, char *rattr, Ndbtuple **tp);
Ndbtuple *ndbfindattr(Ndbtuple *entry, Ndbtuple *line, char *attr);	/* in the entry, line's pairs first; nil */
/*
 * What the database says about the n attributes of the system with attr=val:
 * its own pairs first, then for attributes that it has not those of the
 * networks (ipnet) that its address is in, the smallest first.  "@name" asks
 * for name, with the values made addresses where the database has them.
 */
Ndbtuple *ndbipinfo(Ndb *db, char *attr, char *val, char **attrs, int n);

Ndbtuple *ndbnew(char *attr, char *val);		/* one pair, its own line; nil: memory */
Ndbtuple *ndbconcatenate(Ndbtuple *a, Ndbtuple *b);	/* b's pairs behind a's; either may be nil */
void ndbfree(Ndbtuple *t);				/* all of the entry from t on */
char *ipattr(char *name);	/* "ip" "ether" "dom" or "sys", as it looks; static */

/*
 * Asking the servers of a net directory (nil: /net), cs and dns, see ndb(8).
 * They wait.  dnsquery's pairs are those of dns's answer to "!name type".
 */
char *csgetvalue(char *netroot, char *attr, char *val, char *rattr, Ndbtuple **tp);
Ndbtuple *csipinfo(char *netroot, char *attr, char *val, char **attrs, int n);
Ndbtuple *dnsquery(char *netroot, char *name, char *type);
