/*
 * hostfeed.c: processes of an instance that wait for something else than a
 * client: feeds, which read a file, and timers, srvhost(2).
 *
 * A feed's process is one of those that freezing stops, as a connection's is:
 * it is called back from its read, gives away what it has read, and waits in
 * hosthold.  So nothing is in its hands while the instance is frozen, and
 * what comes then waits in the file.  A timer's process holds nothing, and need
 * not be waited for.
 *
 * Host.lk protects the list.  A feed is freed by its process.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>
#include "host.h"

struct Hostfeed {
	Host *h;
	int fd;
	int note;		/* its process's note file; -1: the process is to end */
	int stop;
	int doing;
	u8int over;
	u32int max;
	void (*got)(void*, uchar*, long);
	void *arg;
	Hostfeed *next;
	uchar buf[];
};

/* end what f's process does; lk */
static void halt(Hostfeed *f)
{
	__atomic_store_n(&f->stop, 1, __ATOMIC_SEQ_CST);
	if(__atomic_load_n(&f->doing, __ATOMIC_SEQ_CST) == Hostreading)
		hostnote(f->note);
}

void feedstop(Host *h)
{
	Hostfeed *f;

	for(f = h->feeds; f != nil; f = f->next)
		halt(f);
}

static void feedend(Hostfeed *f)
{
	Hostfeed **l;

	for(l = &f->h->feeds; *l != f; l = &(*l)->next)
		;
	*l = f->next;
	close(f->fd);
	if(f->note >= 0)
		close(f->note);
	free(f);
}

static void feedproc(Hostfeed *f)
{
	Host *h;
	long n;

	hostnotes();
	h = f->h;
	qlock(&h->lk);
	while(!f->over){
		hosthold(h);
		__atomic_store_n(&f->stop, 0, __ATOMIC_SEQ_CST);
		if(f->over)
			break;
		qunlock(&h->lk);
		n = hostcall(f->fd, f->buf, f->max, Hostreading, &f->doing, &f->stop);
		qlock(&h->lk);
		if(f->over || (n < 0 && f->stop))
			continue;
		f->got(f->arg, f->buf, n);
		hostreap(h);
		f->over |= n <= 0;
	}
	if(f->note >= 0 && --h->nrun == 0)
		rwakeup(&h->stopped);
	feedend(f);
	qunlock(&h->lk);
}

Hostfeed *hostfeed(int fd, u32int max, void (*got)(void*, uchar*, long), void *arg)
{
	char path[64];
	Hostfeed *f;
	Host *h;
	int pid;

	h = hostself;
	if((f = malloc(sizeof *f + max)) == nil){
		werrstr("%s", Enomem);
		return nil;
	}
	*f = (Hostfeed){ .h = h, .fd = fd, .note = -1, .max = max, .got = got, .arg = arg, .next = h->feeds };
	pid = rfork(RFPROC|RFMEM|RFNOWAIT);
	if(pid == 0){
		feedproc(f);
		_exits(nil);
	}
	if(pid < 0){
		free(f);
		return nil;
	}
	h->feeds = f;
	snprint(path, sizeof path, "#p/%d/note", pid);
	if((f->note = open(path, OWRITE|OCEXEC)) < 0){
		f->over = 1;
		f->fd = -1;
		return nil;
	}
	h->nrun++;
	return f;
}

void hostunfeed(Hostfeed *f)
{
	f->over = 1;
	halt(f);
}

int hosttimer(u32int (*tick)(void))
{
	Host *h;
	u32int ms;
	int pid;

	h = hostself;
	pid = rfork(RFPROC|RFMEM|RFNOWAIT);
	if(pid != 0)
		return pid < 0? -1: 0;
	hostnotes();
	for(;;){
		qlock(&h->lk);
		while(h->frozen)
			rsleep(&h->thawed);
		ms = tick();
		hostreap(h);
		qunlock(&h->lk);
		sleep(ms);
	}
}
