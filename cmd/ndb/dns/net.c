/*
 * net.c: the resolver's way to the servers, over the udp and tcp of a net
 * directory, and which servers there are.
 *
 * A question has a conversation of its own, on a port chosen at random; what
 * it may wait for ends when its conversation is hung up, which watch.c does
 * when its time is over.
 *
 * Locks: dblk protects the database and the list of servers, and is held
 * while files are read.
 */
#include <u.h>
#include <libc.h>
#include <ip.h>
#include <ndb.h>
#include <dns.h>
#include "resolve.h"
#include "dat.h"

enum {
	Firstport = 1024,
	Porttries = 8,
	Maxaddr = 64,
};

typedef struct Talk Talk;
struct Talk {
	int ctl;
	int data;
	int tcp;
	Watch w;
};

char *netroot = "/net";
char *dbfile;

static QLock dblk;
static Ndb *db;
static char server[Maxservers][Maxaddr];
static int nserver;

/* --- conversations --- */
static void netclose(void *c)
{
	Talk *t;

	t = c;
	unwatch(&t->w);
	if(t->data >= 0)
		close(t->data);
	close(t->ctl);
	free(t);
}

static int connect(Talk *t, char *addr)
{
	u16int port;
	int i;

	if(t->tcp)
		return fprint(t->ctl, "connect %s", addr) < 0? -1: 0;
	for(i = 0; i < Porttries; i++){
		genrandom(&port, sizeof port);
		if(port >= Firstport && fprint(t->ctl, "connect %s %d", addr, port) >= 0)
			return 0;
	}
	return fprint(t->ctl, "connect %s", addr) < 0? -1: 0;
}

/* a new conversation, and its directory's data file */
static Talk *talknew(int tcp, int ms, char *dir, int n)
{
	char num[32];
	Talk *t;
	long k;

	if((t = mallocz(sizeof *t, 1)) == nil)
		return nil;
	t->tcp = tcp;
	t->data = -1;
	snprint(dir, n, "%s/%s/clone", netroot, tcp? "tcp": "udp");
	t->ctl = open(dir, ORDWR|OCEXEC);
	if(t->ctl < 0 || (k = read(t->ctl, num, sizeof num-1)) <= 0 || watch(&t->w, t->ctl, ms) < 0){
		if(t->ctl >= 0)
			close(t->ctl);
		free(t);
		return nil;
	}
	num[k] = 0;
	snprint(dir, n, "%s/%s/%d/data", netroot, tcp? "tcp": "udp", atoi(num));
	return t;
}

static void *netopen(int i, int tcp, int ms)
{
	char dir[128], addr[Maxaddr];
	Talk *t;

	qlock(&dblk);
	strecpy(addr, addr+sizeof addr, i < nserver? server[i]: "");
	qunlock(&dblk);
	if(addr[0] == 0){
		werrstr("the list of servers has changed");
		return nil;
	}
	if((t = talknew(tcp, ms, dir, sizeof dir)) == nil)
		return nil;
	if(connect(t, addr) == 0 && (t->data = open(dir, ORDWR|OCEXEC)) >= 0)
		return t;
	netclose(t);
	return nil;
}

static int netsend(void *c, uchar *p, int n)
{
	uchar len[2];
	Talk *t;

	t = c;
	hnputs(len, n);
	if(t->tcp && write(t->data, len, 2) != 2)
		return -1;
	return write(t->data, p, n) == n? n: -1;
}

static int netrecv(void *c, uchar *p, int max)
{
	uchar len[2];
	Talk *t;
	int n;

	t = c;
	if(!t->tcp){
		n = read(t->data, p, max);
		return n > 0? n: -1;	/* nothing is a hang-up */
	}
	if(readn(t->data, len, 2) != 2)
		return -1;
	n = nhgets(len);
	return n <= max && readn(t->data, p, n) == n? n: -1;
}

/* --- which servers --- */
static void addserver(char *s)
{
	char addr[Maxaddr], *bang;
	uchar ip[IPaddrlen];
	int i;

	bang = strchr(s, '!');
	snprint(addr, sizeof addr, "%.*s", bang != nil? (int)(bang-s): (int)strlen(s), s);
	if(parseip(ip, addr) < 0)
		return;
	snprint(addr, sizeof addr, "%I!%d", ip, bang != nil? atoi(bang+1): Dnsport);
	for(i = 0; i < nserver; i++)
		if(strcmp(server[i], addr) == 0)
			return;
	if(nserver < Maxservers)
		strecpy(server[nserver], server[nserver]+Maxaddr, addr), nserver++;
}

/* what the database says for a system */
static void serversof(char *attr, char *val)
{
	char *want[] = { "@dns" };
	Ndbtuple *t, *list;

	list = ndbipinfo(db, attr, val, want, nelem(want));
	for(t = list; t != nil; t = t->entry)
		addserver(t->val);
	ndbfree(list);
}

static int netservers(void)
{
	Ipifc *all, *i;
	char addr[Maxaddr];
	Iplifc *l;
	int n;

	qlock(&dblk);
	if(db == nil)
		db = ndbopen(dbfile);
	else if(ndbchanged(db))
		ndbreopen(db);
	nserver = 0;
	if(db != nil){
		all = readipifc(netroot, nil, -1);
		for(i = all; i != nil; i = i->next)
			for(l = i->lifc; l != nil; l = l->next){
				snprint(addr, sizeof addr, "%I", l->ip);
				serversof("ip", addr);
			}
		freeipifc(all);
		serversof("sys", sysname());
	}
	n = nserver;
	qunlock(&dblk);
	return n;
}

static vlong netnow(void)
{
	return nsec();
}

static u16int netid(void)
{
	u16int id;

	genrandom(&id, sizeof id);
	return id;
}

static int never(void *arg)
{
	USED(arg);
	return 0;
}

Dnsnet dnsnet = {
	.servers = netservers,
	.open = netopen,
	.send = netsend,
	.recv = netrecv,
	.close = netclose,
	.now = netnow,
	.id = netid,
	.stop = never,
};
