/* needs: tests/host/libc/check.c tests/host/kern/khost.c tests/host/kern/filehost.c port/chan.c port/path.c port/mnt.c port/mntlink.c port/mntmsg.c port/mntchan.c port/mnttag.c port/mntin.c port/mntver.c port/mntread.c port/mntcache.c port/mntbatch.c port/namespace.c port/union.c port/name.c port/fd.c port/sysfile.c port/pipe.c port/pipesink.c port/srv/pipe.c port/srv/dup.c port/srv/srv.c port/srv/mnt.c tests/host/kern/devhost.c lib9p/[a-z]*.c fs/ramfs.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/crc32.c libc/base/utf.c libc/base/token.c */
/* flags: -include tests/host/kern/khost.h -Itests/host/libc -Iport -Itests/host/kern -Wl,--wrap=malloc,--wrap=realloc */
/*
 * t_rules: what may be done, and what is left when it has been or was
 * interrupted: close-on-exec, posted channels, what lies under unions or
 * cannot be read in them, closed name spaces, pipes.
 */
#include "filehost.h"

extern Srv ramfssrv, pipesrv, dupsrv, srvsrv, mntsrv;
static Srv ram[3];
Srv *srvtab[] = { &ram[0], &ram[1], &ram[2], &pipesrv, &dupsrv, &srvsrv, &mntsrv, nil };

static int mkdir(char *name)
{
	Chan *c;

	if((c = namecreate(name, OREAD, DMDIR|0775)) == nil)
		return -1;
	chanclose(c);
	return 0;
}

static long call(long (*f)(u64int*), u64int a, u64int b, u64int c, u64int d)
{
	u64int arg[6] = { a, b, c, d };

	return f(arg);
}

static void newns(void)
{
	pgrpclose(up->pgrp);
	up->pgrp = pgrpnew();
}

static void user(char *name)
{
	strecpy(up->user, up->user+NAMELEN, name);
}

static void maketree(void)
{
	check(mkdir("/a") == 0);
	check(mkdir("/a/u") == 0);
	check(mkdir("/n") == 0);
	check(mkdir("/n/x") == 0);
	check(mkdir("/n/x/under") == 0);
	check(hwrite("/a/f", "file a/f") == 0);
	check(mkdir("#B/sub") == 0);
	check(mkdir("#B/sub/deep") == 0);
	check(hwrite("#B/sub/h", "file B/sub/h") == 0);
	check(hwrite("#C/onlyc", "file C") == 0);
	check(mkdir("#C/inc") == 0);
}

/* close-on-exec belongs to the descriptor; what dup replaces is closed */
static void testcexec(void)
{
	Chan *p[2];
	Fgrp *f;
	char buf[4];
	int fd, fd2;

	fd = call(sys_open, (uintptr)"/a/f", OREAD|OCEXEC, 0, 0);
	fd2 = call(sys_open, (uintptr)"/a/f", OREAD, 0, 0);
	check(call(sys_dup, fd2, fd, 0, 0) == fd);
	fgrpcloexec(up->fgrp);
	check(call(sys_pread, fd, (uintptr)buf, 1, 0) == 1);
	check(fdclose(fd) == 0);
	fd = call(sys_open, (uintptr)"/a/f", OREAD|OCEXEC, 0, 0);
	f = fgrpcopy(up->fgrp);
	fgrpcloexec(f);
	checkint(fgrpfdmax(f), fd2+1);
	check(fdinfo(f, fd, buf, sizeof buf) == 0);
	fgrpclose(f);
	check(call(sys_pread, fd, (uintptr)buf, 1, 0) == 1);
	check(call(sys_open, (uintptr)"#d/0", OWRITE, 0, 0) < 0);
	checkstr(herr(), "inappropriate use of fd");
	check(fdclose(fd) == 0);
	check(hpipe(p) != nil);
	fd = fdnew(p[0], 0);
	check(call(sys_dup, fd2, fd, 0, 0) == fd);
	check(chanread(p[1], buf, 1, 0) == 0);
	chanclose(p[1]);
	check(fdclose(fd) == 0 && fdclose(fd2) == 0);
}

/* a descriptor that is closed while calls use it: the channel goes with the last of them */
static int usedfd;
static Chan *used;

static void user2(void *a)
{
	USED(a);
	call(sys_pread, usedfd, (uintptr)&usedfd, 0, -1);	/* from now on it has a place */
	used = fdget(usedfd, OREAD);
	hostyield();
	fdput(used);
	used = nil;
	fgrpleave(up, up->fgrp);
}

static void testinuse(void)
{
	Chan *p[2], *c;
	char buf[4];
	Proc *q;

	check(hpipe(p) != nil);
	usedfd = fdnew(p[0], 0);
	check(call(sys_pread, usedfd, (uintptr)buf, 0, -1) == 0);
	c = fdget(usedfd, OREAD);
	check(c == p[0] && c->ref == 1);
	fdput(c);
	check(c->ref == 1);
	c = fdget(usedfd, OREAD);
	q = testproc(user2, nil);
	while(used == nil)
		hostyield();
	check(used == c && c->ref == 1);
	check(fdclose(usedfd) == 0);
	check(fdget(usedfd, OREAD) == nil);
	check(chanwrite(p[1], "x", 1, 0) == 1);	/* it is still open */
	check(chanread(c, buf, 4, 0) == 1);
	hostwait(q);
	check(chanwrite(p[1], "x", 1, 0) == 1);
	fdput(c);
	check(chanread(p[1], buf, 1, 0) == 0);
	chanclose(p[1]);
}

/* the same when dup puts another in its place, and at exec */
static void testreplaced(void)
{
	Chan *p[2], *c;
	char buf[4];
	int fd, i;

	for(i = 0; i < 2; i++){
		check(hpipe(p) != nil);
		usedfd = fdnew(p[0], 1);
		fd = call(sys_open, (uintptr)"/a/f", OREAD, 0, 0);
		c = fdget(usedfd, OREAD);
		if(i == 0)
			check(fddup(fd, usedfd) == usedfd);
		else
			fgrpcloexec(up->fgrp);
		check(chanwrite(p[1], "x", 1, 0) == 1);
		fdput(c);
		check(chanread(p[1], buf, 1, 0) == 0);
		chanclose(p[1]);
		check(fdclose(fd) == 0);
		if(i == 0)
			check(fdclose(usedfd) == 0);
	}
}

static int post(char *name, int fd)
{
	char buf[20];
	int sfd, r;

	sfd = call(sys_create, (uintptr)name, OWRITE, 0600, 0);
	snprint(buf, sizeof buf, "%d", fd);
	r = call(sys_pwrite, sfd, (uintptr)buf, strlen(buf), -1) < 0? -1: 0;
	check(fdclose(sfd) == 0);
	return r;
}

static int rename(char *old, char *new)
{
	uchar w[200];
	Dir d;
	int n;

	dirnull(&d);
	d.name = new;
	n = convD2M(&d, w, sizeof w);
	return call(sys_wstat, (uintptr)old, (uintptr)w, n, 0) == n? 0: -1;
}

/* what may be posted, opened and changed */
static void testposts(void)
{
	Chan *c;
	int fd;

	fd = call(sys_open, (uintptr)"/a/f", OREAD, 0, 0);
	check(post("#s/one", fd) == 0);
	check(nameopen("#s/one", OWRITE) == nil);
	checkstr(herr(), Eperm);
	check(nameopen("#s/one", ORDWR) == nil);
	c = nameopen("#s/one", OREAD);
	check(c != nil);
	chanclose(c);
	check(post("#s/two", fd) == 0);
	check(rename("#s/two", "one") < 0);
	checkstr(herr(), Eexist);
	check(rename("#s/two", "second") == 0);
	checkstr(hls("#s"), "one second ");
	user("other");
	check(rename("#s/one", "mine") < 0);
	checkstr(herr(), Eperm);
	user("glenda");
	c = namewalk("#s/second", 0);
	check(nameremove("#s/second") == 0);
	check(chanopen(c, OREAD) < 0);
	checkstr(herr(), "file has been removed");
	chanclose(c);
	check(nameremove("#s/one") == 0);
	check(fdclose(fd) == 0);
	fd = call(sys_create, (uintptr)"/a/tmp", ORDWR|ORCLOSE, 0666, 0);
	check(post("#s/gone", fd) < 0);
	check(nameremove("#s/gone") == 0);
	check(fdclose(fd) == 0);
}

/* what is under a union is no element of it, and alone no union */
static void testunder(void)
{
	check(namebind("#B", "/n/x", MAFTER) == 0);
	check(nameunmount("/n/x", "/n/x") < 0);
	checkstr(herr(), "not in union");
	check(nameunmount("#B", "/n/x") == 0);
	check(nameunmount(nil, "/n/x") < 0);
	checkstr(herr(), "not mounted");
	check(hwrite("/n/x/made", "here") == 0);
	check(nameremove("/n/x/made") == 0);
	/* a union before something: listed so that binding again gives it */
	check(namebind("#B", "/n/x", MREPL) == 0);
	check(namebind("#C", "/n/x", MAFTER) == 0);
	check(namebind("/n/x", "/a/u", MBEFORE) == 0);
	checkstr(hns(), "bind '#B' /n/x\nbind -a '#C' /n/x\nbind -b '#C' /a/u\nbind -b '#B' /a/u\n");
	newns();
}

/* an element that cannot be read is passed over, wherever it is */
static void testclosed(void)
{
	Chan *c;

	c = namecreate("#C/closed", OREAD, DMDIR|0300);
	check(c != nil);
	chanclose(c);
	user("other");
	check(nameopen("#C/closed", OREAD) == nil);
	check(namebind("#C/closed", "/n/x", MBEFORE) == 0);
	checkstr(hls("/n/x"), "under ");
	newns();
	check(namebind("#C/closed", "/n/x", MAFTER) == 0);
	check(namebind("#B/sub", "/n/x", MAFTER) == 0);
	checkstr(hls("/n/x"), "under deep h ");
	newns();
	user("glenda");
	check(nameremove("#C/closed") == 0);
}

/* out of mounts within mounts, one by one */
static void testnested(void)
{
	check(namebind("#B", "/n/x", MREPL) == 0);
	check(namebind("#C", "/n/x/sub", MREPL) == 0);
	checkstr(hread("/n/x/sub/onlyc"), "file C");
	checkstr(hread("/n/x/sub/../sub/onlyc"), "file C");
	checkstr(hpath("/n/x/sub/.."), "/n/x");
	checkstr(hpath("/n/x/sub/inc/../.."), "/n/x");
	checkstr(hpath("/n/x/sub/inc/../../.."), "/n");
	checkstr(hread("/n/x/sub/inc/../../sub/../../x/sub/onlyc"), "file C");
	checkstr(hpath("/n/x/sub/../.."), "/n");
	checkstr(hpath("/n/x/sub/../../x/sub/../../x"), "/n/x");
	newns();
}

/* no new servers, also for those who copy the name space */
static void testnomount(void)
{
	Pgrp *a, *b;

	a = up->pgrp;
	pgrpnomount(a);
	b = pgrpcopy(a);
	up->pgrp = b;
	check(hread("#C/onlyc") == nil);
	checkstr(herr(), "mount/attach disallowed");
	check(namemount(up->dot, nil, "/n", MREPL, "") < 0);
	checkstr(herr(), "mount/attach disallowed");
	pgrpclose(a);
	newns();
}

static void testlongname(void)
{
	char name[NAMEMAX+5];

	memset(name, 'x', NAMEMAX+4);
	name[NAMEMAX+4] = 0;
	memmove(name, "/a/", 3);
	check(mkdir(name) < 0);
	checkstr(herr(), Etoolong);
}

/* --- pipes --- */
static Chan *pp[2];
static char pbuf[100];
static long pgot;

static void preader(void *a)
{
	USED(a);
	pgot = chanread(pp[1], pbuf, sizeof pbuf, 0);
}

static void pwriter(void *a)
{
	pgot = chanwrite(pp[0], a, 300*KiB, 0);
}

/* what is interrupted leaves the queues whole */
static void testqueues(void)
{
	static char big[300*KiB];
	char buf[100];
	Proc *p, *q;
	int i;

	check(hpipe(pp) != nil);
	check(chanwrite(pp[0], "first", 5, 0) == 5);
	p = testproc(pwriter, big);
	hostyield();
	check(!hostdone(p));
	hostnote(p);
	hostwait(p);
	checkint(pgot, -1);
	check(chanwrite(pp[0], "second", 6, 0) == 6);
	check(chanread(pp[1], buf, sizeof buf, 0) == 5);
	check(chanread(pp[1], buf, sizeof buf, 0) == 6);
	p = testproc(preader, nil);
	hostyield();
	q = testproc(preader, nil);
	hostyield();
	hostnote(q);
	hostwait(q);
	checkint(pgot, -1);
	q = testproc(preader, nil);
	hostyield();
	check(chanwrite(pp[0], "abc", 3, 0) == 3);
	hostwait(p);
	check(chanwrite(pp[0], "defg", 4, 0) == 4);
	hostyield();
	check(hostdone(q));
	hostwait(q);
	checkint(pgot, 4);
	/* what has been read makes room again */
	for(i = 0; i < 100; i++){
		check(chanwrite(pp[0], "abc", 3, 0) == 3);
		check(chanread(pp[1], buf, sizeof buf, 0) == 3);
	}
	p = testproc(pwriter, big);
	hostyield();
	check(hostdone(p));
	check(chanread(pp[1], big, 300*KiB, 0) == 300*KiB);
	hostwait(p);
	chanclose(pp[0]);
	chanclose(pp[1]);
}

/* a pipe that is kept by its folder */
static void testkept(void)
{
	char buf[10];
	int i;

	check(namebind("#|", "/n/x", MREPL) == 0);
	for(i = 0; i < 3; i++){
		pp[0] = nameopen("/n/x/data", ORDWR);
		pp[1] = nameopen("/n/x/data1", ORDWR);
		check(pp[0] != nil && pp[1] != nil);
		if(pp[0] == nil || pp[1] == nil)
			break;
		check(chanwrite(pp[0], "left", 4, 0) == 4);
		chanclose(pp[0]);
		check(nameopen("/n/x/data", ORDWR) == nil);
		if(i == 1){
			check(chanread(pp[1], buf, 10, 0) == 4);
			check(chanread(pp[1], buf, 10, 0) == 0);
		}
		chanclose(pp[1]);
	}
	user("other");
	check(nameopen("/n/x/data", ORDWR) == nil);
	checkstr(herr(), Eperm);
	user("glenda");
	newns();
}

static void testall(void)
{
	maketree();
	testcexec();
	testinuse();
	testreplaced();
	testposts();
	testunder();
	testclosed();
	testnested();
	testnomount();
	testlongname();
	testqueues();
	testkept();
}

int main(void)
{
	int i;

	for(i = 0; i < 3; i++){
		ram[i] = ramfssrv;
		ram[i].dc = 'A'+i;
	}
	return hostmain(testall);
}
