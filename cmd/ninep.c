/*
 * ninep: present a 9P2000.L server, at the other end of a byte stream, as
 * plain 9P2000: fs/ninep with a descriptor for its transport.
 *
 * Handlers sleep, so each runs in a worker.  One request at a time is with the
 * server, under wire; a note to the worker whose it is makes a Tflush, and the
 * answer to that is waited for, so the stream stays in step.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>
#include "../fs/ninep/ninep.h"

enum {
	Maxworkers = 50,
	Tag = 1,
	Flushtag = 2,
};

extern Srv ninepsrv;

static Srv table;		/* ninepsrv, through workers */
static Workers *workers;
static QLock wire;
static int fd;
static uchar msg[MAXMSIZE];	/* wire held */

static int interrupted(void)
{
	char err[ERRMAX];

	rerrstr(err, sizeof err);
	return strstr(err, "interrupted") != nil;
}

static int writeall(uchar *p, long n)
{
	long k;

	for(; n > 0; p += k, n -= k){
		k = write(fd, p, n);
		if(k < 0 && interrupted())
			k = 0;
		else if(k <= 0)
			return -1;
	}
	return 0;
}

static void settag(uchar *t, int tag)
{
	t[5] = tag;
	t[6] = 0;
}

static int sendflush(void)
{
	uchar t[9] = { 9, 0, 0, 0, Tflush, Flushtag, 0, Tag, 0 };

	return writeall(t, sizeof t);
}

static int mayflush(int type)
{
	return type == Tread || type == Twrite || type == Twalk || type == Tlreaddir;
}

/* n bytes of the stream; *flush: a note may flush, and has when it is 2 */
static int readall(uchar *p, long n, int *flush)
{
	long k;

	for(; n > 0; p += k, n -= k){
		k = read(fd, p, n);
		if(k > 0)
			continue;
		if(k == 0){
			werrstr("%s", Ehungup);
			return -1;
		}
		if(!interrupted())
			return -1;
		k = 0;
		if(*flush == 1){
			*flush = 2;
			if(sendflush() < 0)
				return -1;
		}
	}
	return 0;
}

/* the next message, into msg: its length */
static long getmsg(int *flush)
{
	u32int n;

	if(readall(msg, 4, flush) < 0)
		return -1;
	n = msg[0] | msg[1]<<8 | msg[2]<<16 | (u32int)msg[3]<<24;
	if(n < L9hdr || n > sizeof msg){
		close(fd);	/* out of step: nothing more can be understood */
		fd = -1;
		werrstr("%s", Ebadmsg);
		return -1;
	}
	return readall(msg+4, n-4, flush) < 0 ? -1 : (long)n;
}

/* an answer in msg, to the places it is for */
static long deliver(long n, uchar *r, u32int nr, Buf *in)
{
	long head = n;

	if(in != nil && msg[4] == Tread+1 && n > L9hdr+4){
		head = L9hdr + 4;
		bufput(in, 0, msg+head, n-head < (long)in->n ? n-head : (long)in->n);
	}
	if(head > (long)nr){
		werrstr("%s", Ebadmsg);
		return -1;
	}
	memmove(r, msg, head);
	return n;
}

/* waits for the answer, and if it was flushed for that answer too */
static long awaitanswer(int flush, uchar *r, u32int nr, Buf *in)
{
	long n, got = -1;
	int answered = 0;

	do{
		n = getmsg(&flush);
		if(n < 0)
			return -1;
		if(msg[5] == Tag && msg[6] == 0 && !answered){
			answered = 1;
			got = deliver(n, r, nr, in);
			if(flush != 2)
				return got;
		}
	}while(flush != 2 || msg[5] != Flushtag || msg[6] != 0);
	if(!answered)
		werrstr("%s", Eintr);
	return got;
}

static long rpc(L9io *io, uchar *t, u32int nt, Buf *out, u32int nout, uchar *r, u32int nr, Buf *in)
{
	long got = -1;

	USED(io);
	if(nt + nout > sizeof msg){
		werrstr("%s", Etoolong);
		return -1;
	}
	qlock(&wire);
	settag(t, Tag);
	memmove(msg, t, nt);
	if(out != nil)
		bufget(out, 0, msg+nt, nout);
	if(writeall(msg, nt + nout) == 0)
		got = awaitanswer(mayflush(t[4]), r, nr, in);
	qunlock(&wire);
	return got;
}

static L9io stream = { .msize = MAXMSIZE, .rpc = rpc, .uid = ~0U };

static L9io *dialstream(char *tag)
{
	USED(tag);
	return &stream;
}

/* in a worker */
static void handle(Req *r)
{
	void (*fn[])(Req*) = {
		[Tattach-Tversion] = ninepsrv.attach, [Twalk-Tversion] = ninepsrv.walk,
		[Topen-Tversion] = ninepsrv.open, [Tcreate-Tversion] = ninepsrv.create,
		[Tread-Tversion] = ninepsrv.read, [Twrite-Tversion] = ninepsrv.write,
		[Tremove-Tversion] = ninepsrv.remove, [Tclunk-Tversion] = ninepsrv.remove,
		[Tstat-Tversion] = ninepsrv.stat, [Twstat-Tversion] = ninepsrv.wstat,
	};

	fn[r->type-Tversion](r);
}

static void towork(Req *r)
{
	workrun(workers, r, handle);
}

static void flushwork(Req *r)
{
	workflush(workers, r);
}

static void usage(void)
{
	fprint(2, "usage: ninep [-a aname] [-u uid] [-s srvname] file|address\n");
	exits("usage");
}

int main(int argc, char **argv)
{
	char *name = nil;

	ARGBEGIN{
	case 'a':
		stream.aname = EARGF(usage());
		break;
	case 'u':
		stream.uid = strtoul(EARGF(usage()), nil, 10);
		break;
	case 's':
		name = EARGF(usage());
		break;
	default:
		usage();
	}ARGEND
	if(argc != 1)
		usage();
	if(strchr(argv[0], '!') != nil)
		fd = dial(netmkaddr(argv[0], "tcp", "564"), nil, nil, nil);
	else
		fd = open(argv[0], ORDWR);
	if(fd < 0)
		sysfatal("%s: %r", argv[0]);
	ninepdial = dialstream;
	table = ninepsrv;
	table.flags = 0;
	table.attach = table.walk = table.open = table.create = towork;
	table.read = table.write = table.remove = table.stat = table.wstat = towork;
	table.flush = flushwork;
	workers = workersnew(&userworkhost, Maxworkers);
	if(workers == nil)
		sysfatal("%r");
	if(name != nil ? srvpost(&table, name, nil, 0, "") < 0 : srvfd(&table, 0, 1) < 0)
		sysfatal("%r");
	exits(nil);
}
