/*
 * kmove.h: for kmovetest.c: servers in the kernel made, moved and spoken to,
 * each function calling need for what must hold.
 */
#pragma once

#define need(e) do{ if(!(e)) fail(__LINE__, #e); }while(0)

static char *name;	/* of the test, and of its server */

static void noreturn_ fail(int line, char *what)
{
	char err[ERRMAX];

	rerrstr(err, sizeof err);
	fprint(2, "kmovetest.c:%d: %s [%s]\n", line, what, err);
	exits("failed");
}

static void reap(int n)
{
	Waitmsg *w;

	for(; n > 0; n--){
		need((w = wait()) != nil);
		if(w->msg[0] != 0){
			fprint(2, "it says: %s\n", w->msg);
			need(!"a good end");
		}
		free(w);
	}
}

static int forked(void)
{
	int pid;

	need((pid = rfork(RFPROC|RFFDG|RFREND)) >= 0);
	return pid;
}

/* --- servers --- */
static int ctlof(char *srv)
{
	char path[128];
	int fd;

	snprint(path, sizeof path, "#h/%s/ctl", srv);
	need((fd = open(path, ORDWR|OCEXEC)) >= 0);
	return fd;
}

static int tell(int fd, char *fmt, ...)
{
	char buf[128];
	va_list a;
	int n;

	va_start(a, fmt);
	n = vsnprint(buf, sizeof buf, fmt, a);
	va_end(a);
	return write(fd, buf, n) == n? 0: -1;
}

static void tellonce(char *srv, char *what)
{
	int fd;

	fd = ctlof(srv);
	need(tell(fd, "%s", what) == 0);
	close(fd);
}

static void make(char *kind, char *srv)
{
	int fd;

	need((fd = open("#h/ctl", OWRITE)) >= 0);
	need(tell(fd, "new %s %s", kind, srv) == 0);
	close(fd);
}

/* a number that its status has in the line that begins so */
static long status(char *srv, char *what)
{
	char buf[1024], *p;
	int fd, n;

	snprint(buf, sizeof buf, "#h/%s/status", srv);
	need((fd = open(buf, OREAD)) >= 0);
	need((n = read(fd, buf, sizeof buf - 1)) > 0);
	close(fd);
	buf[n] = 0;
	need((p = strstr(buf, what)) != nil);
	return atol(p+strlen(what));
}

static void waitstatus(char *srv, char *what, long want)
{
	int i;

	for(i = 0; status(srv, what) != want; i++){
		need(i < 2000);
		sleep(5);
	}
}

static int post(char *srv)
{
	char path[128];
	int fd;

	snprint(path, sizeof path, "/srv/%s", srv);
	need((fd = open(path, ORDWR)) >= 0);
	return fd;
}

static void mounted(char *srv, char *where)
{
	need(mount(post(srv), -1, where, MREPL|MCREATE, "") >= 0);
}

/* the whole of a file, malloced */
static uchar *slurp(char *path, long *n)
{
	uchar *p;
	long k;
	int fd;

	need((fd = open(path, OREAD)) >= 0);
	p = nil;
	*n = 0;
	do{
		need((p = realloc(p, *n + 64*1024)) != nil);
		need((k = read(fd, p+*n, 64*1024)) >= 0);
		*n += k;
	}while(k > 0);
	close(fd);
	return p;
}

/* a coming instance with all that srv, frozen, has; its ctl */
static int incoming(char *kind, char *srv, uchar *img, long n)
{
	char path[128], num[32];
	int in, fd, i, k;

	need((in = open("#h/clone", ORDWR|OCEXEC)) >= 0);
	need((k = read(in, num, sizeof num - 1)) > 1);
	num[k-1] = 0;
	need(tell(in, "kind %s", kind) == 0 && tell(in, "name %s", srv) == 0);
	for(i = 0; i < status(srv, "connections "); i++){
		snprint(path, sizeof path, "#h/%s/conn/%d", srv, i);
		need((fd = open(path, ORDWR)) >= 0);
		need(tell(in, "conn %d", fd) == 0);
		close(fd);
	}
	snprint(path, sizeof path, "#h/in.%s/state", num);
	need((fd = open(path, OWRITE)) >= 0);
	need(write(fd, img, n) == n);
	close(fd);
	return in;
}

static uchar *state(char *srv, long *n)
{
	char path[128];

	snprint(path, sizeof path, "#h/%s/state", srv);
	return slurp(path, n);
}

static void kmove(char *kind, char *srv)
{
	uchar *img;
	long n;
	int ctl, in;

	ctl = ctlof(srv);
	need(tell(ctl, "freeze") == 0);
	img = state(srv, &n);
	in = incoming(kind, srv, img, n);
	free(img);
	need(tell(in, "restore") == 0);
	need(tell(in, "commit") == 0);
	close(in);
	close(ctl);
}

/* --- raw clients --- */
static uchar out[MAXMSIZE], in[MAXMSIZE];

static u32int put(u32int at, Fcall *t)
{
	u32int n;

	need((n = convS2M(t, out+at, sizeof out - at)) > 0);
	return at+n;
}

static void send(int fd, Fcall *t)
{
	u32int n;

	n = put(0, t);
	need(write(fd, out, n) == (long)n);
}

static void answer(int fd, int type, u16int tag, Fcall *r)
{
	long n;

	need((n = read(fd, in, sizeof in)) > 0);
	need(convM2S(in, n, r) == (u32int)n);
	if(r->type == Rerror && type != Rerror)
		werrstr("%s", r->ename);
	need(r->type == type);
	need(r->tag == tag);
}

/* a session with fid 0 as the root */
static int session(char *srv)
{
	Fcall r;
	int fd;

	fd = post(srv);
	send(fd, &(Fcall){ .type = Tversion, .tag = NOTAG, .msize = 8192, .version = VERSION9P });
	answer(fd, Rversion, NOTAG, &r);
	need(r.msize == 8192);
	send(fd, &(Fcall){ .type = Tattach, .tag = 1, .fid = 0, .afid = NOFID, .uname = "glenda", .aname = "" });
	answer(fd, Rattach, 1, &r);
	return fd;
}

static u32int putwalk(u32int at, u16int tag, u32int newfid)
{
	return put(at, &(Fcall){ .type = Twalk, .tag = tag, .fid = 0, .newfid = newfid });
}
