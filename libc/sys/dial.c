/*
 * Making and answering calls on a network (dial(2)).  An address is
 * [netdir/]protocol!host!service; the connection server (the file cs in the
 * net directory) makes of it one or more lines "clone-file address", which
 * are tried in turn.  Without it the address goes to the protocol as it is,
 * but for the names of a few services; and net stands for tcp.
 */
#include "u.h"
#include "libc.h"

enum {
	Textlen = 4096,	/* what cs may answer */
};

typedef struct Call Call;
struct Call {
	char *verb;		/* connect or announce */
	char *local;		/* local address for connect, or nil */
	char dir[NETPATHLEN];	/* of the connection */
	int ctl;
};

/* what those need who have no connection server yet */
static struct {
	char *name, *port;
} services[] = {
	{ "echo", "7" },
	{ "discard", "9" },
	{ "daytime", "13" },
	{ "telnet", "23" },
	{ "domain", "53" },
	{ "http", "80" },
	{ "ntp", "123" },
	{ "9fs", "564" },
	{ "exportfs", "17007" },
};

/*
 * The strings up to nil, one behind the other, in buf of n bytes; what is too
 * much is cut.  A call has a dozen of them: print would be a fifth of its cost.
 */
static void cat(char *buf, int n, ...)
{
	va_list args;
	char *p, *s;

	*buf = 0;
	va_start(args, n);
	for(p = buf; (s = va_arg(args, char*)) != nil; )
		p = strecpy(p, buf+n, s);
	va_end(args);
}

/* the bytes of s before e in buf of n bytes */
static void before(char *buf, int n, char *s, char *e)
{
	strecpy(buf, buf+(e-s+1 < n? e-s+1: n), s);
}

int dialparse(char *addr, DialAddr *a)
{
	char *bang, *slash, *p;

	bang = strchr(addr, '!');
	slash = nil;
	for(p = addr; bang != nil && p < bang; p++)
		if(*p == '/')
			slash = p;
	if(bang == nil || strlen(bang) >= sizeof a->host || bang-addr >= NETPATHLEN || slash == addr){
		werrstr("bad network address: %q", addr);
		return -1;
	}
	strecpy(a->netdir, a->netdir+sizeof a->netdir, "/net");
	if(slash != nil){
		before(a->netdir, sizeof a->netdir, addr, slash);
		addr = slash+1;
	}
	before(a->proto, sizeof a->proto, addr, bang);
	strecpy(a->host, a->host+sizeof a->host, bang+1);
	a->service = strchr(a->host, '!');
	if(a->service != nil)
		*a->service++ = 0;
	return 0;
}

/* the address for a clone file that nobody has translated */
static void plain(DialAddr *a, char *buf, int n)
{
	char *port;
	usize i;

	port = a->service;
	for(i = 0; port != nil && i < nelem(services); i++)
		if(strcmp(port, services[i].name) == 0)
			port = services[i].port;
	cat(buf, n, a->host, port != nil? "!": nil, port, nil);
}

/* A new connection from clone; its directory in c->dir, its control file in c->ctl. */
static int newconn(Call *c, char *clone)
{
	char text[32], dir[sizeof c->dir], *slash, *num, *end;
	long n;

	c->ctl = open(clone, ORDWR);
	if(c->ctl < 0)
		return -1;
	n = read(c->ctl, text, sizeof text-1);
	slash = strrchr(clone, '/');
	if(n <= 0 || slash == nil){
		close(c->ctl);
		return -1;
	}
	text[n] = 0;
	for(num = text; *num == ' '; num++)
		;
	strtol(num, &end, 10);
	*end = 0;
	before(dir, sizeof dir, clone, slash);
	cat(c->dir, sizeof c->dir, dir, "/", num, nil);
	return 0;
}

static int call(Call *c, char *clone, char *addr)
{
	char cmd[Textlen+128];

	if(newconn(c, clone) < 0)
		return -1;
	cat(cmd, sizeof cmd, c->verb, " ", addr, c->local != nil? " ": nil, c->local, nil);
	if(write(c->ctl, cmd, strlen(cmd)) >= 0)
		return 0;
	close(c->ctl);
	return -1;
}

/* Ask cs about a; its lines in text, or -1 if there is no such server. */
static int askcs(DialAddr *a, char *text, int n, int *asked)
{
	char file[NETPATHLEN+4];
	long m, len;
	int fd;

	*asked = 0;
	cat(file, sizeof file, a->netdir, "/cs", nil);
	fd = open(file, ORDWR);
	if(fd < 0)
		return -1;
	*asked = 1;
	if(fprint(fd, "%s!%s%s%s", a->proto, a->host, a->service? "!": "", a->service? a->service: "") < 0){
		close(fd);
		return -1;
	}
	seek(fd, 0, 0);
	for(len = 0; len < n-2; len += m){
		m = read(fd, text+len, n-2-len);
		if(m <= 0)
			break;
		if(text[len+m-1] != '\n')
			text[len+m++] = '\n';
	}
	text[len] = 0;
	close(fd);
	return 0;
}

/* Try each translation of addr until one takes the call. */
static int trycall(Call *c, char *addr)
{
	char text[Textlen], clone[2*NETPATHLEN+8], *line, *next, *f[2];
	DialAddr a;
	int asked;

	if(dialparse(addr, &a) < 0)
		return -1;
	if(askcs(&a, text, sizeof text, &asked) < 0){
		if(asked)
			return -1;
		cat(clone, sizeof clone, a.netdir, "/", strcmp(a.proto, "net") == 0? "tcp": a.proto, "/clone", nil);
		plain(&a, text, sizeof text);
		return call(c, clone, text);
	}
	werrstr("no translation for %q", addr);
	for(line = text; *line != 0; line = next){
		next = strchr(line, '\n');
		*next++ = 0;
		if(getfields(line, f, 2, 1, " \t") == 2 && call(c, f[0], f[1]) == 0)
			return 0;
	}
	return -1;
}

/* Open c's data file. */
static int opendata(char *dir)
{
	char file[NETPATHLEN+8];

	cat(file, sizeof file, dir, "/data", nil);
	return open(file, ORDWR);
}

/*
 * Call addr.  Returns the data file; dir (NETPATHLEN bytes) gets the
 * connection's directory, *cfdp its control file, if they are not nil.
 */
int dial(char *addr, char *local, char *dir, int *cfdp)
{
	Call c;
	int fd;

	c = (Call){.verb = "connect", .local = local};
	if(trycall(&c, addr) < 0)
		return -1;
	fd = opendata(c.dir);
	if(fd < 0 || cfdp == nil)
		close(c.ctl);
	else
		*cfdp = c.ctl;
	if(fd >= 0 && dir != nil)
		strecpy(dir, dir+NETPATHLEN, c.dir);
	return fd;
}

/* Take calls to addr: its control file, dir its directory.  Closing it ends that. */
int announce(char *addr, char *dir)
{
	Call c;

	c = (Call){.verb = "announce"};
	if(trycall(&c, addr) < 0)
		return -1;
	strecpy(dir, dir+NETPATHLEN, c.dir);
	return c.ctl;
}

/*
 * Wait for a call to what was announced at dir: its control file, and in
 * newdir (NETPATHLEN bytes) its directory.  Opening listen waits.
 */
int listen(char *dir, char *newdir)
{
	char file[NETPATHLEN+8], *slash;
	Call c;

	slash = strrchr(dir, '/');
	if(slash == nil){
		werrstr("bad announcement directory: %q", dir);
		return -1;
	}
	cat(file, sizeof file, dir, "/listen", nil);
	if(newconn(&c, file) < 0)
		return -1;
	before(file, sizeof file, dir, slash);
	cat(newdir, NETPATHLEN, file, strrchr(c.dir, '/'), nil);
	return c.ctl;
}

static char *connnum(char *dir)
{
	char *slash;

	slash = strrchr(dir, '/');
	return slash? slash+1: dir;
}

/* Answer the call: its data file. */
int accept(int ctl, char *dir)
{
	char cmd[NETPATHLEN+8];

	cat(cmd, sizeof cmd, "accept ", connnum(dir), nil);
	write(ctl, cmd, strlen(cmd));	/* where the network has no such message, there is no need */
	return opendata(dir);
}

/* Refuse it, saying why. */
int reject(int ctl, char *dir, char *cause)
{
	return fprint(ctl, "reject %s %q", connnum(dir), cause) < 0? -1: 0;
}

int hangup(int ctl)
{
	return write(ctl, "hangup", 6) == 6? 0: -1;
}
