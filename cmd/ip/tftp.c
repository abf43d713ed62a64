/*
 * tftp: get a file from a machine, or put one there, by the trivial file
 * transfer protocol, RFC 1350, with blocks as long as both sides agree on,
 * RFC 2347 and 2348; tftp(1).
 *
 * The server answers from a port of its own, so the conversation is not
 * connected: each datagram has its addresses in front.  The first answer's
 * port is the server's from then on.  What has not been answered is sent
 * again, a number of times.
 */
#include <u.h>
#include <libc.h>
#include <ip.h>

enum {
	RRQ = 1, WRQ, DATA, ACK, ERROR, OACK,
	Hdrlen = 4,
	Defblock = 512,
	Maxblock = 1428,	/* it fits a frame of Ethernet, with all headers */
	Tries = 6,
	Patience = 1000,	/* ms; more each time */
	Firstport = 1024,
};

typedef struct Tftp Tftp;
struct Tftp {
	int fd;			/* the conversation */
	int file;
	int put;
	int known;		/* the server's port is */
	int block;		/* bytes of one */
	u16int num;		/* of the last block got, or put */
	vlong bytes;
	int nout;		/* bytes of out */
	int nin;
	uchar outh[Udphdrsize];	/* where to; the datagram follows */
	uchar out[Hdrlen+Maxblock];
	uchar inh[Udphdrsize];
	uchar in[Hdrlen+Maxblock+1];
};

static void usage(void)
{
	fprint(2, "usage: ip/tftp [-p] host[!port] file [local]\n");
	exits("usage");
}

/* a conversation whose datagrams have headers, on a port of our own, beside the one at dir */
static int conversation(char *dir)
{
	char path[NETPATHLEN+16], num[32], *root;
	u16int port;
	int ctl, n, i;

	root = strrchr(dir, '/');
	snprint(path, sizeof path, "%.*s/clone", (int)(root-dir), dir);
	ctl = open(path, ORDWR|OCEXEC);
	if(ctl < 0 || (n = read(ctl, num, sizeof num-1)) <= 0 || fprint(ctl, "headers") < 0)
		return -1;
	num[n] = 0;
	for(i = 0; i < Tries; i++){
		genrandom(&port, sizeof port);
		if(port >= Firstport && fprint(ctl, "announce %d", port) > 0){
			snprint(path, sizeof path, "%.*s/%d/data", (int)(root-dir), dir, atoi(num));
			return open(path, ORDWR|OCEXEC);
		}
	}
	return -1;
}

/* find the host, and make the conversation: 0, or -1 and errstr */
static int call(Tftp *t, char *host)
{
	char addr[256], dir[NETPATHLEN];
	NetConnInfo *i;
	Udphdr *h;
	int fd, r;

	snprint(addr, sizeof addr, strchr(host, '!') != nil? "udp!%s": "udp!%s!69", host);
	fd = dial(addr, nil, dir, nil);
	if(fd < 0)
		return -1;
	h = (Udphdr*)t->outh;
	r = -1;
	if((i = getnetconninfo(dir, fd)) != nil && parseip(h->raddr, i->rsys) >= 0){
		hnputs(h->rport, atoi(i->rserv));
		t->fd = conversation(dir);
		r = t->fd < 0? -1: 0;
	}
	freenetconninfo(i);
	close(fd);
	return r;
}

static int fromserver(Tftp *t)
{
	Udphdr *i, *o;

	i = (Udphdr*)t->inh;
	o = (Udphdr*)t->outh;
	return ipcmp(i->raddr, o->raddr) == 0 && (!t->known || memcmp(i->rport, o->rport, 2) == 0);
}

/* is it what the last datagram is answered by? */
static int wanted(Tftp *t)
{
	if(t->nin < Hdrlen || !fromserver(t))
		return 0;
	switch(nhgets(t->in)){
	case ERROR:
		return 1;
	case OACK:
		return t->num == 0 && t->bytes == 0;
	case DATA:
		return !t->put && nhgets(t->in+2) == (u16int)(t->num+1) && t->nin <= Hdrlen+t->block;
	case ACK:
		return t->put && nhgets(t->in+2) == t->num;
	}
	return 0;
}

/* wait for the answer: 1, 0 it does not come, -1 and errstr */
static int answer(Tftp *t, vlong until)
{
	vlong left;
	long n;

	while((left = (until - nsec())/1000000) > 0){
		n = readwithin(t->fd, t->inh, Udphdrsize+Hdrlen+t->block+1, left);
		t->nin = n-Udphdrsize;
		if(n < 0 || !wanted(t))
			continue;
		if(!t->known)
			memmove(((Udphdr*)t->outh)->rport, ((Udphdr*)t->inh)->rport, 2);
		t->known = 1;
		if(nhgets(t->in) != ERROR)
			return 1;
		t->in[t->nin] = 0;
		werrstr("%s", t->nin > Hdrlen && t->in[Hdrlen] != 0? (char*)t->in+Hdrlen: "the server refuses");
		return -1;
	}
	return 0;
}

static int send(Tftp *t)
{
	return write(t->fd, t->outh, Udphdrsize+t->nout) == Udphdrsize+t->nout? 0: -1;
}

/* send out until it is answered: 0, or -1 and errstr */
static int exchange(Tftp *t)
{
	int i, r;

	for(i = 1; i <= Tries; i++){
		if(send(t) < 0)
			return -1;
		if((r = answer(t, nsec() + i*Patience*1000000LL)) != 0)
			return r > 0? 0: -1;
	}
	werrstr("no answer");
	return -1;
}

static int request(Tftp *t, char *name)
{
	char *p, *e;

	hnputs(t->out, t->put? WRQ: RRQ);
	p = (char*)t->out+2;
	e = (char*)t->out + sizeof t->out;
	if(strlen(name) > Defblock/2){
		werrstr("name too long");
		return -1;
	}
	p = strecpy(p, e, name)+1;
	p = strecpy(p, e, "octet")+1;
	p = strecpy(p, e, "blksize")+1;
	p = seprint(p, e, "%d", Maxblock)+1;
	t->nout = (uchar*)p - t->out;
	t->block = Maxblock;	/* till the answer says otherwise */
	return exchange(t);
}

/* what the server agrees to: without an answer to it, blocks have their old length */
static int options(Tftp *t)
{
	char *p, *e, *v;

	if(nhgets(t->in) != OACK){
		t->block = Defblock;
		return 0;
	}
	t->in[t->nin] = 0;
	t->block = Defblock;
	e = (char*)t->in+t->nin;
	for(p = (char*)t->in+2; p < e; p = v+strlen(v)+1){
		v = p+strlen(p)+1;
		if(v >= e)
			break;
		if(cistrcmp(p, "blksize") == 0)
			t->block = atoi(v);
	}
	if(t->block >= 8 && t->block <= Maxblock)
		return 0;
	werrstr("the server wants blocks of %d bytes", t->block);
	return -1;
}

static void ack(Tftp *t)
{
	hnputs(t->out, ACK);
	hnputs(t->out+2, t->num);
	t->nout = Hdrlen;
}

static int get(Tftp *t)
{
	int n;

	if(nhgets(t->in) == OACK){
		ack(t);
		if(exchange(t) < 0)
			return -1;
	}
	for(;;){
		n = t->nin-Hdrlen;
		if(write(t->file, t->in+Hdrlen, n) != n)
			return -1;
		t->bytes += n;
		t->num++;
		ack(t);
		if(n < t->block)
			return send(t);
		if(exchange(t) < 0)
			return -1;
	}
}

static int put(Tftp *t)
{
	int n;

	do{
		n = readn(t->file, t->out+Hdrlen, t->block);
		if(n < 0)
			return -1;
		hnputs(t->out, DATA);
		hnputs(t->out+2, ++t->num);
		t->nout = Hdrlen+n;
		t->bytes += n;
		if(exchange(t) < 0)
			return -1;
	}while(n == t->block);
	return 0;
}

static char *lastpart(char *s)
{
	char *p;

	p = strrchr(s, '/');
	return p != nil? p+1: s;
}

/* the local file; one to be written only when the server has said yes */
static int openlocal(Tftp *t, char *name)
{
	if(t->put)
		t->file = open(name, OREAD);
	else
		t->file = strcmp(name, "-") == 0? 1: create(name, OWRITE, 0666);
	return t->file < 0? -1: 0;
}

int main(int argc, char **argv)
{
	static Tftp t;
	char *local;

	ARGBEGIN{
	case 'p':
		t.put = 1;
		break;
	default:
		usage();
	}ARGEND
	if(argc < 2 || argc > 3)
		usage();
	local = argc == 3? argv[2]: lastpart(argv[1]);
	if((t.put && openlocal(&t, local) < 0) || call(&t, argv[0]) < 0 || request(&t, argv[1]) < 0 || options(&t) < 0 ||
	   (!t.put && openlocal(&t, local) < 0) || (t.put? put(&t): get(&t)) < 0)
		sysfatal("%s: %r", argv[1]);
	exits(nil);
}
