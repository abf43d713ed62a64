/*
 * ipmovetest: two IP stacks talk while one of them, or both, move.
 *
 *	ipmovetest [-blu] [-n streams] [-k moves] [-m 'rc command'] dir0 addr0 dir1 addr1
 *	ipmovetest line ether0 ether1 loss swap twice
 *
 * Streams go both ways on each of n connections; the command, which moves a stack, is run
 * k times, each time after every stream has gone on.  With -b there are also some
 * two hundred connections in all states, which must be as they were left (-l: on a bad line, datagrams may be lost),
 * with -u datagrams both ways, of which none may be lost.
 * Anything that is not as it should be ends the program with a word about it.
 */
#include <u.h>
#include <libc.h>
#include "ipmovetest.h"

enum {
	Port = 7000,
	Block = 4096,		/* the first byte says whether it is the last */
	Maxstreams = 64,
	Enough = 3,		/* blocks of each stream between two moves */
};

typedef struct Stream Stream;
struct Stream {
	int fd[2];		/* from, to */
	uint seed;
	long blocks;		/* that have come */
	long sent;
};

Net net[2];

static Stream stream[Maxstreams];
static int nstream;
static Call calls[Maxstreams/2];
static QLock lk;
static Rendez went = { .l = &lk };	/* some stream went on */
static int stop, over;
static int group;

void fail(char *file, int line, char *what)
{
	fprint(1, "%s:%d: %s: %r\n", file, line, what);
	postnote(PNGROUP, group, "kill");
	exits("failed");
}

int begin(void (*f)(void*), void *arg)
{
	int pid;

	pid = rfork(RFPROC|RFMEM|RFNOWAIT);
	if(pid == 0){
		f(arg);
		_exits(nil);
	}
	need(pid > 0);
	return pid;
}

void awaitblocked(int pid)
{
	char path[32], buf[256], *f[4];
	int fd, n;

	snprint(path, sizeof path, "/proc/%d/status", pid);
	for(;;){
		need((fd = open(path, OREAD|OCEXEC)) >= 0);
		need((n = read(fd, buf, sizeof buf - 1)) > 0);
		close(fd);
		buf[n] = 0;
		need(tokenize(buf, f, nelem(f)) == nelem(f));
		if(strcmp(f[2], "Open") == 0 || strcmp(f[2], "Pread") == 0 || strcmp(f[2], "Pwrite") == 0)
			return;
		sleep(0);
	}
}

/* --- conversations --- */
int fileof(Net *n, char *proto, int conv, char *name)
{
	char path[128];
	int fd;

	snprint(path, sizeof path, "%s/%s/%d/%s", n->dir, proto, conv, name);
	need((fd = open(path, ORDWR|OCEXEC)) >= 0);
	return fd;
}

static int number(int ctl)
{
	char buf[32];
	long n;

	need((n = pread(ctl, buf, sizeof buf - 1, 0)) > 0);
	buf[n] = 0;
	return atoi(buf);
}

int convnew(Net *n, char *proto, int *id)
{
	char path[128];
	int fd;

	snprint(path, sizeof path, "%s/%s/clone", n->dir, proto);
	need((fd = open(path, ORDWR|OCEXEC)) >= 0);
	*id = number(fd);
	return fd;
}

int convannounce(char *proto, int port, int *id)
{
	int ctl;

	ctl = convnew(&net[1], proto, id);
	need(fprint(ctl, "announce %d", port) > 0);
	return ctl;
}

int callaccept(int lid, int *data)
{
	int ctl;

	ctl = fileof(&net[1], "tcp", lid, "listen");
	*data = fileof(&net[1], "tcp", number(ctl), "data");
	return ctl;
}

void calldial(Call *c, int port)
{
	int id;

	c->ctl[0] = convnew(&net[0], "tcp", &id);
	need(fprint(c->ctl[0], "connect %s!%d", net[1].addr, port) > 0);
	c->data[0] = fileof(&net[0], "tcp", id, "data");
}

void callmake(Call *c, int lid, int port)
{
	calldial(c, port);
	c->ctl[1] = callaccept(lid, &c->data[1]);
}

void callend(Call *c, int end)
{
	close(c->data[end]);
	close(c->ctl[end]);
	c->data[end] = c->ctl[end] = -1;
}

/* --- bytes --- */
static void fill(uchar *p, uint seed, vlong at, long n)
{
	uvlong x;
	long i;

	for(i = 0; i < n; i++){
		x = (at+i)*0x9E3779B97F4A7C15UL + seed*0xD1B54A32D192ED03UL;
		p[i] = x >> 56;
	}
}

void put(int fd, uint seed, vlong at, long n)
{
	uchar buf[Block];
	long k;

	for(; n > 0; n -= k, at += k){
		k = n < Block? n: Block;
		fill(buf, seed, at, k);
		need(write(fd, buf, k) == k);
	}
}

void get(int fd, uint seed, vlong at, long n)
{
	uchar buf[Block], want[Block];
	long k;

	for(; n > 0; n -= k, at += k){
		k = read(fd, buf, n < Block? n: Block);
		need(k > 0);
		fill(want, seed, at, k);
		need(memcmp(buf, want, k) == 0);
	}
}

void talk(Call *c, uint seed)
{
	put(c->data[0], seed, 0, 30);
	get(c->data[1], seed, 0, 30);
	put(c->data[1], seed+1, 0, 40);
	get(c->data[0], seed+1, 0, 40);
}

/* --- streams --- */
static void writer(void *arg)
{
	uchar last;
	Stream *s;

	s = arg;
	do{
		last = __atomic_load_n(&stop, __ATOMIC_RELAXED);
		need(write(s->fd[0], &last, 1) == 1);
		put(s->fd[0], s->seed, s->sent*Block, Block-1);
		s->sent++;
	}while(!last);
}

static void reader(void *arg)
{
	Stream *s;
	uchar last;

	s = arg;
	do{
		need(read(s->fd[1], &last, 1) == 1);
		get(s->fd[1], s->seed, s->blocks*Block, Block-1);
		qlock(&lk);
		s->blocks++;
		over += last;
		rwakeup(&went);
		qunlock(&lk);
	}while(!last);
}

static void streamsbegin(int n)
{
	Stream *s;
	int i, lid, k;

	convannounce("tcp", Port, &lid);
	nstream = 2*n;
	for(i = 0; i < n; i++){
		callmake(&calls[i], lid, Port);
		for(k = 0; k < 2; k++){
			s = &stream[2*i+k];
			s->fd[0] = calls[i].data[k];
			s->fd[1] = calls[i].data[!k];
			s->seed = 2*i+k;
		}
	}
	for(i = 0; i < nstream; i++){
		begin(writer, &stream[i]);
		begin(reader, &stream[i]);
	}
}

static void allwent(void)
{
	long was[Maxstreams];
	int i;

	qlock(&lk);
	for(i = 0; i < nstream; i++)
		was[i] = stream[i].blocks;
	for(i = 0; i < nstream; i++)
		while(stream[i].blocks < was[i]+Enough)
			rsleep(&went);
	qunlock(&lk);
}

static vlong streamsend(void)
{
	vlong sum;
	int i;

	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	qlock(&lk);
	while(over < nstream)
		rsleep(&went);
	qunlock(&lk);
	sum = 0;
	for(i = 0; i < nstream; i++){
		need(stream[i].blocks == stream[i].sent);
		sum += stream[i].blocks*Block;
	}
	for(i = 0; i < nstream/2; i++){
		callend(&calls[i], 0);
		need(read(calls[i].data[1], &i, 1) == 0);
		callend(&calls[i], 1);
	}
	return sum;
}

static void run(char *cmd)
{
	Waitmsg *w;
	int pid;

	pid = rfork(RFPROC|RFFDG);
	if(pid == 0){
		execl("/bin/rc", "rc", "-c", cmd, nil);
		_exits("exec");
	}
	need(pid > 0);
	do
		need((w = wait()) != nil);
	while(w->pid != pid);
	if(w->msg[0] != 0)
		werrstr("%s", w->msg);
	need(w->msg[0] == 0);
	free(w);
}

static void usage(void)
{
	fprint(2, "usage: ipmovetest [-blu] [-n streams] [-k moves] [-m command] dir0 addr0 dir1 addr1\n"
		"       ipmovetest line ether0 ether1 loss swap twice\n");
	exits("usage");
}

static void linebad(void)
{
	int fd;

	need((fd = create(Badline, OWRITE, 0600)) >= 0);
	close(fd);
}

static void test(int states, int lossy, int udp, int n, int moves, char *cmd)
{
	int i, others;
	vlong sum;

	if(states)
		statesbegin(lossy);
	streamsbegin(n);
	if(udp)		/* now the neighbours know each other: few datagrams wait for that */
		flowsbegin();
	if(lossy)
		linebad();
	for(i = 0; i <= moves; i++){
		allwent();
		if(udp)
			flowswent();
		if(i < moves)
			run(cmd);
	}
	if(udp)
		flowsend();
	sum = streamsend();
	others = states? statesend(): 0;
	print("%d moves, %d connections, %s\n", moves, nstream/2+others, sum > 0? "nothing lost": "nothing sent");
}

int main(int argc, char **argv)
{
	int states, lossy, udp, n, moves;
	char *cmd;

	states = lossy = udp = moves = 0;
	n = 1;
	cmd = nil;
	group = getpid();
	ARGBEGIN{
	case 'b':
		states = 1;
		break;
	case 'l':
		lossy = 1;
		break;
	case 'k':
		moves = atoi(EARGF(usage()));
		break;
	case 'm':
		cmd = EARGF(usage());
		break;
	case 'u':
		udp = 1;
		break;
	case 'n':
		n = atoi(EARGF(usage()));
		break;
	default:
		usage();
	}ARGEND
	if(argc == 6 && strcmp(argv[0], "line") == 0){
		line(argv[1], argv[2], atoi(argv[3]), atoi(argv[4]), atoi(argv[5]));
		exits(nil);
	}
	if(argc != 4 || n < 1 || n > Maxstreams/2 || (moves > 0 && cmd == nil))
		usage();
	net[0] = (Net){ argv[0], argv[1] };
	net[1] = (Net){ argv[2], argv[3] };
	rfork(RFNOTEG);
	test(states, lossy, udp, n, moves, cmd);
	exits(nil);
}
