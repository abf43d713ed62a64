/*
 * consmux.h: views (view.c) and the console that they share (console.c), to
 * the server (consmux.c) and to its moves (move.c).
 *
 * Locks: Srv.lk is held for all that is declared here.
 */
#pragma once

enum {
	Viewmax = 32,
	Inmax = 2048,		/* what was typed and is not read yet */
	Linemax = 512,		/* a line being typed */
	Outmax = 4096,		/* what the console is to show and has not taken */
	Saymax = 1024,		/* the server's own words, likewise */
	Labelmax = 32,
	Eventmax = 16,
	Logleast = 1024,	/* bytes of a view's log */
	Logdef = 16*1024,
	Logmost = 1024*1024,
	Ineof = 0x100,		/* in View.in: a read ends here */
};

enum {	/* qid.path: these, or a view's id and one of its files */
	Qroot,
	Qclone,
	Qrootctl,
	Qrootstatus,
	Qhost,
	Qin,
	Qout,
	Qevent,
	Nroot,
	Qshift = 8,
	Qdir = 0,		/* of a view */
	Qcons,
	Qconsctl,
	Qctl,
	Qlog,
	Qnote,
	Qstatus,
	Nview,
};

enum {	/* events for the host */
	Enew,			/* somebody typed that he wants a new view */
	Enone,			/* the last view is gone */
};

typedef struct Mux Mux;
typedef struct View View;
typedef struct Waitq Waitq;
typedef struct Cfid Cfid;

struct Waitq {	/* requests that wait, in the order they came */
	Req *first, **last;
};

/*
 * A view.  Its output is a stream of bytes, numbered from 0; the log has the
 * last Mux.logsize of them, from base on.  shown is where the console is.
 */
struct View {
	int n;			/* its name; in Mux.view[n-1] */
	u64int id;
	long ref;		/* fids, and the table */
	u32int nopen;		/* fids that have a file of it open */
	u32int nconsctl;	/* of these, consctl */
	char *owner;
	char label[Labelmax];
	u8int raw;		/* what is typed is not made into lines */
	u8int show;		/* lines of output are shown when another view has the console */
	u8int keep;		/* stays without open files */
	u8int closing;		/* goes when its output is shown */
	u8int gone;		/* is in no table */
	uchar *log;
	u64int base, head, shown;
	u64int held;		/* when it got the input: goes up */
	u16int in[Inmax];	/* a ring: bytes and Ineof */
	u32int inat, nin;
	uchar line[Linemax];
	u32int nline;
	u32int nintr;		/* interrupts that were typed and not read */
	u32int dropped;		/* bytes typed for which there was no room */
	Waitq read, write, note;
};

struct Mux {
	View *view[Viewmax];
	View *holder;		/* has the input and the screen; nil: there is no view */
	u64int id;		/* of the next view */
	u64int stamp;
	u32int logsize;
	u8int key;		/* begins a command */
	u8int typed;		/* it was typed */
	u8int midline;		/* the console's cursor is not at the start of a line */
	uchar out[Outmax];	/* a ring */
	u32int outat, nout;
	char say[Saymax];
	u32int nsay;
	u8int event[Eventmax];
	u32int nevent;
	Waitq hostout, hostevent;
};

/* a fid's */
struct Cfid {
	View *v;		/* referenced; nil: a file of the root */
	u64int base;		/* log: the stream's position at offset 0 */
};

/* view.c */
View *viewnew(Mux *m, char *owner);	/* open once and referenced once for the caller; nil and errstr */
void viewclose(Mux *m, View *v);	/* an open file of it is closed */
void viewunref(View *v);
View *viewnumber(Mux *m, int n);	/* nil: there is none */
u64int viewoldest(Mux *m, View *v);	/* the first position that is in the log */
void viewput(Mux *m, View *v, const void *p, u32int n);	/* output */
void viewget(Mux *m, View *v, u64int at, uchar *p, u32int n);	/* from the log, which has it */
void viewtype(Mux *m, View *v, int c);	/* input */
void viewraw(View *v, int on);
int viewread(Mux *m, Req *r);		/* answers a read of cons if there is input: 1 */
int viewwrite(Mux *m, Req *r);		/* takes what there is room for of a write, which has come to r->rcount: 1: all */
void viewdrop(Mux *m, View *v);		/* for view.c's callers that free everything */

/* console.c */
void cmuxhold(Mux *m, View *v);		/* v gets the input; nil: whoever had it last */
void cmuxsay(Mux *m, char *fmt, ...);
void cmuxevent(Mux *m, int kind);
void cmuxtype(Mux *m, int c);		/* a byte from the keyboard */
void cmuxrun(Mux *m);			/* something has changed: move what can be moved, answer whom one can */
char *viewline(Mux *m, View *v, char *s, char *e);	/* its line of status */

/* waiting */
void waitadd(Waitq *q, Req *r);
int waitremove(Waitq *q, Req *r);	/* 1 if it was there */

/* move.c */
int consmuxsave(Srv *s, Img *m);
int consmuxrestore(Srv *s, Img *m);
void consmuxsavefid(Fid *f, Img *m);
int consmuxrestorefid(Fid *f, Img *m);
void consmuxsavereq(Req *r, Img *m);
void consmuxrestorereq(Req *r, Img *m);

/* consmux.c, for move.c */
Mux *cmuxnew(u32int logsize, int key);	/* nil: memory */
void cmuxfree(Mux *m);
u32int cmuxmode(int view, u32int k);	/* of a view's file, or the root's */
void consmuxwrite(Req *r);
