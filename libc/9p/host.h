/*
 * host.h: the user-mode host of one movable server: host.c runs it, hostsave.c
 * freezes and saves it, hostmove.c hands it over, hostctl.c obeys commands,
 * hostfeed.c has it get things from others than its clients.
 *
 * One process serves each connection: it alone reads and writes there.  All
 * share memory and descriptors.  Host.lk, the instance lock, is held for
 * everything the server does, and for the lists here.  Nobody sleeps for a
 * client with it.
 *
 * To have a process leave its read, set stop and post a note; a write, when
 * the instance is frozen, likewise by frozen.  Neither can be missed: see
 * iostop.S.
 */
#pragma once

typedef struct Host Host;
typedef struct Hconn Hconn;
typedef struct Hosthook Hosthook;
typedef struct Hostfigs Hostfigs;

enum {	/* Hconn.doing */
	Hostnothing,
	Hostreading,
	Hostwriting,
};

enum { Quickroom = 8192+256 };

struct Hconn {	/* Conn.host */
	Host *h;
	Conn *c;
	int fd;
	Io io;
	Msgin in;
	Msgmem mem;
	int stop;		/* to the top of the loop: frozen, or somebody else's answer is to be written */
	int doing;
	int pid;		/* its process */
	int note;		/* its note file */
	Mreq *outm;		/* the answer being written, in its own memory, or */
	Held *outh;		/* one that was moved with the connection */
	Held *answers;		/* more of those */
	uchar *out;		/* what is left of it */
	u32int nout;
	Iopart *part;		/* instead of out: the answer's parts, or nil */
	u32int npart;
	u8int exch;		/* the channel can sendread(2) */
	QLock outlk;		/* with hooks: while these change */
	u32int quickat, nquick;	/* answers to be written before them: from here to here in */
	u8int several;		/* may answers be written several at a time */
	u8int asked;		/* that is known, of */
	u32int gen;		/* this session */
	Lend lend;		/* what lies elsewhere of the only one of them */
	uchar quick[Quickroom];
	u8int dead;		/* hung up: answers are only to be freed */
	void *hook;		/* the hooks' own */
	Hconn *next;		/* Host.conns in the order made, or Host.dead */
};

struct Hostfigs {	/* of a move */
	u32int reqs;
	u32int fids;
	uvlong bytes;		/* of state */
	vlong pause;		/* ns */
};

struct Host {
	Srv *srv;
	char *name;		/* in /srv; nil: none */
	char **argv;		/* what restart starts */
	QLock lk;
	int frozen;
	int nrun;		/* processes of connections and feeds that run, and may read or write */
	Rendez stopped;		/* nrun is 0 */
	Rendez thawed;
	Rendez started;		/* a process says whether it can be used */
	Hconn *conns;
	int nconn;
	Hostfeed *feeds;
	Hconn *cur;		/* whose message is being handled */
	Hconn *dead;		/* have answers to be freed */
	int ctl;		/* the control channel's server end, or -1 */
	int ctlpost;		/* its post, removed when closed, or -1 */
	u32int moves;
	Hostfigs last;
	vlong since;		/* frozen at, nsec */
	Hosthook *hooks;	/* or nil */
	u8int redo;		/* what was handed over has a restart log */
	void (*live)(Srv*);	/* Hostopt.live */
};

/*
 * For a host that can go on after its death: redohost.c.  Those with lk are
 * called with the instance lock held, those with outlk under the connection's.
 */
struct Hosthook {
	int (*open)(Hconn*);			/* lk: a new connection; -1 and errstr: refused */
	void (*close)(Hconn*);			/* lk: it is about to be hung up */
	long (*read)(Hconn*, void*, long);	/* by hostread */
	void (*begin)(Hconn*, uchar *msg, u32int n);	/* lk: before a message is handled */
	void (*end)(Hconn*, Mreq*);		/* lk: after */
	void (*taken)(Hconn*);			/* outlk: an answer is about to be written */
	void (*sent)(Hconn*);			/* outlk: and all of it was */
	void (*part)(Hconn*);			/* outlk: a write took only a part of one */
	void (*leaving)(Host*, int);		/* lk: the kernel is about to take it; 0: it has not */
	void (*over)(Host*);			/* it ends, as it was told to */
};

/* iostop.S */
long iostop(int fd, void *buf, long n, int *stop, int nr);
long exchstop(int fd, Iopart *p, long np, void *buf, long n, int *stop, int nr);
u64int iostopat(u64int pc);

/* host.c */
extern Host *hostself;			/* the program's */
Host *hostnew(Srv *s, Hostopt *o);	/* frozen, without connections; nil: memory */
void hostnotes(void);			/* a process's handling of notes */
Hconn *hostadd(Host *h, Conn *c, int fd);	/* lk; c as from connnew or srvrestore, fd becomes ours; nil and errstr: c and fd are the caller's */
int hoststart(Hconn *x);		/* lk, which it lets go of: make its process; -1 and errstr */
void hostdrop(Hconn *x);		/* lk: forget one whose process was never started */
void hostexit(Host *h, char *status) noreturn_;	/* all processes */
void hostover(Host *h) noreturn_;	/* the end, as it should be */
long hostread(Hconn *x, void *buf, long n);	/* from its client; may be stopped */
void hostown(Hconn *x);			/* its process waits: what is to be written is in out */
void hostunlink(Hconn *x);		/* lk: hang up, and forget it; its process has ended or was never started */
void hostwake(Hconn *x);		/* lk: out of what it does */
void hostnote(int fd);			/* the same of any process, by its note file */
long hostcall(int fd, void *buf, long n, int what, int *doing, int *stop);	/* a read or write which *stop ends: -1, then */
void hosthold(Host *h);			/* lk, by a process counted in nrun: wait until it is not frozen */
void hostreap(Host *h);			/* lk: free the answers of connections that are gone */

/* hostfeed.c */
void feedstop(Host *h);			/* lk: all to their rest */

/* hostsave.c */
int hostfreeze(Host *h);		/* 0 with lk held; -1 and errstr */
void hostthaw(Host *h);			/* lk is held, and let go */
int hostsave(Host *h, Img *m, int new);	/* frozen: the whole state, with messages read and not handled if new; -1 and errstr */
void hostcount(Host *h, Hostfigs *f);	/* lk: fids and requests */

/* hostmove.c */
int hostrestart(Host *h, char **argv);	/* argv empty: Host.argv; only returns if it failed: -1 and errstr */
void hosttakefd(Host *h, int fd) noreturn_;	/* become what the process at the other end hands over */
int hostbecome(Host *h, Img *m, int *fd, int n);	/* lk: what is in the image, with n connections' ends; frozen,
				   the processes waiting; -1 and errstr: end, then */
void hostmoved(Host *h);		/* the last step: it runs, and the figures are known */

/* hostkern.c */
int hosttokernel(Host *h, Hostfigs *f);	/* 0: it is no longer here; -1 and errstr */
int hosttakekernel(Host *h, char *dir);	/* become what the kernel has there; -1 and errstr: end, then */

/* hostctl.c */
int hostpost(char *name, int fd, int flag);	/* as /srv/name: its descriptor, or -1 and errstr */
void hostfigs(Hostfigs *f, char *buf, int n);	/* the answer that tells them */
int hostconnect(Host *h, int fd);	/* lk: one more connection: 0; -1 and errstr, fd is closed */
int hostname(Host *h, char *name);	/* make and post the control channel */
void hostctl(Host *h);			/* obey it until it ends */
