/*
 * feedsrv: a movable server for feed.sh, which gets what it serves from a
 * feed and a timer.
 *
 *	feedsrv [-S srvname] fifo
 *
 * What is read from the fifo is given to reads of the file feed, in order,
 * each read a piece; then its end.  A write to ctl is such an end.  Reads of ticks wait for the timer, and return how often it came.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>

enum { Max = 256*1024 };

static char *fifo;
static uchar text[Max];	/* not read yet */
static u32int ntext;
static u8int ended;
static Req *reader, *waiter;
static u32int ticks;
static Hostfeed *feed;
static Hostopt o = { .name = "feed" };

static void give(void)
{
	Req *r;

	if((r = reader) == nil || (ntext == 0 && !ended))
		return;
	reader = nil;
	r->rcount = reqput(r, 0, text, ntext < r->count? ntext: r->count);
	ntext -= r->rcount;
	memmove(text, text+r->rcount, ntext);
	respond(r, nil);
}

static void got(void *arg, uchar *p, long n)
{
	USED(arg);
	if(n > Max-ntext)
		return;
	if(n <= 0){
		ended = 1;
		feed = nil;
	}else{
		memmove(text+ntext, p, n);
		ntext += n;
	}
	give();
}

static u32int tick(void)
{
	char buf[16];
	Req *r;

	ticks++;
	if((r = waiter) != nil){
		waiter = nil;
		snprint(buf, sizeof buf, "%ud\n", ticks);
		r->rcount = reqput(r, 0, buf, strlen(buf));
		respond(r, nil);
	}
	return 1;
}

static void feedread(Req *r)
{
	if(reader != nil){
		respond(r, Einuse);
		return;
	}
	reader = r;
	give();
}

static void ticksread(Req *r)
{
	if(waiter != nil)
		respond(r, Einuse);
	else
		waiter = r;
}

static void flush(Req *r)
{
	if(r->oldreq == reader)
		reader = nil;
	else if(r->oldreq == waiter)
		waiter = nil;
	respond(r->oldreq, Eintr);
	respond(r, nil);
}

/* end: no more is to be read */
static void ctlwrite(Req *r)
{
	if(feed != nil)
		hostunfeed(feed);
	feed = nil;
	ended = 1;
	give();
	r->rcount = r->count;
	respond(r, nil);
}

static int init(Srv *s, char *arg)
{
	int fd;

	USED(s);
	USED(arg);
	if(!ended && ((fd = open(fifo, OREAD|OCEXEC)) < 0 || (feed = hostfeed(fd, 8192, got, nil)) == nil))
		return -1;
	return hosttimer(tick);
}

static int save(Srv *s, Img *m)
{
	USED(s);
	imgput4(m, ticks);
	imgput1(m, ended);
	imgput4(m, ntext);
	imgputn(m, text, ntext);
	return 0;
}

static int restore(Srv *s, Img *m)
{
	uchar *p;

	ticks = imgget4(m);
	ended = imgget1(m);
	ntext = imgget4(m);
	if(ntext > Max || (p = imggetn(m, ntext)) == nil){
		werrstr("%s", Ebadimage);
		return -1;
	}
	memmove(text, p, ntext);
	return init(s, nil);
}

static Sfile files[] = {
	{ .name = "", .mode = DMDIR|0555 },
	{ .name = "feed", .mode = 0444, .read = feedread },
	{ .name = "ticks", .mode = 0444, .read = ticksread },
	{ .name = "ctl", .mode = 0222, .write = ctlwrite },
};

static Srv feedsrv = {
	.name = "feed",
	.files = files,
	.nfiles = nelem(files),
	.init = init,
	.flush = flush,
	.save = save,
	.restore = restore,
};

int main(int argc, char **argv)
{
	o.argv = argv;
	ARGBEGIN{
	case 'M':
		o.take = ARGF();
		break;
	}ARGEND
	fifo = argv[0];
	feedsrv.owner = getuser();
	if(hostmain(&feedsrv, &o) < 0)
		sysfatal("%r");
	exits(nil);
}
