/*
 * ip.h: the parts of the IP stack to each other.
 *
 * A conversation is a directory of a protocol.  Conversations are made once
 * and used again, so a Conv stays until fini.  One is in use while files of
 * it are open, while it waits for a listener, and, an interface's, while it
 * is bound.
 *
 * Locks: Srv.lk is held for all that is declared here.
 */
#pragma once
#include "lwip/ip_addr.h"
#include "lwip/pbuf.h"
#include "lwip/netif.h"
#include "stack.h"

enum {
	Etherhdr = 14,
	Maxconv = 4096,		/* of one protocol */
	Backlog = 255,		/* calls of one listener, half-open and not listened for yet; lwIP counts them in a byte */
	Addrlen = 64,		/* an address as text, with its NUL */
	Qmax = 128*1024,	/* bytes of datagrams that wait to be read, */
	Qgrams = 512,		/* and datagrams: each costs more than its bytes */
	Ctlmax = 256,
	Ndbmax = 4096,
	Gather = 1024,		/* bytes of a stream that came in small pieces are kept in one */
	Maxroute = 64,
	Maxmulti = 64,		/* Ethernet addresses of an interface's groups */
	Udphdr = 52,
};

enum {	/* protocols */
	Ptcp,
	Pudp,
	Picmp,
	Picmp6,
	Pifc,
	Nproto,
};

enum {	/* qid.path: one of these, protocol<<8, conversation<<16 */
	Qroot,
	Qarp,
	Qroute,
	Qself,
	Qndb,
	Qlog,
	Qproto,
	Qclone,
	Qstats,
	Qconv,
	Qctl,
	Qdata,
	Qerr,
	Qlisten,
	Qlocal,
	Qremote,
	Qstatus,
	Qsnoop,
	Nkind,
};

enum {	/* Conv.state */
	Cidle,
	Copen,		/* bound, perhaps */
	Cdialing,
	Cannounced,
	Cconnected,
	Chungup,
	Nstate,
};

enum {	/* Conv.half */
	Hasked = 1,	/* when the writes that wait are done */
	Hsaid,
};

typedef struct Proto Proto;
typedef struct Conv Conv;
typedef struct Pkt Pkt;
typedef struct Ifc Ifc;
typedef struct Route Route;
typedef struct Alias Alias;
typedef struct Group Group;
typedef struct Text Text;

struct Text {	/* text that is being made for a read, which gets its part of it */
	Req *r;
	vlong at;	/* of what comes next */
};

/* what has come and is not read yet */
struct Pkt {
	Pkt *next;
	struct pbuf *p;
	u32int at;	/* bytes of it that were read */
	u16int room;	/* bytes that p has behind its end */
	ip_addr_t src, dst, ifaddr;	/* of a datagram */
	u16int sport, dport;
};

struct Ifc {
	Nic nic;
	struct netif nif;
	Conv *conv;
	Alias *aliases;	/* further IPv4 addresses, the oldest first */
	u8int loop;	/* loopback, without a Nic */
	u8int up;	/* nif is lwIP's */
	u64int in, out, errin, errout;
	int nmulti;
	struct {
		uchar mac[6];
		u32int n;	/* groups */
	} multi[Maxmulti];
};

struct Alias {
	Alias *next;
	struct netif nif;
};

struct Group {	/* whose packets a conversation wants */
	Group *next;
	Ifc *ifc;
	ip_addr_t addr;
};

struct Conv {
	Proto *proto;
	u32int n;
	long ref;	/* what has it in use */
	long unclaimed;	/* of that, restored and not yet somebody's */
	char *owner;
	u8int state;
	u8int headers;
	u8int ignore;	/* udp: what icmp says */
	u8int eof;	/* the other side says no more */
	u8int half;	/* tcp: we say no more, Hasked or Hsaid */
	char err[ERRMAX];	/* why it is hung up, or what failed last */
	ip_addr_t laddr, raddr;
	u16int lport, rport;
	u8int ttl, tos;
	u32int keep;	/* ms, or 0 */
	void *pcb;	/* lwIP's, of the protocol; nil: none, or it is gone */
	Pkt *rq, *rqlast;	/* rqlast: while there are any */
	u32int qlen, nrq;	/* bytes there, and packets */
	Req *reads, *writes, *listens, *dial;
	Conv *calls, *nextcall;	/* that wait for a listen, the oldest first */
	u32int ncalls;
	Conv *from;	/* who announced; while it waits there */
	Ifc *ifc;
	u32int snoops;	/* open files that want the interface's packets */
	Group *groups;
	Conv *peer;	/* tcp: the other end, to which writes go directly */
	u8int far;	/* tcp: the other end is not here */
};

struct Proto {
	char *name;
	u32int files;	/* a bit for each Q that a conversation has */
	char *(*connect)(Conv*, Req*);	/* nil and Cdialing: the request waits in dial */
	char *(*announce)(Conv*);
	char *(*bind)(Conv*);
	char *(*ctl)(Conv*, Req*, char **f, int n);	/* other words; nil: unknown */
	void (*close)(Conv*);
	void (*taken)(Conv*);	/* a listen has it, which had to wait for that; or nil */
	void (*write)(Conv*, Req*);	/* answers, or leaves it in writes */
	void (*took)(Conv*, u32int n);	/* n bytes were read */
	void (*apply)(Conv*);	/* ttl, tos, keep */
	void (*status)(Conv*, Text*);
	void (*stats)(Text*);
	Conv **conv;
	u32int nconv;
	u64int nin, nout, nerr;
};

struct Route {
	ip_addr_t dst, gw;
	u8int bits;
	char tag[8];
};

extern Proto *protos[Nproto];
extern Proto tcpproto, udpproto, icmpproto, icmp6proto, ifcproto;
extern Srv ipsrv;

/* stack.c */
vlong ipclock(void);		/* ns, which never goes back */
void ipclockset(vlong t);	/* it is t at least */
extern u8int ipquiet;		/* nothing is to be sent */
void ipsettle(void);		/* let packets to ourselves arrive; at the end of whatever may have sent some */
char *errof(int e);		/* lwIP's error as ours */
extern u8int isnkey[16];
int ipinit(Srv *s, char *arg);
void ipfini(Srv *s);
void ipleave(Srv *s);
void ipbegin(void);		/* there is a conversation, and so something that may be due */

/* addr.c */
int addrparse(char *s, ip_addr_t *a);	/* "*" and "": any; -1: it is none */
int hostparse(char *s, ip_addr_t *a, u16int *port);	/* addr!port, or a port alone */
char *addrtext(const ip_addr_t *a, char *buf);	/* Addrlen bytes */
int maskbits(char *s, int v6);		/* of a mask or /n; -1: it is none */
void addrbytes(const ip_addr_t *a, uchar *p);	/* 16 bytes, as IPv6 has it */
void addrfrom(const uchar *p, ip_addr_t *a);
int addrunder(const ip_addr_t *a, const ip_addr_t *net, int bits);
void textopen(Text *t, Req *r);
void textput(Text *t, char *fmt, ...);	/* a line or less */

/* conv.c */
Conv *convat(Proto *p, u32int n);	/* nil: there is none */
Conv *convnew(Proto *p, char *owner);	/* referenced; nil and errstr */
Conv *convslot(Proto *p, u32int n);	/* for restore: made if need be; nil: memory, or too many */
int convuse(Conv *c, char *owner);	/* one more reference; -1: memory */
void convclose(Conv *c);		/* drops one; the last ends the conversation */
int convqueue(Conv *c, struct pbuf *p, const Pkt *from);	/* takes p over; -1: no memory, p is freed */
int convgram(Conv *c, struct pbuf *p, const Pkt *from);	/* likewise, and tells readers; -1 too: there is no room */
int convappend(Conv *c, struct pbuf *p);	/* likewise, of a stream */
void convhangup(Conv *c, char *err);	/* no more will come; readers and writers are told.  nil: the end */
void convwake(Conv *c);		/* give readers what there is */
void convread(Conv *c, Req *r);
void convlisten(Conv *c, Req *r);
void convcall(Conv *c, Conv *call);	/* a call has come for c; takes its reference over */
int convunwait(Req *r);		/* take r out of whatever it waits in; was it there? */
void reqadd(Req **l, Req *r);
int reqdel(Req **l, Req *r);	/* was it there? */
void convdrain(Conv *c);	/* forget what has come */
void convfree(Conv *c);		/* at fini */

/* ctl.c */
void convctl(Conv *c, Req *r);
char *icmpbind(Conv *c);

/* fs.c */
void fidtolisten(Req *r, Conv *call);	/* answer an open of listen with call's ctl */

/* route.c */
extern Route routes[Maxroute];
extern int nroutes;
void routeread(Text *t);
char *routewrite(char **f, int n);

/* ifc.c */
extern char ndb[Ndbmax];
extern u32int nndb;
void ifcinput(Nic *nic, uchar *p, u32int n);
void arpread(Text *t);
char *arpwrite(char **f, int n);
void selfread(Text *t);
char *ifcbind(Conv *c, char *medium, char *dev, int id);	/* id: Nic.id */
char *ifcadd(Conv *c, const ip_addr_t *a, int bits, int try);
void ifcunbind(Conv *c);
err_t ifcalias(struct netif *n);	/* lwIP's init of an alias */
int netifhas(struct netif *n, const ip_addr_t *a);	/* as its address? */

void ifcunsnoop(Conv *c);	/* a file that wanted its packets is closed */

/* forward.c */
extern u8int iprouting;	/* packets for others go on */
extern u8int ipsumok;	/* of the packet that has come: its checksum was seen to, and may be missing */
char *forwardctl(char **f, int n);

/* log.c */
void logbegin(void);
void logread(Req *r);
int logunwait(Req *r);	/* likewise */
char *logwrite(char **f, int n);
void convlog(Conv *c, char *fmt, ...);
void routelog(const ip_addr_t *dst, char *fmt, ...);
void logsave(Img *m);
void logrestore(Img *m);

/* alias.c */
struct netif *netifat(int num);
Alias *aliasat(Ifc *x, const ip4_addr_t *a);	/* that has this address, or nil */
struct netif *aliasof(Ifc *x, uchar *frame, u32int n);
char *aliasadd(Ifc *x, const ip4_addr_t *a, const ip4_addr_t *mask, int num);
void aliasdel(Ifc *x, Alias *l);
void aliasput(Img *m, Ifc *x);
void aliasget(Img *m, Ifc *x);

/* multi.c */
char *groupctl(Conv *c, char **f, int n);
void groupsend(Conv *c);	/* it is over */
void groupsgone(Ifc *x);
void groupread(Text *t, struct netif *n);
void groupsput(Img *m, Conv *c);
void groupsget(Img *m, Conv *c);

/* tcp.c, udp.c, icmp.c: the pcb's callbacks */
struct tcp_pcb;
struct udp_pcb;
struct raw_pcb;
void tcphook(Conv *c, struct tcp_pcb *p);
void tcphooklisten(Conv *c, struct tcp_pcb *p);
void tcppush(Conv *c);
void tcprefuse(Conv *c, char *err);	/* of one that is dialing */
void udphook(Conv *c, struct udp_pcb *p);
char *icmpopen(Conv *c);

/* direct.c */
Conv *directpeer(Conv *c);	/* c is joined to this one, now perhaps; nil: to none */
void directpush(Conv *c);	/* as much as there is room for of what c has to write to its peer */
void directend(Conv *c);	/* c goes, or has no pcb any more */
void directforget(void);	/* what is in TIME_WAIT for nothing; when no packets to ourselves are on their way */

/* advice.c */
int advicebegin(void);		/* -1: memory */
void adviceend(void);

/* move.c, movetcp.c */
int ipsave(Srv *s, Img *m);
int iprestore(Srv *s, Img *m);
int iprestorefid(Fid *f, Img *m);
void ipsavereq(Req *r, Img *m);
void iprestorereq(Req *r, Img *m);
void ipkick(void);		/* go on sending after a move */
void addrput(Img *m, const ip_addr_t *a);
void addrget(Img *m, ip_addr_t *a);
int tcpsave(Img *m);
int tcprestore(Img *m);
