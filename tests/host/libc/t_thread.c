/* linux: threads, channels, locks between processes that share memory */
#include "u.h"
#include "libc.h"
#include "thread.h"
#include "check.h"

enum { Stack = 8192, N = 2000 };

static Channel *done;

static void producer(void *v)
{
	Channel *c;
	ulong i;

	c = v;
	for(i = 1; i <= N; i++)
		sendul(c, i);
	sendul(done, 1);
}

/* nproc of n producers in own processes; c's capacity is varied */
static void sums(int cap, int nthread, int nproc)
{
	Channel *c;
	Alt a[3];
	ulong v, x, sum;
	int i, left, n;

	c = chancreate(sizeof(ulong), cap);
	done = chancreate(sizeof(ulong), 0);
	for(i = 0; i < nthread; i++)
		check(threadcreate(producer, c, Stack) > 0);
	for(i = 0; i < nproc; i++)
		check(proccreate(producer, c, Stack) > 0);
	sum = 0;
	left = nthread+nproc;
	a[0] = (Alt){.c = c, .v = &v, .op = CHANRCV};
	a[1] = (Alt){.c = done, .v = &x, .op = CHANRCV};
	a[2] = (Alt){.op = CHANEND};
	while(left > 0)
		switch(alt(a)){
		case 0:
			sum += v;
			break;
		case 1:
			left--;
			break;
		default:
			check(0);
		}
	for(n = 0; nbrecv(c, &v) == 1; n++)
		sum += v;
	check(n <= cap);
	checkint(sum, (ulong)(nthread+nproc)*N*(N+1)/2);
	chanfree(c);
	chanfree(done);
}

static char order[64];
static int norder;

static void letter(void *v)
{
	int i;

	for(i = 0; i < 3; i++){
		order[norder++] = *(char*)v;
		yield();
	}
}

static void turns(void)
{
	int i;

	norder = 0;
	threadcreate(letter, "a", Stack);
	threadcreate(letter, "b", Stack);
	for(i = 0; i < 10; i++)
		yield();
	order[norder] = 0;
	checkstr(order, "ababab");
}

static void values(void)
{
	Channel *c;
	Alt a[2];
	int x;
	char *s;

	c = chancreate(sizeof(int), 2);
	x = 5;
	checkint(nbrecv(c, &x), 0);
	checkint(nbsend(c, &x), 1);
	x = 6;
	checkint(send(c, &x), 1);
	checkint(nbsend(c, &x), 0);
	checkint(chanclosing(c), -1);
	checkint(chanclose(c), 0);
	checkint(chanclose(c), -1);
	checkint(chanclosing(c), 2);
	checkint(send(c, &x), -1);
	x = 0;
	checkint(recv(c, &x), 1);
	checkint(x, 5);
	checkint(recv(c, nil), 1);
	checkint(recv(c, &x), -1);
	checkint(x, 0);
	a[0] = (Alt){.c = c, .v = &x, .op = CHANRCV};
	a[1] = (Alt){.op = CHANEND};
	checkint(alt(a), 0);
	check(a[0].err != nil);
	a[0].op = CHANNOP;
	a[1].op = CHANNOBLK;
	checkint(alt(a), 1);
	chanfree(c);
	check(chancreate(1<<20, 1<<20) == nil);
	c = chancreate(sizeof(char*), 1);
	chanprint(c, "n=%d", 7);
	s = recvp(c);
	checkstr(s, "n=7");
	free(s);
	check(nbrecvp(c) == nil);
	chanfree(c);
}

static void closer(void *v)
{
	sleep(20);
	chanclose(v);
}

static void closing(void)
{
	Channel *c;
	ulong v;

	c = chancreate(sizeof(ulong), 0);
	proccreate(closer, c, Stack);
	v = 1;
	checkint(recv(c, &v), -1);
	checkint(v, 0);
	chanfree(c);
}

static QLock ql;
static RWLock rw;
static Rendez rz;
static int shared, readers, maxreaders;

static void qworker(void *v)
{
	int i, x;

	for(i = 0; i < N; i++){
		qlock(&ql);
		x = shared;
		if(i%100 == 0)
			yield();
		shared = x+1;
		qunlock(&ql);
	}
	sendul(v, 1);
}

static void locks(void)
{
	Channel *c;
	int i;

	c = chancreate(sizeof(ulong), 0);
	shared = 0;
	for(i = 0; i < 3; i++){
		proccreate(qworker, c, Stack);
		threadcreate(qworker, c, Stack);
	}
	for(i = 0; i < 6; i++)
		recvul(c);
	checkint(shared, 6*N);
	check(canqlock(&ql));
	check(!canqlock(&ql));
	qunlock(&ql);
	chanfree(c);
}

static void reader(void *v)
{
	int i, n;

	for(i = 0; i < 200; i++){
		rlock(&rw);
		n = __atomic_add_fetch(&readers, 1, __ATOMIC_SEQ_CST);
		if(n > maxreaders)
			maxreaders = n;
		check(shared%2 == 0);
		yield();
		__atomic_add_fetch(&readers, -1, __ATOMIC_SEQ_CST);
		runlock(&rw);
	}
	sendul(v, 1);
}

static void writer(void *v)
{
	int i;

	for(i = 0; i < 200; i++){
		wlock(&rw);
		check(readers == 0);
		shared++;
		yield();
		shared++;
		wunlock(&rw);
	}
	sendul(v, 1);
}

static void rwlocks(void)
{
	Channel *c;
	int i;

	c = chancreate(sizeof(ulong), 0);
	shared = 0;
	for(i = 0; i < 2; i++){
		proccreate(reader, c, Stack);
		threadcreate(reader, c, Stack);
		proccreate(writer, c, Stack);
	}
	for(i = 0; i < 6; i++)
		recvul(c);
	checkint(shared, 2*2*200);
	check(canwlock(&rw));
	check(!canrlock(&rw));
	wunlock(&rw);
	check(canrlock(&rw));
	check(canrlock(&rw));
	check(!canwlock(&rw));
	runlock(&rw);
	runlock(&rw);
	chanfree(c);
}

static void sleeper(void *v)
{
	qlock(&ql);
	shared++;
	while(readers == 0)
		rsleep(&rz);
	shared--;
	qunlock(&ql);
	sendul(v, 1);
}

static void rendez(void)
{
	Channel *c;
	int i;

	c = chancreate(sizeof(ulong), 0);
	rz.l = &ql;
	shared = readers = 0;
	for(i = 0; i < 2; i++){
		proccreate(sleeper, c, Stack);
		threadcreate(sleeper, c, Stack);
	}
	for(i = 0; i != 4; ){
		qlock(&ql);
		i = shared;
		qunlock(&ql);
		yield();
	}
	qlock(&ql);
	readers = 1;
	checkint(rwakeup(&rz), 1);
	checkint(rwakeupall(&rz), 3);
	checkint(rwakeup(&rz), 0);
	qunlock(&ql);
	for(i = 0; i < 4; i++)
		recvul(c);
	checkint(shared, 0);
	chanfree(c);
}

static void waiter(void *v)
{
	Channel *never;
	ulong x;

	USED(v);
	threadsetname("waiter %d", 1);
	checkstr(threadgetname(), "waiter 1");
	*threaddata() = v;
	never = chancreate(sizeof(ulong), 0);
	checkint(recv(never, &x), -1);
	sendul(v, 1);
	recv(never, &x);
	check(0);
}

static void interrupts(void)
{
	Channel *c;
	int id, pid;

	c = chancreate(sizeof(ulong), 0);
	id = threadcreate(waiter, c, Stack);
	check(threadpid(id) == getpid());
	yield();
	threadint(id);
	checkint(recvul(c), 1);
	yield();
	threadkill(id);
	yield();
	yield();
	checkint(threadpid(id), -1);
	id = proccreate(waiter, c, Stack);
	pid = threadpid(id);
	check(pid > 0 && pid != getpid());
	sleep(30);
	threadint(id);
	checkint(recvul(c), 1);
	threadkill(id);
	chanfree(c);
}

static void io(void)
{
	Ioproc *p, *q;
	int fd[2];
	char buf[8];

	pipe(fd);
	p = ioproc();
	q = ioproc();
	checkint(iowrite(p, fd[1], "hello", 5), 5);
	checkint(ioread(q, fd[0], buf, sizeof buf), 5);
	check(memcmp(buf, "hello", 5) == 0);
	checkint(ioopen(p, "/no/such/file", OREAD), -1);
	rerrstr(buf, sizeof buf);
	checkstr(buf, "file do");
	checkint(iosleep(p, 1), 0);
	checkint(ioclose(p, fd[0]), 0);
	closeioproc(p);
	closeioproc(q);
}

static void runs(void *v)
{
	char *argv[] = { "shell", "-c", "exit 3", nil };

	procexec(v, access("/bin/rc", AEXEC) == 0? "/bin/rc": "/bin/sh", argv);
	check(0);
}

static void runsnot(void *v)
{
	procexecl(v, "/no/such/program", "x", nil);
	sendul(v, 77);
}

static void execs(void)
{
	Channel *c, *w;
	Waitmsg *m;
	ulong pid;

	c = chancreate(sizeof(ulong), 0);
	w = threadwaitchan();
	proccreate(runs, c, Stack);
	pid = recvul(c);
	m = recvp(w);
	check(m != nil && (ulong)m->pid == pid);
	check(strlen(m->msg) > 2 && strcmp(m->msg + strlen(m->msg)-2, " 3") == 0);
	free(m);
	proccreate(runsnot, c, Stack);
	checkint(recvul(c), ~0UL);
	checkint(recvul(c), 77);
	chanfree(c);
}

static void finish(void *v)
{
	USED(v);
	threadexitsall(checkdone()? "failed": "");
}

void threadmain(int argc, char **argv)
{
	USED(argc);
	USED(argv);
	checkint(threadid(), 1);
	check(threadsetgrp(5) == 0);
	turns();
	values();
	sums(0, 3, 0);
	sums(0, 1, 3);
	sums(10, 2, 2);
	closing();
	locks();
	rwlocks();
	rendez();
	interrupts();
	io();
	execs();
	checkint(threadgetgrp(), 5);
	checkint(malloccheck(0), 0);
	proccreate(finish, nil, Stack);
	for(;;)
		sleep(1000);
}
