/*
 * world.h: a server of a test with a few clients that send messages, which
 * can be moved: saved, made anew from the image, and the old one ended.
 */
enum { Worldconns = 3, Worldmost = 8, Worldmsize = 8192+IOHDRSZ };

typedef struct World World;
struct World {
	Srv *table;
	Srv *s;
	u32int msize;
	int n;			/* clients: Worldconns but with worldopenn */
	Conn *c[Worldmost];
	Held *sent[Worldmost];	/* answers that came from the old side, not received yet */
};

void worldopen(World *w, Srv *table, char *arg);
void worldopenn(World *w, Srv *table, char *arg, int n, u32int msize);
void worldclose(World *w);
void worldversion(World *w, int i);	/* agree on the version; what is outstanding is forgotten */
void worldsend(World *w, int i, uchar *msg, u32int n);
void worldhold(World *w, int i, uchar *msg, u32int n);	/* to be handled by worldgo, or after the move */
void worldgo(World *w);
int worldrecv(World *w, int i, uchar *buf, u32int max);	/* bytes; -1: no answer */
void worldhang(World *w, int i);	/* the client goes, another comes */
int worldsave(World *w, Img *m);	/* -1 and errstr */
int worldrestore(World *w, World *old, uchar *p, usize n);	/* -1 and errstr; then w is nothing */
void worldmove(World *w);
