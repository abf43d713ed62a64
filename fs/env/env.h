/*
 * env.h: the store of environments (store.c) to the server (env.c).
 *
 * Locks: Env.lk is held for all that is declared here.
 */
#pragma once

enum {
	Valmax = 256*1024,
	Groupmax = 1024*1024,
	Varmax = 2048,
	Namemax = 255,
	Nhash = 64,		/* environments */
	Iochunk = 8192,
};

typedef struct Env Env;
typedef struct Group Group;
typedef struct Var Var;
typedef struct Val Val;
typedef struct Efid Efid;

struct Val {
	long ref;
	u32int len;
	u32int cap;
	u32int index;		/* in an image, from 1 */
	uchar data[];
};

struct Var {
	long ref;		/* one of its group, one for each fid */
	Group *group;		/* nil: removed, or the group is cleared */
	Var *next, **link;	/* then: in Env.removed */
	int slot;
	char *name;
	u32int hash;
	Val *val;		/* nil: empty */
	u64int path;
	u32int vers;
	u32int mtime;
};

struct Group {
	long ref;		/* one of the table, one for each fid */
	u64int id;
	Var **var;		/* with holes, so that a directory being read does not move */
	int nvar, maxvar;	/* used slots with holes; allocated */
	int nlive;
	u32int bytes;
	u64int path;
	u32int vers;
	u32int mtime;
	u8int cleared;
	Group *next;		/* in Env.hash or Env.cleared */
	Group **link;		/* in the latter */
};

/* a fid's: group alone for a directory, var too for a variable; ctl has none */
struct Efid {
	Group *group;
	Var *var;
};

struct Env {
	QLock lk;
	Group *hash[Nhash];
	Group *cleared;		/* and still in use by fids */
	Var *removed;		/* likewise */
	u64int path;
};

enum {	/* qid.path */
	Qctl = 1,
	Qfirst = 16,
};

u32int vallen(Var *v);
char *varresize(Var *v, vlong n);	/* with zeros where it grows; nil, or the error */
void vartruncate(Var *v);
char *varchange(Var *v, Dir *d);	/* a wstat's name and length, all or nothing */
Var *varfind(Group *g, char *name);	/* borrowed */
Var *varnew(Env *e, Group *g, char *name);	/* empty, the group's reference; nil: no memory or too many */
void varunlink(Env *e, Var *v);		/* out of its group, whose reference goes */
void varfree(Var *v);			/* drops a reference; nil is allowed */
Var *varinslot(Group *g, int slot, char *name, u64int path);	/* empty; nil: no memory */
void varorphan(Env *e, Var *v);		/* v is in no group: remember it for as long as it is referenced */
Group *groupget(Env *e, u64int id);	/* made if need be; borrowed; nil: no memory */
Group *groupfind(Env *e, u64int id);	/* borrowed, or nil */
char *groupcopy(Env *e, Group *from, u64int id);	/* id is new; nil, or the error: then it is as it was */
void groupclear(Env *e, u64int id);
Group *groupnew(u64int id, u64int path);	/* in no table; nil: no memory */
void groupadd(Env *e, Group *g);	/* no other has its id */
void grouporphan(Env *e, Group *g);	/* g is cleared: remember it for as long as it is referenced */
void groupfree(Group *g);		/* drops a reference; nil is allowed */

/* move.c */
int envsave(Srv *s, Img *m);
int envrestore(Srv *s, Img *m);
void envsavefid(Fid *f, Img *m);
int envrestorefid(Fid *f, Img *m);
