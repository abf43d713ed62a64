/*
 * badclient: clients that do everything wrong, and the servers that must bear it.
 *
 *	badclient rounds seed server [arg ...]
 *	badclient -k rounds seed kind [arg]
 *
 * Each fault is tried on a server of its own, the program named, which speaks 9P
 * on its standard input and output.  It must answer every whole message or hang up,
 * use no more than a bounded amount of memory, and end when its client
 * has gone, without having been broken.
 *
 * With -k the server is one in the kernel, of that kind, and the client another
 * user's process, in which the server's code runs then.  A second client,
 * which does nothing wrong, must be served all the time, and nothing of the
 * other may stay in the server when it has gone, or be in the way when the
 * server is removed before.
 */
#include "hostile.h"
#include <9p.h>
#include <auth.h>

enum {
	Msize = 8192 + IOHDRSZ,
	Flood = 20000,		/* requests without reading an answer: more than pipes hold */
	Memory = 24*1024,	/* KB that the server may have then */
};

enum {
	Cnoread, Cflood, Cdrop, Crunt, Chuge, Csize, Ctype, Ctags, Cfids, Cunknown, Cwalks, Cstats, Ccounts, Cversions, Cflushes,
	Cbits, Cgarbage, Copens, Nfault,
};
static char *names[Nfault] = {
	"never reads", "floods", "drops in a message", "runts", "huge", "wrong sizes", "wrong types", "tags twice", "fids twice",
	"unknown fids", "bad walks", "bad stats", "bad counts", "versions", "flushes", "flipped bits", "garbage", "opens twice",
};

static int fd;
static uchar out[Msize + 100], in[Msize + 100];
static long sent, answered;

static int put(uint n)
{
	sent++;
	return write(fd, out, n) == (long)n ? 0 : -1;
}

static int send(Fcall *t)
{
	return put(convS2M(t, out, sizeof out));
}

/* an answer, unless the server hung up: 0, -1 */
static int recv(Fcall *r)
{
	long n;

	n = read(fd, in, sizeof in);
	if(n <= 0)
		return -1;
	answered++;
	need(convM2S(in, n, r) == (uint)n && (r->type & 1));
	return 0;
}

static int rpc(Fcall *t)
{
	Fcall r;

	if(send(t) < 0 || recv(&r) < 0)
		return -1;
	need(r.tag == t->tag && (r.type == t->type + 1 || r.type == Rerror));
	return r.type == Rerror;
}

static int version(uint msize)
{
	Fcall t = { .type = Tversion, .tag = NOTAG, .msize = msize, .version = VERSION9P };

	return rpc(&t);
}

/* fid 0 is the root, and 1 is open there: 0; 1 if it may not be; -1 */
static int begin(char *uname)
{
	Fcall t = { .type = Tattach, .tag = 1, .fid = 0, .afid = NOFID, .uname = uname, .aname = "" };
	Fcall w = { .type = Twalk, .tag = 1, .fid = 0, .newfid = 1 };
	Fcall o = { .type = Topen, .tag = 1, .fid = 1, .mode = OREAD };

	return version(Msize) == 0 && rpc(&t) == 0 && rpc(&w) == 0 ? rpc(&o) : -1;
}

/* a request by chance; most name fids that there are */
static void request(Fcall *t)
{
	static const u8int types[] = { Twalk, Topen, Tcreate, Tread, Twrite, Tclunk, Tremove, Tstat, Twstat, Tflush, Tattach, Tauth };
	static uchar data[Msize];
	static char *words[] = { "..", ".", "", "a", "b", "a/b", "\001", "long name with much in it", "tmp" };
	int i;

	memset(t, 0, sizeof *t);
	t->type = types[below(nelem(types))];
	t->tag = below(20);
	t->fid = below(4);
	t->newfid = below(6);
	t->afid = oneof(2) ? NOFID : below(4);
	t->uname = t->aname = t->name = words[below(nelem(words))];
	t->nwname = below(4);
	for(i = 0; i < t->nwname; i++)
		t->wname[i] = words[below(nelem(words))];
	t->mode = rnd();
	t->perm = oneof(2) ? 0666 : rnd();
	t->offset = oneof(2) ? 0 : oneof(2) ? below(10000) : rnd();
	t->count = t->type == Twrite ? below(1000) : oneof(4) ? rnd() : below(9000);
	t->data = (char*)data;
	t->nstat = below(200);
	t->stat = data;
	t->oldtag = below(20);
}

static void noread(int flood)
{
	Fcall t = { .type = Tread, .fid = 1, .count = 8000 };
	int i;

	alarm(300);	/* it may stop reading as well */
	for(i = 0; i < Flood; i++){
		if(flood)
			request(&t);
		else
			t.type = oneof(2) ? Tread : Tstat;
		t.tag = i;
		if(send(&t) < 0)
			break;
	}
	alarm(0);
}

static void spoil(int fault, Fcall *t, uint n)
{
	switch(fault){
	case Crunt: n = below(7); break;
	case Chuge: n = sizeof out; memset(out, 0x7f, 4); break;
	case Csize: out[below(4)] ^= 1 << below(8); break;
	case Ctype: out[4] = rnd(); break;
	case Cbits: out[below(n)] ^= 1 << below(8); break;
	case Cgarbage:
		n = 1 + below(300);
		prng(out, n);
		if(oneof(2)){
			out[0] = n;
			out[1] = n>>8;
			out[2] = out[3] = 0;
		}
		break;
	case Cwalks:
		t->nwname = 17;
		n = convS2M(t, out, sizeof out);
		if(n == 0){
			t->nwname = 1;
			t->wname[0] = "x";
			n = convS2M(t, out, sizeof out);
			out[15] = 17 + below(60000);
		}
		break;
	}
	put(n);
}

/* requests of one kind, each spoiled, and the answers that come */
static void wrongly(int fault)
{
	Fcall t, r;
	int i;
	uint n;

	for(i = 0; i < 20; i++){
		request(&t);
		if(fault == Cunknown)
			t.fid = 1000 + below(1000);
		else if(fault == Cfids){
			t.type = oneof(2) ? Twalk : Tattach;
			t.fid = t.newfid = below(2);
		}else if(fault == Ccounts){
			t.type = Tread;
			t.count = rnd() | 0x80000000;
			t.offset = oneof(2) ? 0 : rnd();
			t.fid = 1;
		}else if(fault == Cstats)
			t.type = Twstat;
		else if(fault == Copens)
			t.type = Topen;
		else if(fault == Cwalks)
			t.type = Twalk;
		else if(fault == Cflushes)
			t.type = Tflush;
		n = convS2M(&t, out, sizeof out);
		if(n == 0)
			continue;
		if(fault == Cversions){
			if(version(oneof(2) ? rnd() : below(300)) < 0)
				break;
			continue;
		}
		spoil(fault, &t, n);
		alarm(20);	/* half a message has no answer */
		if(recv(&r) < 0 && fault != Crunt && fault != Csize && fault != Cgarbage && fault != Cbits)
			break;
	}
	alarm(0);
}

/* all tags at once, and each twice */
static void tags(void)
{
	Fcall t = { .type = Tstat, .fid = 0 }, r;
	int i;

	for(i = 0; i < 100; i++){
		t.tag = i/2;
		if(send(&t) < 0)
			return;
	}
	alarm(1000);
	for(i = 0; i < 100; i++)
		if(recv(&r) < 0)
			break;
	alarm(0);
}

static void act(int fault)
{
	switch(fault){
	case Cnoread:
	case Cflood:
		noread(fault == Cflood);
		break;
	case Cdrop:
		memset(out, 0, 40);
		out[0] = 40;
		out[4] = Tread;
		put(1 + below(39));
		break;
	case Ctags:
		tags();
		break;
	default:
		wrongly(fault);
	}
}

/* the server's memory, in KB; -1: it is gone */
static long memoryof(int pid, char **state)
{
	static char buf[512], *f[16];
	char name[64];

	snprint(name, sizeof name, "#p/%d/status", pid);
	if(readfile(name, buf, sizeof buf) <= 0)
		return -1;
	tokenize(buf, f, nelem(f));
	*state = f[2];
	return atoi(f[9]);
}

/* a process that kills pid if it takes too long */
static int nagger(int pid)
{
	char name[64];
	int nag;

	nag = rfork(RFPROC);
	if(nag == 0){
		sleep(20000);
		snprint(name, sizeof name, "#p/%d/ctl", pid);
		writefile(name, "kill");
		_exits("");
	}
	return nag;
}

/* pid must end, and not by breaking, or by nag, which is not needed then */
static void ended(int pid, int nag)
{
	Waitmsg *w;

	while((w = wait()) != nil && w->pid != pid){
		need(w->pid != nag);
		free(w);
	}
	/* a write that nobody reads any more may be its end, but no fault of its own */
	need(w != nil && (strstr(w->msg, "sys:") == nil || strstr(w->msg, "closed pipe") != nil) && strstr(w->msg, "kill") == nil);
	free(w);
	postnote(PNPROC, nag, "kill");
	waitpid();
}

/* the client goes; the server must as well */
static void leave(int pid)
{
	char *state;

	alarm(0);
	need(memoryof(pid, &state) < Memory);
	close(fd);
	ended(pid, nagger(pid));
}

static void once(int fault, char **server)
{
	char path[64];
	int p[2], pid;

	need(pipe(p) == 0);
	pid = rfork(RFPROC|RFFDG|RFNAMEG|RFNOTEG|RFREND);
	if(pid == 0){
		dup(p[1], 0);
		dup(p[1], 1);
		close(p[0]);
		close(p[1]);
		snprint(path, sizeof path, "/bin/%s", server[0]);
		notify(nil);
		exec(path, server);
		_exits("exec");
	}
	close(p[1]);
	fd = p[0];
	need(begin(getuser()) == 0);
	act(fault);
	leave(pid);
}

/* --- a server in the kernel --- */
#define Name "badclient"

static int ctl;			/* of the server */
static Counts before;		/* what there was when it was made */

static void tell(char *what)
{
	need(write(ctl, what, strlen(what)) == (long)strlen(what));
}

/* the server has what the good client has, and nothing else */
static int onlygood(void)
{
	static char buf[1024];

	if(readfile("#h/" Name "/status", buf, sizeof buf) <= 0)
		return 0;
	return strstr(buf, "connections 1\n") != nil && strstr(buf, "fids 2\n") != nil && strstr(buf, "requests 0\n") != nil;
}

static void waitgone(void)
{
	int i;

	for(i = 0; !onlygood(); i++){
		if(i == 2000){
			need(!"nothing left of the client");
			break;
		}
		sleep(5);
	}
}

/* the good client has an answer; its own requests are not among the numbers of messages */
static void good(int n)
{
	Fcall t = { .type = Tstat, .tag = 1, .fid = 0 };

	for(; n > 0; n--)
		need(rpc(&t) == 0);
	sent = answered = 0;
}

static int opened(char *post)
{
	int f;

	f = open(post, ORDWR);
	need(f >= 0 && remove(post) == 0);
	return f;
}

static void make(char **kind)
{
	char buf[128];

	snprint(buf, sizeof buf, "new %s " Name " %q", kind[0], kind[1] != nil ? kind[1] : "");
	need(writefile("#h/ctl", buf) == 0);
	ctl = open("#h/" Name "/ctl", OWRITE|OCEXEC);
	fd = opened("#s/" Name);
	need(begin(getuser()) == 0);
	tell("post " Name);
}

/* the bad client, in a process of its own; what it did is told to res */
static void bad(int fault, char *uname, int stay, int res)
{
	Counts now;
	long did[3];
	int r;

	sent = answered = faults = 0;
	chance = rnd();
	need(capuser("sys") == 0);
	r = begin(uname);
	need(r == 0 || (r == 1 && strcmp(uname, "sys") == 0));
	act(fault);
	alarm(0);
	count(&now);
	need(!grown(now.kernel, before.kernel, Memory*1024LL/4096));
	did[0] = sent;
	did[1] = answered;
	did[2] = faults;
	write(res, did, sizeof did);
	while(stay && read(fd, in, sizeof in) > 0)
		;
	_exits("");
}

static void hosted(int fault, char **kind)
{
	static long total[2];
	char *uname;
	long did[3];
	int res[2], b, pid, nag, stay;

	count(&before);
	make(kind);
	uname = oneof(2) ? getuser() : "sys";
	stay = oneof(3);
	b = opened("#s/" Name);
	need(pipe(res) == 0);
	pid = rfork(RFPROC|RFFDG|RFNOTEG|RFREND);
	if(pid == 0){
		close(ctl);
		close(fd);
		close(res[0]);
		fd = b;
		bad(fault, uname, stay, res[1]);
	}
	close(res[1]);
	close(b);
	nag = nagger(pid);
	good(20);
	if(read(res[0], did, sizeof did) == sizeof did){
		total[0] += did[0];
		total[1] += did[1];
		faults += did[2];
	}else
		need(!"the client's end");
	good(1);
	if(stay)
		tell("remove");
	ended(pid, nag);
	if(!stay){
		waitgone();
		good(1);
		tell("remove");
	}
	need(read(fd, in, sizeof in) <= 0);
	close(fd);
	close(ctl);
	close(res[0]);
	sent = total[0];
	answered = total[1];
}

static int calm(void *u, char *msg)
{
	USED(u);
	alarm(50);	/* should this one have come before the call */
	return strcmp(msg, "kill") != 0;
}

int main(int argc, char **argv)
{
	Counts was;
	void (*try)(int, char**);
	int i, rounds;

	try = once;
	if(argc > 1 && strcmp(argv[1], "-k") == 0){
		try = hosted;
		argv++;
		argc--;
	}
	if(argc < 4)
		sysfatal("usage: badclient [-k] rounds seed server [arg ...]");
	rounds = atoi(argv[1]);
	chance = strtoull(argv[2], nil, 0);
	atnotify(calm, 1);
	for(i = 0; i < rounds*Nfault; i++){
		doing = names[i % Nfault];
		if(i == 2)
			count(&was);
		try(i % Nfault, argv + 3);
	}
	doing = argv[3];
	settled(&was, 200, 500);	/* headers of segments and address spaces are kept, as many as there were workers at a time */
	print("%s: %d clients, %ld messages, %ld answers\n", argv[3], i, sent, answered);
	exits(faults ? "failed" : "");
}
