/*
 * gen.h: random 9P requests, sensible enough to get somewhere, from a seed.
 */
typedef struct Gen Gen;
struct Gen {
	u64int x;	/* the generator's state: the seed, not 0 */
	int nfid;	/* fids are 0..nfid-1 (64 at most), and now and then another */
	u64int live;	/* which are in use */
	u64int dir, open, writable;	/* and of those, which are directories, and which are open, and for writing */
	u16int tag;
	u32int ntag;	/* flushes are of tags below this; 0: 8 */
	char **name;	/* names or paths of files, or nil for a choice */
	int nname;
	char **aname;	/* what to attach to, or nil for nothing in particular */
	int naname;
	char **line;	/* what to write now and then, or nil */
	int nline;
	int writer;	/* opens more to write */
	Fcall last;
	uchar buf[2*8192];	/* a message's strings and data */
};

u32int genrand(Gen *g, u32int n);		/* 0..n-1 */
u32int genmsg(Gen *g, uchar *m, u32int max);	/* a T-message's length */
void genlearn(Gen *g, uchar *ans);		/* what came of it */
