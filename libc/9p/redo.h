/*
 * redo.h: the restart log, between libc/9p/redo*.c, the user host and the
 * tests.  Include after u.h, lib.h, 9p.h.
 */
#pragma once

typedef struct Redo Redo;
typedef struct Redorec Redorec;

/*
 * A log in a piece of memory that outlives its process: see redo.c.  Whoever
 * uses it sets p, size, leastlog and, if the memory can change its size, resize, and
 * calls redoformat or redoopen.  Only one process at a time may use it, but
 * for the slots, each of which is its connection's reader's.
 */
struct Redo {
	uchar *p;
	u64int size;		/* bytes at p */
	int (*resize)(Redo*, u64int size);	/* sets size; -1 and errstr, nothing has changed; nil: never */
	u32int leastlog;	/* bytes of log that a checkpoint makes room for at least; more if it is longer */
	void (*step)(Redo*, u64int off, u64int n);	/* tests: those bytes have just been stored */
	u32int nslot, slotcap;
	int arena;		/* the current one; -1: there is no checkpoint */
	u64int gen;		/* of it */
	u64int log, at, end;	/* offsets: where its log begins, ends, and has to end */
};

/* one record, in the memory, aligned to 8 bytes */
struct Redorec {
	u32int len;		/* of all of it; 0: the log ends here */
	u32int sum;		/* of what follows, without result */
	vlong time;
	u32int num;
	u32int n;		/* bytes of data */
	u16int conn;
	u16int kind;
	u32int result;		/* 0 until redoresult; not in the sum, nor held back by it */
	uchar data[];
};

u64int redoleast(Redo *r, u32int nslot, u32int slotcap);	/* a size for the memory of a small state */
int redoformat(Redo *r, char *name, u32int nslot, u32int slotcap);	/* zeroed memory; -1 and errstr: too small */
int redoopen(Redo *r, char *name);	/* what a dead process left: 0, or -1 and errstr if it is no whole log of that name */

/*
 * A checkpoint of the pre and img bytes takes the place of the former one and
 * of its log, at once.  -1 and errstr: no room, and nothing has changed.
 */
int redocheckpoint(Redo *r, const void *pre, u64int npre, const void *img, u64int nimg);
uchar *redopre(Redo *r, u64int *n);	/* of the current checkpoint */
uchar *redoimage(Redo *r, u64int *n);

u64int redoleft(Redo *r);	/* bytes before the log is full; 0: no checkpoint */
void redoforget(Redo *r);	/* there is no checkpoint any more */

/* Add a record: its address, nil if it has no room before the next checkpoint. */
Redorec *redolog(Redo *r, int kind, u32int conn, u32int num, vlong time, const void *data, u32int n);
void redoresult(Redo *r, Redorec *x, u32int result);
Redorec *redonext(Redo *r, Redorec *x);	/* the one after x, the first for nil; nil at the end */

/*
 * Slots: where messages are read to, so that it is known after any death what
 * has been read.  The bytes at redoslot's address are those that were read
 * and not dropped; num is the number of the message that begins there.
 */
uchar *redoslot(Redo *r, u32int i, u32int *have, u32int *num);
uchar *redoroom(Redo *r, u32int i, u32int *n);	/* where the next read goes: *n bytes, which are 0 */
void redoread(Redo *r, u32int i, u32int n);	/* it brought n */
void redodrop(Redo *r, u32int i, u32int n, u32int num);	/* the first n bytes are logged; num: of what follows */
int redoused(Redo *r, u32int i);	/* may there be anything in it? */
void redosettle(Redo *r, u32int i);	/* after redoopen, before the first use: count in what nobody recorded */
