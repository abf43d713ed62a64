/*
 * net.h: two machines of a test, each an IP stack with a client that speaks
 * 9P to it, and the line between them.  Time is hostclock; it moves, a
 * millisecond a step, only while somebody waits.  All chance comes from one
 * seed.
 */
#pragma once
#include "world.h"
#include "stack.h"

enum {
	Ntag = 256,
	Nofid = -1,
};

typedef struct Host Host;
struct Host {
	World w;
	Ipstack *st;		/* that runs it now */
	Ipstack *other;		/* to which it can be moved */
	char *dev;
	Nic *nic;		/* that frames go to and come from */
	Nic *coming;		/* opened last */
	u64int due;		/* ms: the next tick */
	uchar *ans[Ntag];	/* answers that nobody has taken */
	u8int busy[Ntag];
	u32int nfid;
	u32int moves;
};

typedef struct Line Line;
struct Line {	/* in percent, and ms */
	int loss, reorder, twice;
	u32int delay;
	u64int frames, resets;	/* that went over it; of those, tcp's resets */
	int cut;		/* everything is lost */
	void (*tap)(uchar*, u32int);	/* is shown each frame, or nil */
};

#define A (&hosts[0])
#define B (&hosts[1])

extern Host hosts[2];
extern Line line;

void netopen(u32int seed);	/* both machines, with one interface each: 10.0.0.1 and .2, fd00::1 and ::2 */
void netclose(void);
void netstep(void);		/* one millisecond */
u32int netrand(void);
void netmove(Host *h);		/* to its other stack */

int hsend(Host *h, Fcall *f);	/* a tag */
int hdone(Host *h, int tag, Fcall *r);	/* 1: answered, and the tag is free; r's are valid until the next call for this host */
int hwait(Host *h, int tag, Fcall *r);	/* type of the answer; -1: none came in 100 s */
int hcall(Host *h, Fcall *f, Fcall *r);
int hopen(Host *h, char *path, int mode);	/* a fid, or Nofid */
int hopensend(Host *h, char *path, int mode, u32int *fid);	/* a tag: the open is on its way */
int hwrite(Host *h, int fid, char *s);	/* 1: it was taken */
char *hread(Host *h, int fid);		/* at offset 0; static, "" at the end, nil when it fails */
void hclose(Host *h, int fid);
char *hget(Host *h, char *path);	/* open, read, close */
int hconv(Host *h, char *proto, char *dir);	/* a conversation's ctl, opened by clone; dir gets its directory */
char *hname(char *dir, char *file);	/* static */
int has(char *s, char *part);
void netcall(char *addr, char *port, int *a, int *b, char *adir, char *bdir);	/* B listens at addr, A calls: their data files, and directories */
extern char herr[ERRMAX];		/* of the last call that failed */
