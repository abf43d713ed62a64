/* needs: tests/host/libc/check.c tests/host/kern/khost.c tests/host/kern/filehost.c port/chan.c port/path.c port/mnt.c port/mntlink.c port/mntmsg.c port/mntchan.c port/mnttag.c port/mntin.c port/mntver.c port/mntread.c port/mntcache.c port/mntbatch.c port/namespace.c port/union.c port/name.c port/fd.c port/sysfile.c port/pipe.c port/pipesink.c port/srv/pipe.c port/srv/dup.c port/srv/srv.c port/srv/mnt.c tests/host/kern/devhost.c lib9p/[a-z]*.c fs/ramfs.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/crc32.c libc/base/utf.c libc/base/token.c */
/* flags: -include tests/host/kern/khost.h -Itests/host/libc -Iport -Itests/host/kern -Wl,--wrap=malloc,--wrap=realloc */
/*
 * t_names: names, mount tables, unions, "..", descriptors, #s, #d and pipes,
 * over linked servers.
 */
#include "filehost.h"

extern Srv ramfssrv, pipesrv, dupsrv, srvsrv, mntsrv;
static Srv ram[3];
static Srv slowsrv;
Srv *srvtab[] = { &ram[0], &ram[1], &ram[2], &pipesrv, &dupsrv, &srvsrv, &mntsrv, &slowsrv, nil };

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

static long cd(char *name)
{
	return call(sys_chdir, (uintptr)name, 0, 0, 0);
}

static void newns(void)
{
	pgrpclose(up->pgrp);
	up->pgrp = pgrpnew();
}

static void maketree(void)
{
	check(mkdir("/a") == 0);
	check(mkdir("/a/b") == 0);
	check(mkdir("/a/b/c") == 0);
	check(mkdir("/n") == 0);
	check(mkdir("/n/x") == 0);
	check(mkdir("/n/x/under") == 0);
	check(hwrite("/a/f", "file a/f") == 0);
	check(hwrite("/a/b/c/g", "file g") == 0);
	check(mkdir("#B/sub") == 0);
	check(mkdir("#B/sub/deep") == 0);
	check(hwrite("#B/sub/h", "file B/sub/h") == 0);
	check(hwrite("#B/f", "file B/f") == 0);
	check(hwrite("#C/onlyc", "file C") == 0);
	check(hwrite("#C/f", "file C/f") == 0);
}

static void testwalk(void)
{
	checkstr(hread("/a/f"), "file a/f");
	checkstr(hread("//a/.//b/c/../c/g"), "file g");
	checkstr(hread("/a/b/../f"), "file a/f");
	checkstr(hread("/../../a/f"), "file a/f");
	check(hread("/a/nothing") == nil);
	checkstr(herr(), Enonexist);
	check(hread("/a/f/x") == nil);
	checkstr(herr(), Enotdir);
	check(hread("/a/f/..") == nil);
	checkstr(herr(), Enotdir);
	check(hread("/a/f/") == nil);
	checkstr(herr(), Enotdir);
	check(hread("/a/f/.") == nil);
	check(hread("") == nil);
	checkstr(herr(), "empty file name");
	check(hread("/a\001b") == nil);
	checkstr(herr(), "bad character in file name");
	checkstr(hls("/a"), "b f ");
	checkstr(hpath("/a/b/../b/c/"), "/a/b/c");
	checkstr(hpath("/.."), "/");
	checkstr(hpath("#B/sub/.."), "#B");
	checkstr(hpath("#B/.."), "#B");
	check(cd("/a/b/c") == 0);
	checkstr(hread("g"), "file g");
	checkstr(hread("../../f"), "file a/f");
	checkstr(hread("../../../a/f"), "file a/f");
	checkstr(hpath("."), "/a/b/c");
	check(cd("/a/f") < 0);
	checkstr(herr(), Enotdir);
	check(cd("..") == 0);
	checkstr(hpath("."), "/a/b");
	check(cd("/") == 0);
	check(hread("#Z/x") == nil);
	check(hread("#") == nil);
}

static void testlong(void)
{
	char name[9000], *p;
	int i;

	/* more than 16 elements, cut by mounts on the way */
	p = seprint(name, name+sizeof name, "/a");
	for(i = 0; i < 40; i++){
		p = seprint(p, name+sizeof name, "/d%d", i);
		check(mkdir(name) == 0);
	}
	check(namebind("#B", "/a/d0/d1/d2", MREPL) == 0);
	check(hread(name) == nil);
	checkstr(herr(), Enonexist);
	check(nameunmount(nil, "/a/d0/d1/d2") == 0);
	seprint(p, name+sizeof name, "/f");
	check(hwrite(name, "deep") == 0);
	checkstr(hread(name), "deep");
	check(namebind("/a/d0/d1", "/n/x", MREPL) == 0);
	memmove(p-2, "x", 2);
	for(i = 0; i < 20; i++)
		p = seprint(p, name+sizeof name, "/..");
	check(hpath(name) == nil);
	newns();
	memset(name, 'x', 8999);
	name[8999] = 0;
	check(hread(name) == nil);
	checkstr(herr(), Etoolong);
	name[2000] = 0;
	check(hread(name) == nil);
}

static void testbind(void)
{
	checkstr(hls("/n/x"), "under ");
	check(namebind("#B", "/n/x", MREPL) == 0);
	checkstr(hls("/n/x"), "sub f ");
	checkstr(hread("/n/x/sub/h"), "file B/sub/h");
	checkstr(hread("/n/x/sub/../f"), "file B/f");
	checkstr(hread("/n/x/../../a/f"), "file a/f");
	checkstr(hpath("/n/x/sub/../.."), "/n");
	checkstr(hpath("/n/x/.."), "/n");
	checkstr(hns(), "bind '#B' /n/x\n");
	/* lexical: by another name for the same tree, .. leads elsewhere */
	check(namebind("/n/x/sub", "/a/b/c", MREPL) == 0);
	checkstr(hread("/a/b/c/h"), "file B/sub/h");
	checkstr(hpath("/a/b/c/../.."), "/a");
	checkstr(hls("/a/b/c/.."), "c ");
	checkstr(hread("/a/b/c/deep/../h"), "file B/sub/h");
	checkstr(hread("/a/b/c/deep/../../../f"), "file a/f");
	checkstr(hns(), "bind '#B' /n/x\nbind /n/x/sub /a/b/c\n");
	check(cd("/a/b/c/deep") == 0);
	checkstr(hpath(".."), "/a/b/c");
	checkstr(hread("../h"), "file B/sub/h");
	checkstr(hpath("../.."), "/a/b");
	check(cd("/") == 0);
	/* the current directory is kept under what is mounted on it */
	check(cd("/n/x") == 0);
	check(nameunmount(nil, "/n/x") == 0);
	checkstr(hls("."), "under ");
	check(namebind("#C", ".", MREPL) == 0);
	checkstr(hread("onlyc"), "file C");
	check(cd("/") == 0);
	check(nameunmount("#C", "/n/x") == 0);
	check(nameunmount(nil, "/n/x") < 0);
	checkstr(herr(), "not mounted");
	check(nameunmount("#C", "/a/b/c") < 0);
	checkstr(herr(), "not in union");
	newns();
	/* a file on a file */
	check(namebind("#B/f", "/a/f", MREPL) == 0);
	checkstr(hread("/a/f"), "file B/f");
	check(namebind("#B", "/a/f", MREPL) < 0);
	checkstr(herr(), "inconsistent mount");
	check(namebind("#B/f", "/a/f", MAFTER) < 0);
	check(namebind("#B", "/a", 3) < 0);
	check(namebind("#B", "/a", 64) < 0);
	checkstr(hns(), "bind '#B/f' /a/f\n");
	newns();
	/* on the root */
	check(namebind("#C", "/", MAFTER) == 0);
	checkstr(hread("/onlyc"), "file C");
	checkstr(hread("/a/f"), "file a/f");
	checkstr(hls("/"), "a n onlyc f ");
	checkstr(hpath("/.."), "/");
	checkstr(hread("../../onlyc"), "file C");
	newns();
}

static void testunion(void)
{
	Chan *c;

	check(namebind("#B", "/n/x", MAFTER) == 0);
	check(namebind("#C", "/n/x", MBEFORE|MCREATE) == 0);
	checkstr(hls("/n/x"), "onlyc f under sub f ");
	checkstr(hread("/n/x/f"), "file C/f");
	checkstr(hread("/n/x/sub/h"), "file B/sub/h");
	checkstr(hread("/n/x/sub/../onlyc"), "file C");
	checkstr(hpath("/n/x/under"), "/n/x/under");
	checkstr(hns(), "bind -a '#B' /n/x\nbind -bc '#C' /n/x\n");
	check(hwrite("/n/x/new", "made") == 0);
	checkstr(hread("#C/new"), "made");
	check(nameremove("/n/x/new") == 0);
	check(hread("#C/new") == nil);
	/* an existing file is opened where it is, not made in the first */
	check(hwrite("/n/x/sub/h", "again") == 0);
	checkstr(hread("#B/sub/h"), "again");
	check(hwrite("#B/sub/h", "file B/sub/h") == 0);
	/* binding a union copies its elements */
	check(mkdir("/a/u") == 0 || 1);
	check(namebind("/n/x", "/a/u", MREPL|MCREATE) == 0);
	checkstr(hls("/a/u"), "onlyc f under sub f ");
	check(hwrite("/a/u/new", "made") == 0);
	checkstr(hread("#C/new"), "made");
	check(nameremove("/a/u/new") == 0);
	checkstr(hns(), "bind -a '#B' /n/x\nbind -bc '#C' /n/x\nbind -c '#C' /a/u\nbind -a /n/x /a/u\nbind -a '#B' /a/u\n");
	/* an open union keeps its elements and its place */
	c = nameopen("/n/x", OREAD);
	check(c != nil);
	check(nameunmount("#B", "/n/x") == 0);
	check(nameunmount("#C", "/n/x") == 0);
	checkstr(hls("/n/x"), "under ");
	{
		uchar buf[200];
		Chan *o;
		int n;

		check(dirread(c, buf, sizeof buf, 77) < 0);
		checkstr(herr(), Ebadoffset);
		n = 0;
		while(dirread(c, buf, 80, -1) > 0)
			n++;
		checkint(n, 5);
		check(dirread(c, buf, sizeof buf, -1) == 0);
		check(dirread(c, buf, 80, 0) > 0);
		check(dirread(c, buf, 10, 0) < 0);
		o = c;
		chanclose(o);
	}
	newns();
	check(namebind("#B", "/n/x", MREPL) == 0);
	check(hwrite("/n/x/no", "x") < 0);
	checkstr(herr(), "mounted directory forbids creation");
	check(namebind("#C", "/n/x", MAFTER|MCREATE) == 0);
	check(hwrite("/n/x/yes", "x") == 0);
	checkstr(hread("#C/yes"), "x");
	check(nameremove("#C/yes") == 0);
	check(nameunmount("#B", "/n/x") == 0);
	checkstr(hns(), "bind -c '#C' /n/x\n");
	check(nameunmount("#C", "/n/x") == 0);
	checkstr(hns(), "");
	newns();
}

static void testgroups(void)
{
	Pgrp *a, *b;

	check(namebind("#B", "/n/x", MREPL) == 0);
	a = up->pgrp;
	b = pgrpcopy(a);
	check(b != nil);
	up->pgrp = b;
	checkstr(hread("/n/x/f"), "file B/f");
	check(namebind("#C", "/n/x", MREPL) == 0);
	checkstr(hread("/n/x/f"), "file C/f");
	up->pgrp = a;
	checkstr(hread("/n/x/f"), "file B/f");
	pgrpnomount(a);
	check(hread("#B/f") == nil);
	checkstr(herr(), "mount/attach disallowed");
	check(namemount(up->dot, nil, "/n", MREPL, "") < 0);
	check(hls("#d") != nil);
	checkstr(hread("/n/x/f"), "file B/f");
	pgrpclose(b);
	newns();
}

/* name spaces nested ever deeper are closed without recursion */
static void testdeep(void)
{
	int i;

	for(i = 0; i < 3000; i++){
		check(namebind("#B", "/n/x", MREPL) == 0);
		check(cd("/n/x/sub/deep") == 0);
		check(namebind("..", "/a/b", i & 1? MREPL: MBEFORE) == 0);
		check(namebind("/a/b/deep", "/n", i % 3 == 0? MAFTER: MREPL) == 0);
		check(cd("/a/b/deep") == 0 || cd("/") == 0);
		check(nameunmount(nil, "/n") == 0);
		check(cd("/") == 0);
	}
	newns();
	check(cd("/") == 0);
}

static void testcreate(void)
{
	Chan *c;
	char buf[10];

	check(hwrite("/a/new", "12345") == 0);
	check(hwrite("/a/new", "67") == 0);
	checkstr(hread("/a/new"), "67");
	check(namecreate("/a/new", OWRITE|OEXCL, 0666) == nil);
	checkstr(herr(), Eexist);
	check(namecreate("/a/b", OWRITE, 0666) == nil);
	checkstr(herr(), Eisdir);
	check(mkdir("/a/b") < 0);
	checkstr(herr(), Eexist);
	check(mkdir("/a/new") < 0);
	check(mkdir("/nothing/x") < 0);
	checkstr(herr(), Enonexist);
	check(mkdir("/a/new/x") < 0);
	checkstr(herr(), Enotdir);
	check(mkdir("/") < 0);
	check(mkdir("..") < 0);
	check(mkdir("/a/.") < 0);
	check(mkdir("#B") < 0);
	check(mkdir("/a/slash/") == 0);
	check(nameremove("/a/slash") == 0);
	check(namecreate("/a/q", 0x80, 0666) == nil);
	checkstr(herr(), Ebadmode);
	c = namecreate("/a/tmp", ORDWR|ORCLOSE|OEXCL, 0666);
	check(c != nil && c->flag & CRclose);
	checkstr(chanpath(c), "/a/tmp");
	check(chanwrite(c, "abc", 3, 0) == 3);
	check(chanread(c, buf, 10, 1) == 2);
	check(memcmp(buf, "bc", 2) == 0);
	check(chanread(c, buf, 10, -1) < 0);
	check(chanread(c, buf, 10, 0x7FFFFFFFFFFFFFFFLL) < 0);
	chanclose(c);
	check(hread("/a/tmp") == nil);
	checkstr(herr(), Enonexist);
	check(nameopen("/a/new", 0x100) == nil);
	check(nameopen("/a", OWRITE) == nil);
	checkstr(herr(), Eisdir);
	check(nameremove("/a/new") == 0);
	check(nameremove("/a/new") < 0);
	c = nameopen("/a/f", OREAD);
	check(chanwrite(c, "x", 1, 0) < 0);
	chanclose(c);
}

static void teststat(void)
{
	uchar buf[600], w[200];
	char strs[600];
	Dir d;
	int n;

	n = call(sys_stat, (uintptr)"/a/f", (uintptr)buf, sizeof buf, 0);
	check(n > STATFIXLEN);
	check(convM2D(buf, n, &d, strs) == (uint)n);
	checkstr(d.name, "f");
	checkint(d.length, 8);
	checkint(d.type, 'A');
	check(call(sys_stat, (uintptr)"/a/f", (uintptr)buf, 20, 0) == 2);
	checkint(buf[0], n-2);
	check(call(sys_stat, (uintptr)"/a/f", (uintptr)buf, 1, 0) < 0);
	check(namebind("#B/sub", "/n/x", MREPL) == 0);
	n = call(sys_stat, (uintptr)"/n/x", (uintptr)buf, sizeof buf, 0);
	convM2D(buf, n, &d, strs);
	checkstr(d.name, "x");
	checkint(d.type, 'B');
	n = call(sys_stat, (uintptr)"/n/x/deep/..", (uintptr)buf, sizeof buf, 0);
	convM2D(buf, n, &d, strs);
	checkstr(d.name, "x");
	/* setting the mount point's name to what it is changes nothing */
	dirnull(&d);
	d.name = "x";
	d.mode = DMDIR|0700;
	n = convD2M(&d, w, sizeof w);
	check(call(sys_wstat, (uintptr)"/n/x", (uintptr)w, n, 0) == n);
	newns();
	n = call(sys_stat, (uintptr)"#B/sub", (uintptr)buf, sizeof buf, 0);
	convM2D(buf, n, &d, strs);
	checkstr(d.name, "sub");
	check(d.mode == (DMDIR|0700));
	dirnull(&d);
	d.name = "renamed";
	n = convD2M(&d, w, sizeof w);
	check(hwrite("/a/torename", "q") == 0);
	check(call(sys_wstat, (uintptr)"/a/torename", (uintptr)w, n, 0) == n);
	checkstr(hread("/a/renamed"), "q");
	check(call(sys_wstat, (uintptr)"/a/renamed", (uintptr)w, n-1, 0) < 0);
	check(call(sys_wstat, (uintptr)"/a/renamed", (uintptr)w, 3, 0) < 0);
	check(nameremove("/a/renamed") == 0);
}

static void testfds(void)
{
	char buf[100];
	u64int a[6];
	int fd, fd2, i;

	check(hwrite("/a/fd", "0123456789") == 0);
	fd = call(sys_open, (uintptr)"/a/fd", ORDWR, 0, 0);
	check(fd == 0);
	check(call(sys_pread, fd, (uintptr)buf, 4, -1) == 4);
	fd2 = call(sys_dup, fd, -1, 0, 0);
	check(call(sys_pread, fd2, (uintptr)buf, 2, -1) == 2);
	check(memcmp(buf, "45", 2) == 0);
	check(call(sys_pread, fd, (uintptr)buf, 3, 1) == 3);
	check(memcmp(buf, "123", 3) == 0);
	check(call(sys_seek, fd, 0, 1, 0) == 6);
	check(call(sys_seek, fd, 0, 2, 0) == 10);
	check(call(sys_seek, fd, -11, 2, 0) < 0);
	check(call(sys_seek, fd, 0x7FFFFFFFFFFFFFFF, 2, 0) < 0);
	check(call(sys_seek, fd, 0, 1, 0) == 10);
	check(call(sys_seek, fd, 0, 3, 0) < 0);
	check(call(sys_pwrite, fd, (uintptr)"ab", 2, -1) == 2);
	check(call(sys_seek, fd2, 0, 1, 0) == 12);
	check(call(sys_pwrite, fd, (uintptr)"ab", -1, -1) < 0);
	check(call(sys_seek, fd2, 0, 1, 0) == 12);
	check(call(sys_close, fd, 0, 0, 0) == 0);
	check(call(sys_close, fd, 0, 0, 0) < 0);
	check(call(sys_pread, fd, (uintptr)buf, 1, -1) < 0);
	check(call(sys_fd2path, fd2, (uintptr)buf, sizeof buf, 0) == 0);
	checkstr(buf, "/a/fd");
	check(call(sys_fd2path, fd2, (uintptr)buf, 5, 0) < 0);
	check(call(sys_dup, fd2, 300, 0, 0) == 300);
	check(call(sys_dup, fd2, 300, 0, 0) == 300);
	check(call(sys_dup, fd2, 100000, 0, 0) < 0);
	check(call(sys_dup, 300, 300, 0, 0) == 300);
	check(call(sys_close, 300, 0, 0, 0) == 0);
	check(fdmax() == 2);
	snprint(buf, sizeof buf, "#d/%d", fd2);
	checkstr(hls("#d"), "1 1ctl ");
	i = call(sys_open, (uintptr)buf, OREAD, 0, 0);
	check(i == 0);
	check(call(sys_pread, i, (uintptr)buf, 10, -1) == 0);
	check(call(sys_seek, fd2, 1, 0, 0) == 1);
	check(call(sys_pread, i, (uintptr)buf, 10, -1) == 10);
	check(call(sys_close, i, 0, 0, 0) == 0);
	check(hread("#d/7") == nil);
	checkstr(herr(), Enonexist);
	check(strncmp(hread("#d/1ctl"), "  1 rw A", 8) == 0);
	check(call(sys_close, fd2, 0, 0, 0) == 0);
	/* read and write permission of the descriptor */
	fd = call(sys_open, (uintptr)"/a/fd", OREAD|OCEXEC, 0, 0);
	check(call(sys_pwrite, fd, (uintptr)buf, 1, -1) < 0);
	checkstr(herr(), "inappropriate use of fd");
	fgrpcloexec(up->fgrp);
	check(call(sys_pread, fd, (uintptr)buf, 1, -1) < 0);
	/* many, and a copy of them */
	for(i = 0; (fd = call(sys_open, (uintptr)"/a/fd", OREAD, 0, 0)) >= 0; i++)
		check(fd == i);
	checkint(i, 8192);
	{
		Fgrp *f;

		f = fgrpcopy(up->fgrp);
		check(f != nil);
		fgrpclose(f);
	}
	for(; i > 0; i--)
		check(fdclose(i-1) == 0);
	check(fdmax() == 0);
	a[0] = (uintptr)"/a";
	a[1] = OREAD;
	fd = sys_open(a);
	check(call(sys_seek, fd, 5, 0, 0) < 0);
	check(call(sys_pread, fd, (uintptr)buf, sizeof buf, -1) > 0);
	check(call(sys_seek, fd, 0, 0, 0) == 0);
	check(call(sys_pread, fd, (uintptr)buf, sizeof buf, -1) > 0);
	check(call(sys_seek, fd, 0, 1, 0) > 0);
	check(fdclose(fd) == 0);
	check(nameremove("/a/fd") == 0);
}

static void testpost(void)
{
	Chan *p[2], *c;
	char buf[100];
	int fd, sfd;

	check(hpipe(p) != nil);
	chanincref(p[0]);
	fd = fdnew(p[0], 0);
	sfd = call(sys_create, (uintptr)"#s/chan", OWRITE, 0600, 0);
	check(sfd >= 0);
	snprint(buf, sizeof buf, "%d", fd);
	check(call(sys_pwrite, sfd, (uintptr)"77", 2, -1) < 0);
	check(nameopen("#s/chan", ORDWR) == nil);
	check(call(sys_pwrite, sfd, (uintptr)buf, strlen(buf), -1) > 0);
	check(call(sys_pwrite, sfd, (uintptr)buf, strlen(buf), -1) < 0);
	check(call(sys_create, (uintptr)"#s/chan", OWRITE|OEXCL, 0600, 0) < 0);
	checkstr(herr(), Eexist);
	check(fdclose(sfd) == 0);
	checkstr(hls("#s"), "chan ");
	c = nameopen("#s/chan", ORDWR);
	check(c == p[0]);
	checkint(c->ref, 4);
	chanclose(c);
	strecpy(up->user, up->user+NAMELEN, "other");
	check(nameopen("#s/chan", ORDWR) == nil);
	checkstr(herr(), Eperm);
	check(nameremove("#s/chan") < 0);
	strecpy(up->user, up->user+NAMELEN, "glenda");
	check(nameremove("#s/chan") == 0);
	check(nameremove("#s/chan") < 0);
	checkint(p[0]->ref, 2);
	/* gone with the fid that made it */
	sfd = call(sys_create, (uintptr)"#s/temp", OWRITE|ORCLOSE, 0600, 0);
	checkstr(hls("#s"), "temp ");
	check(fdclose(sfd) == 0);
	checkstr(hls("#s"), "");
	check(fdclose(fd) == 0);
	chanclose(p[0]);
	chanclose(p[1]);
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

static void testpipe(void)
{
	static char big[400*KiB];
	char buf[100], rest[4];
	Proc *p;
	long n, all;

	check(hpipe(pp) != nil);
	/* a reader that waits gets it straight */
	p = testproc(preader, nil);
	hostyield();
	check(!hostdone(p));
	check(chanwrite(pp[0], "hello", 5, 0) == 5);
	hostwait(p);
	checkint(pgot, 5);
	check(memcmp(pbuf, "hello", 5) == 0);
	/* messages stay apart; the rest of one waits */
	check(chanwrite(pp[0], "one", 3, 0) == 3);
	check(chanwrite(pp[0], "", 0, 0) == 0);
	check(chanwrite(pp[0], "three", 5, 0) == 5);
	check(chanlength(pp[1]) == 8);
	check(chanread(pp[1], buf, 2, 0) == 2);
	check(chanread(pp[1], buf, sizeof buf, 0) == 1);
	check(chanread(pp[1], buf, sizeof buf, 0) == 0);
	check(chanread(pp[1], rest, 4, 0) == 4);
	check(chanread(pp[1], buf, sizeof buf, 0) == 1);
	check(chanlength(pp[1]) == 0);
	/* both ways */
	check(chanwrite(pp[1], "back", 4, 0) == 4);
	check(chanread(pp[0], buf, sizeof buf, 0) == 4);
	/* a reader interrupted */
	p = testproc(preader, nil);
	hostyield();
	hostnote(p);
	hostwait(p);
	checkint(pgot, -1);
	/* flow control: what does not fit waits, and is read from where it is */
	memset(big, 'b', sizeof big);
	check(chanwrite(pp[0], big, 100*KiB, 0) == 100*KiB);
	pgot = -5;
	p = testproc(pwriter, big);
	hostyield();
	check(!hostdone(p));
	for(all = 0; all < 400*KiB; all += n){
		n = chanread(pp[1], big, 64*KiB-1, 0);
		check(n > 0);
		if(n <= 0)
			break;
	}
	hostwait(p);
	checkint(pgot, 300*KiB);
	/* a writer interrupted when half is read */
	check(chanwrite(pp[0], big, 100*KiB, 0) == 100*KiB);
	p = testproc(pwriter, big);
	hostyield();
	check(chanread(pp[1], big, 200*KiB, 0) == 100*KiB);
	check(chanread(pp[1], big, 50*KiB, 0) == 50*KiB);
	hostnote(p);
	hostwait(p);
	checkint(pgot, 50*KiB);
	/* end of file, after what was written */
	check(chanwrite(pp[0], "last", 4, 0) == 4);
	p = testproc(preader, nil);
	hostwait(p);
	checkint(pgot, 4);
	p = testproc(preader, nil);
	hostyield();
	chanclose(pp[0]);
	hostwait(p);
	checkint(pgot, 0);
	check(chanread(pp[1], buf, 1, 0) == 0);
	hostnotes = 0;
	check(chanwrite(pp[1], "x", 1, 0) < 0);
	checkstr(herr(), "write on closed pipe");
	checkint(hostnotes, 1);
	chanclose(pp[1]);
	/* a writer that waits when the reader goes */
	check(hpipe(pp) != nil);
	check(chanwrite(pp[0], big, 100*KiB, 0) == 100*KiB);
	p = testproc(pwriter, big);
	hostyield();
	chanclose(pp[1]);
	hostwait(p);
	checkint(pgot, -1);
	checkint(hostnotes, 2);
	chanclose(pp[0]);
	/* the tree */
	checkstr(hls("#|"), "data data1 ");
}

static uchar ubuf[100*1024];

static void ureader(void *a)
{
	USED(a);
	pgot = chanreaduser(pp[1], (uintptr)ubuf+5, 80*1024, 0);
}

/* a user's read gets one message, however long, whether it waited for it or not */
static void testmore(void)
{
	static uchar msg[100*1024];
	static int size[] = { 1, 511, 512, 513, 3, 5000, 70000, 80*1024, 513, 512, 600, 600, 70000, 2 };
	Proc *p;
	uint i, j;

	for(i = 0; i < sizeof msg; i++)
		msg[i] = i*3 ^ i>>7;
	check(hpipe(pp) != nil);
	for(i = 0; i < 2*nelem(size); i++){
		j = size[i/2];
		memset(ubuf, 0, sizeof ubuf);
		if(i & 1)
			check(chanwriteuser(pp[0], (uintptr)msg+i, j, 0) == j);
		p = testproc(ureader, nil);
		hostyield();
		if((i & 1) == 0)
			check(chanwriteuser(pp[0], (uintptr)msg+i, j, 0) == j);
		hostwait(p);
		checkint(pgot, j);
		check(memcmp(ubuf+5, msg+i, j) == 0);
		check(ubuf[5+j] == 0 && ubuf[4] == 0);
	}
	/* the next message stays where it is */
	check(chanwrite(pp[0], msg, 700, 0) == 700);
	check(chanwrite(pp[0], msg, 7, 0) == 7);
	check(chanreaduser(pp[1], (uintptr)ubuf, 600, 0) == 600);
	check(chanreaduser(pp[1], (uintptr)ubuf, 6000, 0) == 100);
	check(chanreaduser(pp[1], (uintptr)ubuf, 6000, 0) == 7);
	chanclose(pp[0]);
	check(chanreaduser(pp[1], (uintptr)ubuf, 6000, 0) == 0);
	chanclose(pp[1]);
}

/* --- a linked server that answers when it is told to --- */
static Req *parked, *flushes;
static int flushanswers, nclunk;

static void slowpark(Req *r)
{
	r->next = parked;
	parked = r;
}

static void slowattach(Req *r)
{
	r->fid->qid = (Qid){ .type = QTDIR };
	respond(r, nil);
}

static char *slowclone(Fid *from, Fid *to)
{
	USED(from);
	USED(to);
	return nil;
}

static void slowwalk(Req *r)
{
	if(r->nwname > 0 && strcmp(r->wname[0], "slow") == 0){
		slowpark(r);
		return;
	}
	r->newfid->qid = r->nwname > 0? (Qid){ .path = 1 }: r->fid->qid;
	if(r->nwname > 0)
		r->wqid[0] = r->newfid->qid;
	r->nwqid = r->nwname;
	respond(r, nil);
}

static void slowflush(Req *r)
{
	Req **l;

	if(!flushanswers){
		r->next = flushes;
		flushes = r;
		return;
	}
	for(l = &parked; *l != nil && *l != r->oldreq; l = &(*l)->next)
		;
	if(*l != nil){
		*l = (*l)->next;
		respond(r->oldreq, Eintr);
	}
	respond(r, nil);
}

static void slowdestroy(Fid *f)
{
	USED(f);
	nclunk++;
}

static Srv slowsrv = {
	.name = "slow",
	.dc = 'W',
	.attach = slowattach,
	.clone = slowclone,
	.walk = slowwalk,
	.read = slowpark,
	.write = slowpark,
	.stat = slowpark,
	.flush = slowflush,
	.destroyfid = slowdestroy,
};

static void answerall(char *err)
{
	Req *r, *next;

	for(r = parked, parked = nil; r != nil; r = next){
		next = r->next;
		if(r->type == Tread){
			r->rcount = reqput(r, 0, "late", 4);
		}else if(r->type == Twalk){
			check(strcmp(r->wname[0], "slow") == 0);
			r->wqid[0] = r->newfid->qid = (Qid){ .path = 2 };
			r->nwqid = 1;
		}else if(r->type == Tstat)
			r->d = (Dir){ .name = "late" };
		respond(r, err);
	}
	for(r = flushes, flushes = nil; r != nil; r = next){
		next = r->next;
		respond(r, nil);
	}
}

static Chan *sc;
static long sgot;

static void slowread(void *a)
{
	sgot = chanreaduser(sc, (uintptr)ubuf+5, *(int*)a, 0);
	hostcalm();
}

static void slowkread(void *a)
{
	sgot = chanread(sc, ubuf, *(int*)a, 0);
	hostcalm();
}

static void slowstat(void *a)
{
	USED(a);
	sgot = chanstat(sc, ubuf, 300);
	hostcalm();
}

static void slowname(void *a)
{
	USED(a);
	sgot = nameopen("#W/slow", OREAD) == nil? -1: 0;
	hostcalm();
}

static void twonotes(Proc *p)
{
	hostyield();
	check(!hostdone(p));
	hostnote(p);
	hostyield();
	check(!hostdone(p));
	hostnote(p);
}

static void testslow(void)
{
	int small = 10, big = 5000, before;
	Proc *p;

	sc = nameopen("#W/x", ORDWR);
	check(sc != nil);
	/* answered late, but answered */
	p = testproc(slowread, &big);
	hostyield();
	check(parked != nil);
	answerall(nil);
	hostwait(p);
	checkint(sgot, 4);
	check(memcmp(ubuf+5, "late", 4) == 0);
	/* a note: flushed */
	flushanswers = 1;
	p = testproc(slowread, &small);
	hostyield();
	hostnote(p);
	hostwait(p);
	checkint(sgot, -1);
	check(parked == nil);
	/* the flush is not answered either: left with the server, which answers in the end */
	flushanswers = 0;
	p = testproc(slowread, &big);
	twonotes(p);
	hostwait(p);
	checkint(sgot, -1);
	check(hostpins == hostunpins+1);
	answerall(nil);
	check(hostpins == hostunpins+1);
	hread("/a/f");
	check(hostpins == hostunpins);
	p = testproc(slowread, &small);
	twonotes(p);
	hostwait(p);
	p = testproc(slowstat, nil);
	twonotes(p);
	hostwait(p);
	checkint(sgot, -1);
	p = testproc(slowname, nil);
	twonotes(p);
	hostwait(p);
	checkint(sgot, -1);
	/* its memory is the caller's: it waits */
	p = testproc(slowkread, &small);
	twonotes(p);
	hostyield();
	check(!hostdone(p));
	before = nclunk;
	chanclose(sc);		/* the fid stays until the answers */
	checkint(nclunk, before);
	answerall(nil);
	hostwait(p);
	checkint(sgot, 4);
	hread("/a/f");
	checkint(nclunk, before+3);	/* the file, the walked one, and the root it was walked from */
}

static void testall(void)
{
	maketree();
	testwalk();
	testlong();
	testbind();
	testunion();
	testgroups();
	testcreate();
	teststat();
	testfds();
	testpost();
	testpipe();
	testmore();
	testslow();
	testdeep();
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
