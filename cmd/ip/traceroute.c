/*
 * traceroute: who forwards packets to a host: ping(8).  Echo requests are
 * sent with a small time to live; who throws one away says so, and the stack
 * gives that to the conversation whose packet it was, ip(3).  A process that
 * shares memory reads, so that this one can wait for a time too.
 */
#include <u.h>
#include <libc.h>
#include <ip.h>

enum {
	Icmphdr = 8,
	Size = 32,
	Maxhops = 255,
	Bufsize = 2048,
};

/* what of a packet is where, for IPv4 and IPv6 */
typedef struct Kind Kind;
struct Kind {
	char *net;
	int hdr, src;
	int request, reply, exceeded, unreachable;
};
static Kind v4 = { "icmp", 20, 12, 8, 0, 11, 3 };
static Kind v6 = { "icmpv6", 40, 8, 128, 129, 3, 1 };

static Kind *kind;
static int fd, ctl;
static int want;		/* the sequence number waited for */
static long came;		/* semaphore: the following are of want */
static Lock lk;
static int answered;		/* type of the message; -1: none yet */
static uchar from[IPaddrlen];
static vlong at;

static void usage(void)
{
	fprint(2, "usage: ip/traceroute [-6] [-m hops] [-q count] [-w wait] host\n");
	exits("usage");
}

/* --- the reader --- */
static void srcaddr(uchar *p, uchar *ip)
{
	if(kind == &v4)
		v4tov6(ip, p+kind->src);
	else
		memmove(ip, p+kind->src, IPaddrlen);
}

/* the length of the IP header of a packet that is in a message */
static int innerhdr(uchar *p)
{
	return kind == &v4? (p[0] & 15)*4: kind->hdr;
}

/* the sequence number of the request that the packet is about, or -1 */
static int about(uchar *p, int n)
{
	uchar *m, *e;

	e = p+n;
	m = p+kind->hdr;
	if(n < kind->hdr+Icmphdr)
		return -1;
	if(m[0] == kind->reply)
		return nhgets(m+6);
	if(m[0] != kind->exceeded && m[0] != kind->unreachable)
		return -1;
	m += Icmphdr;
	if(e-m < kind->hdr || innerhdr(m) < kind->hdr || e-m < innerhdr(m)+Icmphdr)
		return -1;
	m += innerhdr(m);
	return m[0] == kind->request? nhgets(m+6): -1;
}

static void reader(void)
{
	static uchar buf[Bufsize];
	long n;

	while((n = read(fd, buf, sizeof buf)) > 0){
		lock(&lk);
		if(answered < 0 && about(buf, n) == want){
			answered = buf[kind->hdr];
			srcaddr(buf, from);
			at = nsec();
			semrelease(&came, 1);
		}
		unlock(&lk);
	}
	_exits(nil);
}

/* --- the sender --- */
static int probe(int ttl, int seq, int wait)
{
	uchar p[40+Size];
	vlong end, ms;
	int n, r;

	if(fprint(ctl, "ttl %d", ttl) < 0)
		sysfatal("ttl: %r");
	n = kind->hdr+Size;
	memset(p, 0, sizeof p);
	p[kind->hdr] = kind->request;
	hnputs(p+kind->hdr+6, seq);
	lock(&lk);
	want = seq;
	answered = -1;
	unlock(&lk);
	while(semacquire(&came, 0) == 1)
		;	/* the last one's, too late */
	end = nsec()+(vlong)wait*1000000;
	if(write(fd, p, n) != n)
		sysfatal("write: %r");
	while((ms = (end-nsec())/1000000) > 0 && tsemacquire(&came, ms) != 1)
		;
	lock(&lk);
	r = answered;
	unlock(&lk);
	return r;
}

/* one line; does the way end here? */
static int hop(int ttl, int count, int wait)
{
	uchar last[IPaddrlen];
	vlong start;
	int i, r, end;

	print("%2d", ttl);
	memset(last, 0, sizeof last);
	end = 0;
	for(i = 0; i < count; i++){
		start = nsec();
		r = probe(ttl, ttl*count+i, wait);
		if(r < 0){
			print("  *");
			continue;
		}
		if(ipcmp(last, from) != 0)
			print("  %I", from);
		memmove(last, from, sizeof last);
		print("  %lld µs", (at-start)/1000);
		if(r == kind->unreachable)
			print(" unreachable");
		if(r != kind->exceeded)
			end = 1;
	}
	print("\n");
	return end;
}

int main(int argc, char **argv)
{
	uchar ip[IPaddrlen];
	int i, pid, six = 0, hops = 30, count = 3, wait = 1000;

	fmtinstall('I', eipfmt);
	ARGBEGIN{
	case '6':
		six = 1;
		break;
	case 'm':
		hops = atoi(EARGF(usage()));
		break;
	case 'q':
		count = atoi(EARGF(usage()));
		break;
	case 'w':
		wait = atoi(EARGF(usage()));
		break;
	default:
		usage();
	}ARGEND
	if(argc != 1 || hops < 1 || hops > Maxhops || count < 1 || count > 100)
		usage();
	kind = six || parseip(ip, argv[0]) == 6? &v6: &v4;
	fd = dial(netmkaddr(argv[0], kind->net, "1"), nil, nil, &ctl);
	if(fd < 0)
		sysfatal("%s: %r", argv[0]);
	pid = rfork(RFPROC|RFMEM|RFNOWAIT);
	if(pid == 0)
		reader();
	if(pid < 0)
		sysfatal("fork: %r");
	for(i = 1; i <= hops && !hop(i, count, wait); i++)
		;
	postnote(PNPROC, pid, "kill");
	exits(i > hops? "not reached": nil);
}
