/*
 * ioproc(2): a process that does system calls for threads of others, so
 * that only the thread that asked waits.  An Ioproc does one call at a time.
 */
#include "u.h"
#include "libc.h"
#include "thread.h"

enum { Iostack = 32*1024 };

struct Ioproc {
	Channel *calls;		/* of Iocall*; nil: end */
	int tid;		/* of the thread that does them */
	QLock busy;
};

typedef struct Iocall Iocall;
struct Iocall {
	long (*op)(va_list*);
	va_list args;
	long result;
	char err[ERRMAX];
	Channel done;
};

static void serve(void *v)
{
	Ioproc *io;
	Iocall *call;

	io = v;
	while((call = recvp(io->calls)) != nil){
		call->result = call->op(&call->args);
		if(call->result < 0)
			rerrstr(call->err, sizeof call->err);
		sendul(&call->done, 0);
	}
	chanfree(io->calls);
	free(io);
}

/* nil if there is no memory or process for it. */
Ioproc *ioproc(void)
{
	Ioproc *io;

	io = mallocz(sizeof *io, 1);
	if(io == nil)
		return nil;
	io->calls = chancreate(sizeof(void*), 0);
	if(io->calls != nil && (io->tid = proccreate(serve, io, Iostack)) >= 0)
		return io;
	chanfree(io->calls);
	free(io);
	return nil;
}

void closeioproc(Ioproc *io)
{
	if(io == nil)
		return;
	iointerrupt(io);
	sendp(io->calls, nil);
}

/* The call that is under way fails. */
void iointerrupt(Ioproc *io)
{
	if(!canqlock(&io->busy))
		threadint(io->tid);
	else
		qunlock(&io->busy);
}

/* Have op done with the arguments that follow; its result and error string. */
long iocall(Ioproc *io, long (*op)(va_list*), ...)
{
	Iocall call;

	call.op = op;
	call.err[0] = 0;
	chaninit(&call.done, sizeof(ulong), 0);
	va_start(call.args, op);
	qlock(&io->busy);
	sendp(io->calls, &call);
	while(recvul(&call.done) == ~0UL)
		;	/* interrupted; but call must stay until it is done with */
	qunlock(&io->busy);
	va_end(call.args);
	if(call.result < 0)
		errstr(call.err, sizeof call.err);
	return call.result;
}

static long opopen(va_list *a)
{
	char *file;

	file = va_arg(*a, char*);
	return open(file, va_arg(*a, int));
}

static long opclose(va_list *a)
{
	return close(va_arg(*a, int));
}

typedef struct Span Span;
struct Span {
	int fd;
	void *buf;
	long n;
};

static Span span(va_list *a)
{
	Span s;

	s.fd = va_arg(*a, int);
	s.buf = va_arg(*a, void*);
	s.n = va_arg(*a, long);
	return s;
}

static long opread(va_list *a)
{
	Span s;

	s = span(a);
	return read(s.fd, s.buf, s.n);
}

static long opreadn(va_list *a)
{
	Span s;

	s = span(a);
	return readn(s.fd, s.buf, s.n);
}

static long opwrite(va_list *a)
{
	Span s;

	s = span(a);
	return write(s.fd, s.buf, s.n);
}

static long opsleep(va_list *a)
{
	return sleep(va_arg(*a, long));
}

static long opdial(va_list *a)
{
	char *addr, *local, *dir;

	addr = va_arg(*a, char*);
	local = va_arg(*a, char*);
	dir = va_arg(*a, char*);
	return dial(addr, local, dir, va_arg(*a, int*));
}

int ioopen(Ioproc *io, char *file, int mode)
{
	return iocall(io, opopen, file, mode);
}

int ioclose(Ioproc *io, int fd)
{
	return iocall(io, opclose, fd);
}

long ioread(Ioproc *io, int fd, void *buf, long n)
{
	return iocall(io, opread, fd, buf, n);
}

long ioreadn(Ioproc *io, int fd, void *buf, long n)
{
	return iocall(io, opreadn, fd, buf, n);
}

long iowrite(Ioproc *io, int fd, void *buf, long n)
{
	return iocall(io, opwrite, fd, buf, n);
}

int iodial(Ioproc *io, char *addr, char *local, char *dir, int *cfdp)
{
	return iocall(io, opdial, addr, local, dir, cfdp);
}

int iosleep(Ioproc *io, long ms)
{
	return iocall(io, opsleep, ms);
}
