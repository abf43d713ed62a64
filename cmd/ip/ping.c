/*
 * ping: send echo requests and measure what comes back: ping(8).  One process
 * sends, in time; another, that shares memory, reads.  A message is known by
 * its sequence number; when it was sent is kept here, not in it.
 */
#include <u.h>
#include <libc.h>
#include <ip.h>

enum {
	Icmphdr = 8,
	Maxsize = 65535-40,
	Nseq = 1<<16,
};

/* what of a packet is where, for IPv4 and IPv6 */
typedef struct Kind Kind;
struct Kind {
	char *net;
	int hdr, ttl;
	int request, reply;
};
static Kind v4 = { "icmp", 20, 8, 8, 0 };
static Kind v6 = { "icmpv6", 40, 7, 128, 129 };

static Kind *kind;
static int fd;
static int size = 64, count = 32, interval = 1000, wait1 = 5000;
static int quiet, lostonly;
static int stopped;
static long change;	/* semaphore: an answer has come */

static Lock lk;		/* the rest */
static vlong sentat[Nseq];	/* ns; 0: not sent, or answered */
static int nsent, nreceived, ndup, ended;
static vlong rttsum, rttmin, rttmax;

static void usage(void)
{
	fprint(2, "usage: ip/ping [-6flq] [-i interval] [-n count] [-s size] [-w wait] host\n");
	exits("usage");
}

/* --- the reader --- */
static void count1(vlong rtt)
{
	if(nreceived++ == 0 || rtt < rttmin)
		rttmin = rtt;
	if(rtt > rttmax)
		rttmax = rtt;
	rttsum += rtt;
}

static void answer(uchar *p, int n, vlong now)
{
	int seq, ttl;
	vlong rtt;

	if(n < kind->hdr+Icmphdr || p[kind->hdr] != kind->reply)
		return;
	seq = nhgets(p+kind->hdr+6);
	ttl = p[kind->ttl];
	lock(&lk);
	rtt = -1;
	if(sentat[seq] != 0){
		rtt = now-sentat[seq];
		sentat[seq] = 0;
		count1(rtt);
	}else if(seq < nsent)
		ndup++;
	unlock(&lk);
	if(rtt < 0)
		return;
	if(!quiet && !lostonly)
		print("%d: %d bytes, ttl %d, rtt %lld µs\n", seq, n-kind->hdr, ttl, rtt/1000);
	semrelease(&change, 1);
}

static void reader(void)
{
	uchar *buf;
	long n;

	buf = malloc(size+1500);
	while(buf != nil && (n = read(fd, buf, size+1500)) > 0)
		answer(buf, n, nsec());
	if(!stopped)
		fprint(2, "ping: read: %r\n");
	lock(&lk);
	ended = 1;
	unlock(&lk);
	semrelease(&change, 1);
	_exits(nil);
}

/* --- the sender --- */
static int send(int seq)
{
	uchar *p;
	int i, n, r;

	n = kind->hdr+size;
	p = mallocz(n, 1);
	if(p == nil)
		return -1;
	p[kind->hdr] = kind->request;
	hnputs(p+kind->hdr+6, seq);
	for(i = Icmphdr; i < size; i++)
		p[kind->hdr+i] = i;
	lock(&lk);
	sentat[seq] = nsec();
	nsent = seq+1;
	unlock(&lk);
	r = write(fd, p, n) == n? 0: -1;
	free(p);
	return r;
}

static int over(void)
{
	int r;

	lock(&lk);
	r = stopped || ended || nreceived == count;
	unlock(&lk);
	return r;
}

/* until t, or until all is over; all: or until there is nothing to wait for */
static void waituntil(vlong t, int all)
{
	vlong ms;

	while(!stopped && !ended && (ms = (t-nsec())/1000000) > 0){
		if(all && (over() || nreceived == nsent))
			return;
		tsemacquire(&change, ms);
	}
}

static void sendall(void)
{
	vlong next;
	int i;

	next = nsec();
	for(i = 0; i < count && !stopped && !ended; i++){
		if(send(i) < 0)
			fprint(2, "%d: %r\n", i);
		next += (vlong)interval*1000000;
		if(i < count-1)
			waituntil(next, 0);
	}
	waituntil(nsec()+(vlong)wait1*1000000, 1);
}

static void sayend(void)
{
	int i;

	lock(&lk);
	if(lostonly)
		for(i = 0; i < nsent; i++)
			if(sentat[i] != 0)
				print("%d: lost\n", i);
	print("%d sent, %d received, %d lost", nsent, nreceived, nsent-nreceived);
	if(ndup > 0)
		print(", %d twice", ndup);
	if(nreceived > 0)
		print("; rtt min %lld avg %lld max %lld µs", rttmin/1000, rttsum/nreceived/1000, rttmax/1000);
	print("\n");
	unlock(&lk);
}

static int note(void *ureg, char *s)
{
	USED(ureg);
	if(strcmp(s, "interrupt") != 0)
		return 0;
	stopped = 1;
	return 1;
}

static void call(char *host, int six)
{
	uchar ip[IPaddrlen];
	char *addr;

	kind = six || parseip(ip, host) == 6? &v6: &v4;
	if(strchr(host, '!') != nil){
		addr = host;
		if(strstr(host, "icmpv6!") != nil)
			kind = &v6;
	}else
		addr = netmkaddr(host, kind->net, "1");
	fd = dial(addr, nil, nil, nil);
	if(fd < 0)
		sysfatal("%s: %r", host);
}

int main(int argc, char **argv)
{
	int six = 0, pid;

	ARGBEGIN{
	case '6':
		six = 1;
		break;
	case 'f':
		interval = 0;
		break;
	case 'i':
		interval = atoi(EARGF(usage()));
		break;
	case 'l':
		lostonly = 1;
		break;
	case 'n':
		count = atoi(EARGF(usage()));
		break;
	case 'q':
		quiet = 1;
		break;
	case 's':
		size = atoi(EARGF(usage()));
		break;
	case 'w':
		wait1 = atoi(EARGF(usage()));
		break;
	default:
		usage();
	}ARGEND
	if(argc != 1 || count < 1 || count > Nseq || size < Icmphdr || size > Maxsize || interval < 0)
		usage();
	call(argv[0], six);
	atnotify(note, 1);
	pid = rfork(RFPROC|RFMEM|RFNOWAIT);
	if(pid == 0)
		reader();
	if(pid < 0)
		sysfatal("fork: %r");
	sendall();
	stopped = 1;
	postnote(PNPROC, pid, "kill");
	sayend();
	exits(nsent == nreceived? nil: "lost messages");
}
