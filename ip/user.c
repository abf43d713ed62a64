/*
 * user.c: the host of the IP stack in a program: Ethernets are files of
 * ether(3), read by a feed each, srvhost(2).
 *
 * When it moves to a new process both sides have one ether conversation open: the new one opens
 * the old one's.  Its filters stay as they are, and the frames that nobody has read
 * wait in it until one of the two goes on.  Frames that the new side sends before
 * the move is committed are kept until it is, or die with it.
 *
 * Everything here is called with the instance and the stack locked.  A write
 * of a frame waits while the device has no room.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>
#include "stack.h"

enum {
	Pathlen = 128,
	Defmtu = 1500,
	Maxkept = 512,
	Framemax = 16384,
};

typedef struct Port Port;
typedef struct Kept Kept;

struct Port {	/* Nic.host */
	int ctl, data;
	Hostfeed *feed;
};

struct Kept {
	Kept *next;
	Nic *nic;
	u32int n;
	uchar frame[];
};

static u8int live;	/* it is we who serve */
static u8int ticking;
static Kept *kept, **keptlast = &kept;
static int nkept;

/* a name below dev.  /net may be this stack itself, which cannot wait for its own answer */
static char *under(char *path, char *dev, char *fmt, ...)
{
	char *p, *e;
	va_list a;

	e = path+Pathlen;
	if(strncmp(dev, "/net/ether", 10) == 0)
		p = seprint(path, e, "#l/%s/", dev+5);
	else
		p = seprint(path, e, "%s/", dev);
	va_start(a, fmt);
	vseprint(p, e, fmt, a);
	va_end(a);
	return path;
}

/* the text of a small file; -1 and errstr */
static int text(char *path, char *buf, int n)
{
	int fd;

	if((fd = open(path, OREAD|OCEXEC)) < 0)
		return -1;
	n = read(fd, buf, n-1);
	close(fd);
	buf[n < 0? 0: n] = 0;
	return n;
}

/* the conversation nic->id, if it is there and of the kind we want; -1: it is not */
static int share(Nic *nic, Port *p)
{
	char path[Pathlen], buf[32];

	if(nic->id < 0 || text(under(path, nic->dev, "%d/type", nic->id), buf, sizeof buf) < 0 || atoi(buf) != -1)
		return -1;
	p->ctl = open(under(path, nic->dev, "%d/ctl", nic->id), ORDWR|OCEXEC);
	return p->ctl < 0? -1: 0;
}

static int newconv(Nic *nic, Port *p)
{
	char path[Pathlen], buf[32];
	long n;

	if((p->ctl = open(under(path, nic->dev, "clone"), ORDWR|OCEXEC)) < 0)
		return -1;
	if((n = read(p->ctl, buf, sizeof buf - 1)) > 0 && write(p->ctl, "connect -1", 10) == 10){
		buf[n] = 0;
		nic->id = atoi(buf);
		return 0;
	}
	close(p->ctl);
	return -1;
}

/* what the interface is; -1 and errstr */
static int describe(Nic *nic)
{
	char path[Pathlen], buf[256], hex[3], *s;
	int i;

	if(text(under(path, nic->dev, "addr"), buf, sizeof buf) < 12){
		werrstr("%s: no address", nic->dev);
		return -1;
	}
	for(i = 0; i < 6; i++){
		hex[0] = buf[2*i];
		hex[1] = buf[2*i+1];
		hex[2] = 0;
		nic->addr[i] = strtoul(hex, nil, 16);
	}
	nic->mtu = Defmtu;
	if(text(under(path, nic->dev, "ifstats"), buf, sizeof buf) > 0 && (s = strstr(buf, "mtu:")) != nil)
		nic->mtu = strtoul(s+4, nil, 10);
	return 0;
}

static void got(void *arg, uchar *frame, long n)
{
	if(n > 0)
		ipstack.input(arg, frame, n);
}

static int nicopen(Nic *nic)
{
	char path[Pathlen];
	Port *p;

	if((p = malloc(sizeof *p)) == nil){
		werrstr("%s", Enomem);
		return -1;
	}
	if(describe(nic) < 0 || (share(nic, p) < 0 && newconv(nic, p) < 0)){
		free(p);
		return -1;
	}
	p->data = open(under(path, nic->dev, "%d/data", nic->id), ORDWR|OCEXEC);
	if(p->data < 0 || (p->feed = hostfeed(p->data, Framemax, got, nic)) == nil){
		close(p->data);
		close(p->ctl);
		free(p);
		return -1;
	}
	nic->host = p;
	return 0;
}

static void nicclose(Nic *nic)
{
	Kept **l, *k;
	Port *p;

	for(l = &kept; (k = *l) != nil; ){
		if(k->nic != nic){
			l = &k->next;
			continue;
		}
		*l = k->next;
		free(k);
		nkept--;
	}
	keptlast = l;
	p = nic->host;
	hostunfeed(p->feed);
	close(p->ctl);
	free(p);
}

static void keep(Nic *nic, uchar *frame, u32int n)
{
	Kept *k;

	if(nkept == Maxkept || (k = malloc(sizeof *k + n)) == nil)
		return;
	k->next = nil;
	k->nic = nic;
	k->n = n;
	memmove(k->frame, frame, n);
	*keptlast = k;
	keptlast = &k->next;
	nkept++;
}

static void nicsend(Nic *nic, uchar *frame, u32int n)
{
	if(live)
		write(((Port*)nic->host)->data, frame, n);	/* what cannot be sent is lost, as on a wire */
	else
		keep(nic, frame, n);
}

static int nicmulti(Nic *nic, uchar *a, int add)
{
	return fprint(((Port*)nic->host)->ctl, "%smulti %.2x%.2x%.2x%.2x%.2x%.2x", add? "add": "rem",
		a[0], a[1], a[2], a[3], a[4], a[5]) < 0? -1: 0;
}

/* said with each conversation: one process ticks */
static void begin(Ipstack *s)
{
	if(!ticking)
		ticking = hosttimer(s->tick) == 0;
}

static Nichost nics = {
	.open = nicopen,
	.send = nicsend,
	.close = nicclose,
	.multi = nicmulti,
	.begin = begin,
};

static void golive(Srv *s)
{
	Kept *k;

	USED(s);
	live = 1;
	while((k = kept) != nil){
		nicsend(k->nic, k->frame, k->n);
		kept = k->next;
		free(k);
	}
	keptlast = &kept;
	nkept = 0;
}

static int restore(Srv *s, Img *m)
{
	if(ipstack.srv->restore(s, m) < 0)
		return -1;
	if(ticking)
		return 0;
	s->fini(s);
	werrstr("no process for the timer");
	return -1;
}

Srv *ipuser(Hostopt *o)
{
	static Srv table;

	table = *ipstack.srv;
	table.restore = restore;
	ipstack.host = &nics;
	o->live = golive;
	return &table;
}
