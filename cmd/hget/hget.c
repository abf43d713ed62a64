/*
 * hget: fetch what a web server has under a name: hget(1).
 */
#include <u.h>
#include <libc.h>
#include <bio.h>
#include "hget.h"

enum { Maxhops = 10 };	/* redirections */

static char *net = "/net";
static char *headers[32];
static int nheader;
static char *post;
static char *out;
static int verbose, headonly;

static void usage(void)
{
	fprint(2, "usage: hget [-hv] [-o file] [-p body] [-r header] [-x net] url\n");
	exits("usage");
}

static void request(int fd, Url *u, vlong from)
{
	char b64[512], *s, *e, *buf;
	int i, n;

	buf = malloc(32*1024);
	if(buf == nil)
		sysfatal("%r");
	s = buf;
	e = buf+32*1024;
	s = seprint(s, e, "%s %s HTTP/1.1\r\n", post != nil? "POST": headonly? "HEAD": "GET", u->path);
	s = seprint(s, e, strchr(u->host, ':') != nil? "Host: [%s]": "Host: %s", u->host);
	s = seprint(s, e, strcmp(u->port, "80") != 0? ":%s\r\n": "\r\n", u->port);
	s = seprint(s, e, "User-Agent: hget\r\nConnection: close\r\n");
	if(u->auth[0] != 0 && enc64(b64, sizeof b64, (uchar*)u->auth, strlen(u->auth)) > 0)
		s = seprint(s, e, "Authorization: Basic %s\r\n", b64);
	if(from > 0)
		s = seprint(s, e, "Range: bytes=%lld-\r\n", from);
	for(i = 0; i < nheader; i++)
		s = seprint(s, e, "%s\r\n", headers[i]);
	if(post != nil)
		s = seprint(s, e, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %ld\r\n", (long)strlen(post));
	s = seprint(s, e, "\r\n");
	n = s-buf;
	if(n == 32*1024-1)
		sysfatal("request too long");
	if(write(fd, buf, n) != n || (post != nil && write(fd, post, strlen(post)) != (long)strlen(post)))
		sysfatal("%s: %r", u->host);
	free(buf);
}

static int isredirect(int code)
{
	return code == 301 || code == 302 || code == 303 || code == 307 || code == 308;
}

static Biobuf *call(Url *u, vlong from)
{
	char addr[512];
	Biobuf *b;
	int fd;

	snprint(addr, sizeof addr, "%s/tcp!%s!%s", net, u->host, u->port);
	fd = dial(addr, nil, nil, nil);
	if(fd < 0)
		sysfatal("%s!%s: %r", u->host, u->port);
	request(fd, u, from);
	b = Bfdopen(fd, OREAD);
	if(b == nil)
		sysfatal("%r");
	return b;
}

/* the answer's head, when it is no longer somewhere else */
static Biobuf *follow(Url *u, Resp *r, vlong from)
{
	Biobuf *b;
	int i;

	for(i = 0; i < Maxhops; i++){
		b = call(u, from);
		if(resphead(b, r, verbose) < 0)
			sysfatal("%s: %r", u->host);
		if(!isredirect(r->code) || r->location[0] == 0)
			return b;
		Bterm(b);
		if(r->code == 303)
			post = nil;
		u->auth[0] = 0;	/* not for others */
		if(urlrelative(u, r->location) < 0)
			sysfatal("%s: %r", r->location);
	}
	sysfatal("too many redirections");
}

/* where the body goes; *from: how much is there already */
static int output(vlong *from)
{
	Dir *d;
	int fd;

	*from = 0;
	if(out == nil)
		return 1;
	fd = open(out, OWRITE);
	if(fd < 0)
		fd = create(out, OWRITE, 0666);
	if(fd < 0 || (d = dirfstat(fd)) == nil)
		sysfatal("%s: %r", out);
	*from = d->length;
	free(d);
	return fd;
}

static void get(char *url)
{
	vlong from;
	Biobuf *b;
	Resp r;
	Url u;
	int fd;

	if(urlparse(&u, url) < 0)
		sysfatal("%s: %r", url);
	fd = output(&from);
	b = follow(&u, &r, from);
	if(r.code == 416 && from > 0)	/* there is no more */
		exits(nil);
	if(r.code/100 != 2)
		sysfatal("%s: %s", url, r.reason);
	if(headonly)
		exits(nil);
	if(r.code == 206 && r.first != from)
		sysfatal("%s: another part than was asked for", url);
	if(r.code != 206 && from > 0 && (fd = create(out, OWRITE|OTRUNC, 0666)) < 0)
		sysfatal("%s: %r", out);
	if(out != nil)
		seek(fd, 0, 2);
	if(respbody(b, &r, fd) < 0)
		sysfatal("%s: %r", url);
}

int main(int argc, char **argv)
{
	ARGBEGIN{
	case 'h':
		headonly = verbose = 1;
		break;
	case 'o':
		out = EARGF(usage());
		break;
	case 'p':
		post = EARGF(usage());
		break;
	case 'r':
		if(nheader == nelem(headers))
			usage();
		headers[nheader++] = EARGF(usage());
		break;
	case 'v':
		verbose = 1;
		break;
	case 'x':
		net = EARGF(usage());
		break;
	default:
		usage();
	}ARGEND
	if(argc != 1)
		usage();
	get(argv[0]);
	exits(nil);
}
