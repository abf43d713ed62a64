/*
 * chan.h: channels (open or walked files), names, mount tables, descriptors.
 * A Chan stands for a fid at a server, reached through a Mnt: a linked Srv
 * or a 9P channel.  Everything here may sleep unless it says otherwise.
 */
#pragma once
#include "9p.h"
typedef struct Chan Chan;
typedef struct Mnt Mnt;
typedef struct Path Path;
typedef struct Mhead Mhead;

enum {	/* Chan.flag */
	COpen = 1<<0,
	CMsg = 1<<1,		/* a mounted connection's channel: not for ordinary reads and writes */
	CFree = 1<<2,
};

struct Chan {
	long ref;
	Mnt *mnt;
	Fid *fid;		/* linked transport */
	u32int fidnum;		/* channel transport */
	Qid qid;
	u32int dev;		/* the instance's number: with qid.path and type, a file's identity in the mount table */
	u16int mode;		/* open mode, without OTRUNC and such */
	u16int flag;
	u32int iounit;
	Lock offlk;
	vlong offset;
	Path *path;		/* the name it was reached by */
	Mhead *umh;		/* union directory: the mount it was opened through */
	struct Udir *udir;	/* union reads: position */
	char *spec;
};

/* channels: chan.c */
void chanincref(Chan*);
void chanclose(Chan*);			/* drops a reference; the last clunks */
long chanread(Chan*, void *kbuf, long n, vlong off);	/* kernel memory */
long chanwrite(Chan*, const void *kbuf, long n, vlong off);
long chanreadbuf(Chan*, Buf*, vlong off);		/* into pinned pages */
long chanwritebuf(Chan*, Buf*, vlong off);
int chanstat(Chan*, uchar *buf, int n);			/* a stat record: bytes */
Chan *chanclone(Chan*);				/* an unopened copy */
char *chanpath(Chan*);				/* borrowed */
int chanfixed(Chan*);				/* may be cached: an image key {dev, qid} is stable */

/* names: names are kernel memory */
Chan *nameopen(char *name, int omode);
Chan *namecreate(char *name, int omode, u32int perm);
Chan *namewalk(char *name, int nomount);	/* not open; nomount: the file under a mount on the last element */
int nameremove(char *name);
int namebind(char *new_, char *old, int flag);
int namemount(Chan *c, Chan *afid, char *old, int flag, char *aname);
char *userstr(u64int uva, usize max);	/* malloced copy of a user string, nil and errstr; "" only where ok */

/* descriptors: fd.c */
Chan *fdchan(int fd, int mode, int checkmsg);	/* referenced; mode -1 any */
int fdnew(Chan*, int cexec);			/* takes the reference; -1: none left */
int fdinfo(Fgrp*, int fd, char *buf, int n);	/* a line of #p/fd: bytes, 0 not open, -1 past the last */

/* linked servers: mnt.c and srvtab.c */
extern Srv *srvtab[];			/* from the configuration; nil at the end */
void srvtabinit(void);			/* calls each init */
Chan *srvattach(int dc, char *spec);	/* #x; nil: unknown or refused */
void mntsubst(Req *r, Chan *c);		/* in a SrvBlocks server's open: the opener gets c (reference taken over) instead */
Chan *reqchan(Req *r);			/* in a SrvBlocks server: the channel asked through, or nil */
u32int devnew(void);			/* a new instance number */
int nsread(Pgrp*, int i, char *buf, int n);	/* i'th line of #p/ns: bytes, 0 at the end */
