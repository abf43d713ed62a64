/*
 * ntp: ask a time server how far the clock is off, and set it; ntp(8).  The
 * protocol is RFC 5905's, of which a client that asks a few times and takes
 * the answer that was fastest needs only the packet (section 14).
 *
 * An answer must repeat the time that we sent, which is a random number:
 * what cannot have seen our packet is not believed.
 */
#include <u.h>
#include <libc.h>
#include <ip.h>

enum {
	Packetlen = 48,
	Client = 4<<3 | 3,	/* version 4, mode 3 */
	Server = 4,
	Unsynchronized = 3,	/* leap indicator */
	Maxstratum = 15,
	Orig = 24, Recv = 32, Xmit = 40,	/* times in the packet */
};

#define Second 1000000000LL
#define Epoch 2208988800ULL	/* seconds from 1900 to 1970 */

typedef struct Sample Sample;
struct Sample {
	vlong offset;		/* ns that the clock is behind */
	vlong delay;
	int stratum;
};

static void usage(void)
{
	fprint(2, "usage: ip/ntp [-s] [-n tries] [-t ms] [server]\n");
	exits("usage");
}

/* 32 bits of seconds and of parts; after 2036 they begin again at 0 */
static vlong gettime(uchar *p)
{
	u64int s;

	s = nhgetl(p);
	if(s < Epoch)
		s += 1ULL<<32;
	return (s-Epoch)*Second + (vlong)((u64int)nhgetl(p+4)*Second >> 32);
}

/* one question: 0, or -1 and errstr */
static int ask(int fd, long ms, Sample *s)
{
	uchar q[Packetlen] = {0}, a[Packetlen+20*4];
	vlong t1, t2, t3, t4;
	long n;

	q[0] = Client;
	genrandom(q+Xmit, 8);
	t1 = nsec();
	if(write(fd, q, sizeof q) != sizeof q)
		return -1;
	do{
		if((n = readwithin(fd, a, sizeof a, ms)) < 0)
			return -1;
		if(n == 0){
			werrstr("hung up");
			return -1;
		}
		t4 = nsec();
	}while(n < Packetlen || (a[0] & 7) != Server || memcmp(a+Orig, q+Xmit, 8) != 0);
	s->stratum = a[1];
	if(a[0]>>6 == Unsynchronized || s->stratum == 0 || s->stratum > Maxstratum){
		werrstr("the server does not know the time");
		return -1;
	}
	t2 = gettime(a+Recv);
	t3 = gettime(a+Xmit);
	s->offset = ((t2-t1) + (t3-t4))/2;
	s->delay = (t4-t1) - (t3-t2);
	return 0;
}

static int setclock(vlong offset)
{
	uchar buf[9];
	vlong t;
	int fd, i, r;

	fd = open("/dev/bintime", OWRITE);
	if(fd < 0)
		return -1;
	t = nsec() + offset;
	buf[0] = 'n';
	for(i = 0; i < 8; i++)
		buf[1+i] = t>>(56-8*i);
	r = write(fd, buf, sizeof buf) == sizeof buf? 0: -1;
	close(fd);
	return r;
}

static void show(Sample *s)
{
	vlong o;

	o = s->offset < 0? -s->offset: s->offset;
	print("offset %s%lld.%6.6lld delay %lld.%6.6lld stratum %d\n", s->offset < 0? "-": "", o/Second, o%Second/1000,
		s->delay/Second, (s->delay < 0? 0: s->delay%Second)/1000, s->stratum);
}

int main(int argc, char **argv)
{
	int fd, set, tries, got;
	Sample s, best = {0};
	char *server;
	long ms;

	set = got = 0;
	tries = 4;
	ms = 2000;
	ARGBEGIN{
	case 'n':
		tries = atoi(EARGF(usage()));
		break;
	case 's':
		set = 1;
		break;
	case 't':
		ms = atol(EARGF(usage()));
		break;
	default:
		usage();
	}ARGEND
	if(argc > 1 || tries < 1 || ms < 1)
		usage();
	server = netmkaddr(argc > 0? argv[0]: "$ntp", "udp", "123");
	fd = dial(server, nil, nil, nil);
	if(fd < 0)
		sysfatal("%s: %r", server);
	while(tries-- > 0)
		if(ask(fd, ms, &s) == 0 && (got++ == 0 || s.delay < best.delay))
			best = s;
	if(got == 0)
		sysfatal("%s: %r", server);
	show(&best);
	if(set && setclock(best.offset) < 0)
		sysfatal("/dev/bintime: %r");
	exits(nil);
}
