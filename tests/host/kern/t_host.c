/* needs: tests/host/libc/check.c tests/host/kern/khost.c tests/host/kern/filehost.c port/chan.c port/path.c port/mnt.c port/mntlink.c port/mntmsg.c port/mntchan.c port/mnttag.c port/mntin.c port/mntver.c port/mntread.c port/mntcache.c port/mntbatch.c port/namespace.c port/union.c port/name.c port/fd.c port/sysfile.c port/pipe.c port/pipesink.c port/srv/pipe.c port/srv/dup.c port/srv/srv.c port/srv/mnt.c port/srv/host/[a-z]*.c tests/host/kern/devhost.c lib9p/[a-z]*.c fs/ramfs.c fs/mbox/[a-z]*.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/crc32.c libc/base/utf.c libc/base/token.c */
/* flags: -include tests/host/kern/khost.h -Itests/host/libc -Iport -Itests/host/kern -Wl,--wrap=malloc,--wrap=realloc */
/*
 * t_host: servers in the kernel, #h, where each allocation fails in turn, and
 * what a pipe does for those at both its ends.
 */
#include "filehost.h"

extern Srv ramfssrv, mboxsrv, pipesrv, dupsrv, srvsrv, mntsrv, hostsrv;
static Srv ram;
Srv *srvtab[] = { &ram, &pipesrv, &dupsrv, &srvsrv, &mntsrv, &hostsrv, nil };
Srv *fstab[] = { &ramfssrv, &mboxsrv, nil };

/* --- pipes with a sink --- */
typedef struct Taker Taker;
struct Taker {
	char got[200];
	u32int n;
	u32int room;		/* how much it takes yet */
	int hangups;
	Msglink *again;		/* set it again, once, when it has refused */
};

static u32int takes(void *a, Part *s)
{
	Taker *t;
	Msglink *l;
	u32int k;

	t = a;
	if(s == nil){
		t->hangups++;
		return 0;
	}
	k = MIN(s->n, t->room);
	partget(s, 0, t->got+t->n, k);
	t->n += k;
	t->room -= k;
	t->got[t->n] = 0;
	if(k < s->n && (l = t->again) != nil){
		t->again = nil;
		t->room = 100;
		check(l->sink(l->end, takes, t) == 0);
	}
	return k;
}

static int gotis(Taker *t, char *s)
{
	int ok;

	ok = strcmp(t->got, s) == 0;
	if(!ok)
		print("got %s, not %s\n", t->got, s);
	t->n = 0;
	t->got[0] = 0;
	return ok;
}

static int ends(Chan *c[2], Msglink l[2])
{
	if(hpipe(c) == nil)
		return -1;
	check(linkhook(c[0], &l[0]) && linkhook(c[1], &l[1]));
	return 0;
}

static int sendtext(Msglink *l, char *h, char *d, int nowait)
{
	Buf b;
	Part s;

	b = (Buf){ .p = (uchar*)d, .n = strlen(d) };
	s = (Part){ .h = (uchar*)h, .nh = strlen(h), .b = &b, .n = strlen(h)+strlen(d) };
	return l->send(l->end, &s, nowait);
}

/* what is taken, what is not, and in which order it comes then */
static void testsink(void)
{
	Chan *c[2];
	Msglink l[2];
	Taker t;
	char buf[20];

	if(ends(c, l) < 0)
		return;
	t = (Taker){ .room = 100 };
	check(chanwrite(c[1], "be", 2, 0) == 2);
	check(chanwrite(c[1], "fore", 4, 0) == 4);
	check(l[0].sink(l[0].end, takes, &t) == 0);
	check(gotis(&t, "before"));
	check(chanwrite(c[1], "after", 5, 0) == 5);
	check(sendtext(&l[1], "head", "data", 0) == 0);
	check(gotis(&t, "afterheaddata"));
	t.room = 6;	/* the rest of this, and what comes after, waits */
	check(sendtext(&l[1], "head", "data", 0) == 0);
	check(chanwrite(c[1], "more", 4, 0) == 4);
	check(gotis(&t, "headda"));
	t.room = 3;
	check(l[0].sink(l[0].end, takes, &t) == 0);
	check(gotis(&t, "tam"));
	t.room = 100;
	check(l[0].sink(l[0].end, takes, &t) == 0);
	check(gotis(&t, "ore"));
	t.room = 2;	/* refused, and set again before that is seen */
	t.again = &l[0];
	check(chanwrite(c[1], "again", 5, 0) == 5);
	check(gotis(&t, "again"));
	check(chanwrite(c[1], "!", 1, 0) == 1);
	check(gotis(&t, "!"));
	check(l[0].sink(l[0].end, nil, &t) == 0);
	check(chanwrite(c[1], "x", 1, 0) == 1);
	check(chanread(c[0], buf, sizeof buf, 0) == 1);
	check(gotis(&t, ""));
	check(l[0].sink(l[0].end, takes, &t) == 0);
	chanclose(c[1]);
	check(t.hangups == 1);
	chanclose(c[0]);
}

/* both ends; one end for two; somebody else's */
static void testsinks(void)
{
	Chan *c[2];
	Msglink l[2];
	Taker t[2];

	if(ends(c, l) < 0)
		return;
	t[0] = t[1] = (Taker){ .room = 100 };
	check(l[0].sink(l[0].end, takes, &t[0]) == 0);
	check(l[1].sink(l[1].end, takes, &t[1]) < 0);	/* it would talk to itself */
	checkstr(herr(), Einuse);
	check(l[0].sink(l[0].end, takes, &t[1]) < 0);
	check(l[0].sink(l[0].end, nil, &t[1]) == 0);	/* not his */
	check(sendtext(&l[1], "a", "b", 1) == 0);
	check(gotis(&t[0], "ab"));
	check(l[0].sink(l[0].end, nil, &t[0]) == 0);
	chanclose(c[1]);
	check(l[0].sink(l[0].end, takes, &t[1]) == 0);	/* it had hung up already */
	check(t[1].hangups == 1 && t[0].hangups == 0);
	chanclose(c[0]);
}

static Msglink *waitfor;
static int waited;

static void waiter(void *a)
{
	waited = waitfor->wait(waitfor->end, (uintptr)a);
}

/* who waits for much room is not forgotten when little was made */
static void testroom(void)
{
	static char big[256*KiB];
	Chan *c[2];
	Msglink l[2];
	Proc *p;
	int i, n;

	if(ends(c, l) < 0)
		return;
	memset(big, 'x', sizeof big);
	big[20*KiB] = 0;
	for(n = 0; sendtext(&l[0], "", big, 1) == 0; n++)
		;
	check(n > 10);
	waitfor = &l[0];
	waited = 1;
	p = testproc(waiter, (void*)(uintptr)(100*KiB));
	hostyield();
	for(i = 0; i < n; i++){
		check(hostdone(p) == ((n-i)*20 + 101 <= 256));
		check(chanread(c[1], big, sizeof big, 0) == 20*KiB);
		hostyield();
	}
	hostwait(p);
	check(waited == 0);
	chanclose(c[0]);
	chanclose(c[1]);
}

/* --- servers, and no memory --- */
static char Kmnt[] = "/n/x";

static int tell(Chan *c, char *s)
{
	return chanwrite(c, s, strlen(s), 0) == (long)strlen(s)? 0: -1;
}

static int tellto(char *file, char *s)
{
	Chan *c;
	int r;

	if((c = nameopen(file, OWRITE)) == nil)
		return -1;
	r = tell(c, s);
	chanclose(c);
	return r;
}

static int domount(char *post, char *where)
{
	Chan *c;
	int r;

	if((c = nameopen(post, ORDWR)) == nil)
		return -1;
	r = namemount(c, nil, where, MREPL|MCREATE, "");
	chanclose(c);
	return r;
}

/* the image of srv, frozen, goes to a coming one; its ctl, or nil */
static Chan *incoming(char *srv, char *kind)
{
	static char img[100*KiB];
	char path[60], num[20], text[30];
	Chan *c, *st, *end;
	long n, k;
	int fd;

	st = end = nil;
	if((c = nameopen("#h/clone", ORDWR)) == nil)
		return nil;
	if((n = chanread(c, num, sizeof num-1, 0)) < 2)
		goto Bad;
	num[n-1] = 0;
	snprint(path, sizeof path, "#h/%s/state", srv);
	if((st = nameopen(path, OREAD)) == nil)
		goto Bad;
	for(n = 0; (k = chanread(st, img+n, sizeof img-n, n)) > 0; n += k)
		;
	chanclose(st);
	st = nil;
	snprint(path, sizeof path, "#h/in.%s/state", num);
	if(k < 0 || (st = nameopen(path, OWRITE)) == nil || chanwrite(st, img, n, 0) != n)
		goto Bad;
	chanclose(st);
	st = nil;
	snprint(path, sizeof path, "#h/%s/conn/0", srv);
	if((end = nameopen(path, ORDWR)) == nil || (fd = fdnew(end, 0)) < 0)
		goto Bad;
	snprint(text, sizeof text, "conn %d", fd);
	snprint(path, sizeof path, "name %s", srv);
	snprint(num, sizeof num, "kind %s", kind);
	k = tell(c, num) < 0 || tell(c, path) < 0 || tell(c, text) < 0;
	fdclose(fd);
	if(k == 0)
		return c;
Bad:
	chanclose(st);
	chanclose(c);
	return nil;
}

static int kmove(char *srv, char *kind)
{
	char path[60];
	Chan *ctl, *in;
	int r;

	snprint(path, sizeof path, "#h/%s/ctl", srv);
	if((ctl = nameopen(path, ORDWR)) == nil)
		return -1;
	in = nil;
	r = -1;
	if(tell(ctl, "freeze") == 0 && (in = incoming(srv, kind)) != nil && tell(in, "restore") == 0)
		r = tell(in, "commit");
	chanclose(in);
	chanclose(ctl);
	return r;
}

static int create(void)
{
	return tellto("#h/ctl", "new ramfs k");
}

static int mount(void)
{
	return domount("#s/k", Kmnt);
}

static int use(void)
{
	char *s;

	if(hwrite("/n/x/f", "text") < 0 || (s = hread("/n/x/f")) == nil)
		return -1;
	check(strcmp(s, "text") == 0);
	return nameremove("/n/x/f");
}

static int move(void)
{
	return kmove("k", "ramfs");
}

static int another(void)
{
	nameremove("#s/k2");	/* the last one could not be removed, perhaps */
	if(tellto("#h/k/ctl", "post k2") < 0)
		return -1;
	return nameremove("#s/k2");
}

/* does f succeed, if the n'th allocation fails for n = 1, 2 ... and once it did not? */
static void eachfails(char *what, int (*f)(void))
{
	int n, r;

	for(n = 1; n < 2000; n++){
		hostfail = n;
		r = f();
		if(hostfail > 0 && r == 0)
			break;
		hostfail = 0;
		hostyield();	/* for the reaper */
	}
	if(hostfail == 0){
		print("%s: %s\n", what, herr());
		check(!"success when memory is there");
	}
	hostfail = 0;
	hostyield();
}

static int createundo(void)
{
	int r;

	if((r = create()) == 0 && hostfail == 0){
		check(tellto("#h/k/ctl", "remove") == 0);
		r = -1;
	}
	return r;
}

static void testnomem(void)
{
	char *s;

	check(create() == 0);	/* the reaper is there */
	check(tellto("#h/k/ctl", "remove") == 0);
	eachfails("new", createundo);
	eachfails("mount", mount);
	check(hwrite("/n/x/kept", "kept") == 0);
	eachfails("use", use);
	eachfails("post", another);
	eachfails("move", move);
	s = hread("/n/x/kept");
	check(s != nil && strcmp(s, "kept") == 0);
	check(use() == 0);
	check(tellto("#h/k/ctl", "remove") == 0);
	check(hread("/n/x/kept") == nil);
	check(nameunmount(nil, Kmnt) == 0);
	hostyield();
	checkstr(hls("#h"), "ctl clone ");
	checkstr(hls("#s"), "");
}

/* --- what one client may keep: reads at a mailbox's event file --- */
enum {
	Rawfids = 40,
	Rawcount = 32*KiB,
	Rawmsize = 64*KiB,
	Rawmem = 16*MiB,	/* a 16th of it holds some 30 such reads */
	Probe = 9999,
};

static void rawsend(Chan *c, int type, u32int fid, u16int tag, Fcall f)
{
	uchar buf[300];
	u32int n;

	f.type = type;
	f.fid = fid;
	f.tag = tag;
	n = convS2M(&f, buf, sizeof buf);
	check(n > 0 && chanwrite(c, buf, n, 0) == n);
}

/* the next answer */
static Fcall rawanswer(Chan *c)
{
	static uchar buf[1000];
	Fcall r;
	u32int n;

	r = (Fcall){ .type = 0 };
	check(hexact(c, buf, 4) == 4);
	n = buf[0] | buf[1]<<8;
	check(n >= 7 && n <= sizeof buf);
	check(hexact(c, buf+4, n-4) == n-4);
	check(convM2S(buf, n, &r) == n);
	return r;
}

static void rawcall(Chan *c, int type, u32int fid, Fcall f)
{
	Fcall r;

	rawsend(c, type, fid, 1, f);
	r = rawanswer(c);
	if(r.type == Rerror)
		print("%d: %s\n", type, r.ename);
	check(r.type == type+1 && r.tag == 1);
}

/* a read of fid's waits; or 0: it was refused, and nothing but the one error came */
static int rawpark(Chan *c, u32int fid)
{
	Fcall r;

	rawsend(c, Tread, fid, fid, (Fcall){ .count = Rawcount });
	rawsend(c, Tflush, 0, Probe, (Fcall){ .oldtag = Probe-1 });
	r = rawanswer(c);
	if(r.type == Rflush && r.tag == Probe)
		return 1;
	check(r.type == Rerror && r.tag == fid);
	checkstr(r.ename, Enoreqs);
	r = rawanswer(c);
	check(r.type == Rflush && r.tag == Probe);
	return 0;
}

/* as many of them as may, and no more than max */
static int rawfill(Chan *c, u32int fid, int max)
{
	int n;

	for(n = 0; n < max && rawpark(c, fid+n); n++)
		;
	return n;
}

static void rawsession(Chan *c)
{
	Fcall v;
	u32int i;

	v = (Fcall){ .type = Tversion, .tag = NOTAG, .msize = Rawmsize, .version = VERSION9P };
	rawsend(c, Tversion, 0, NOTAG, v);
	check(rawanswer(c).type == Rversion);
	rawcall(c, Tattach, 1, (Fcall){ .afid = NOFID, .uname = hostowner(), .aname = "" });
	for(i = 100; i < 100+Rawfids; i++){
		rawcall(c, Twalk, 1, (Fcall){ .newfid = i, .nwname = 1, .wname = { "event" } });
		rawcall(c, Topen, i, (Fcall){ .mode = OREAD });
	}
}

static Chan *rawopen(char *name)
{
	Chan *c;

	c = nameopen(name, ORDWR);
	check(c != nil);
	rawsession(c);
	return c;
}

/* append a message: all reads are answered */
static void rawmail(Chan *c, int n)
{
	Fcall r;
	int i, reads;

	rawcall(c, Twalk, 1, (Fcall){ .newfid = 2, .nwname = 1, .wname = { "new" } });
	rawcall(c, Topen, 2, (Fcall){ .mode = OWRITE });
	rawcall(c, Twrite, 2, (Fcall){ .count = 1, .data = "\n" });
	rawsend(c, Tclunk, 2, 1, (Fcall){ .type = 0 });
	reads = 0;
	for(i = 0; i < n+1; i++){
		r = rawanswer(c);
		reads += r.type == Rread;
		check(r.type == Rread || r.type == Rclunk);
	}
	check(reads == n);
}

static void rawflush(Chan *c, u16int tag)
{
	Fcall r;

	rawsend(c, Tflush, 0, Probe, (Fcall){ .oldtag = tag });
	r = rawanswer(c);
	check(r.type == Rerror && r.tag == tag);
	checkstr(r.ename, "interrupted");
	r = rawanswer(c);
	check(r.type == Rflush && r.tag == Probe);
}

static void testheld(void)
{
	Chan *c, *other;
	int n, k;

	hosttotal = Rawmem/PGSZ;
	check(tellto("#h/ctl", "new mbox b") == 0);
	c = rawopen("#s/b");
	n = rawfill(c, 100, Rawfids);
	check(n >= 26 && n <= 32);
	rawflush(c, 100);	/* a flush is heard, and gives room for one */
	check(rawfill(c, 100, Rawfids) == 1);
	check(kmove("b", "mbox") == 0);		/* the other side counts the same */
	check(!rawpark(c, 100+n));
	rawflush(c, 100);
	rawflush(c, 101);
	k = rawfill(c, 100, 3);	/* what was moved takes some more */
	check(k == 1 || k == 2);
	check(tellto("#h/b/ctl", "post b2") == 0);
	other = rawopen("#s/b2");	/* it has as much for itself */
	check(rawfill(other, 100, Rawfids) == n);
	chanclose(other);
	rawsession(c);		/* nothing waits in a new one */
	check(rawfill(c, 100, Rawfids) == n);
	rawflush(c, 100);	/* makes room for the mail's walk, open and write */
	rawmail(c, n-1);	/* the answers have been read */
	check(rawfill(c, 101, n-1) == n-1);
	chanclose(c);
	check(tellto("#h/b/ctl", "remove") == 0);
	hosttotal = 1<<20;
}

static int mkdir(char *name)
{
	Chan *c;

	if((c = namecreate(name, OREAD, DMDIR|0775)) == nil)
		return -1;
	chanclose(c);
	return 0;
}

static void all(void)
{
	check(mkdir("/n") == 0 && mkdir(Kmnt) == 0);
	testsink();
	testsinks();
	testroom();
	testnomem();
	testheld();
}

int main(void)
{
	ram = ramfssrv;
	ram.dc = 'A';
	return hostmain(all);
}
