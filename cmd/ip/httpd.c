/*
 * httpd: serve files of the name space to a web client on standard input and
 * output: httpd(8).  All that comes is hostile: lines and their number are
 * bounded, a client that says nothing is given up, and a name is below the root
 * whatever it decodes to.
 */
#include <u.h>
#include <libc.h>
#include <bio.h>

enum {
	Maxline = 8192,
	Maxlines = 100,
	Patience = 60*1000,	/* ms, for a request, and for each piece of an answer to be taken */
	Chunk = 32*1024,
	Datelen = 32,
};

typedef struct Ask Ask;
struct Ask {
	char method[16];
	char path[Maxline];	/* decoded */
	int minor;		/* HTTP/1.minor */
	int keep;		/* the connection, after it */
	vlong from, to;		/* bytes wanted; from -1: all; to -1: to the end */
	char since[Datelen];	/* not if it is as it was then, */
	char ifrange[Datelen];	/* all of it if it is not; or "" */
};

static Biobuf in, out;
static char *root = "/usr/web";
static int list;

static void usage(void)
{
	fprint(2, "usage: ip/httpd [-l] [-r root]\n");
	exits("usage");
}

/* --- the request --- */

/* a line without its end: static; nil: too long, or there is none */
static char *getline(void)
{
	static char line[Maxline];
	int c, n;

	for(n = 0; (c = Bgetc(&in)) != '\n'; line[n++] = c)
		if(c <= 0 || n == sizeof line-1)
			return nil;
	if(n > 0 && line[n-1] == '\r')
		n--;
	line[n] = 0;
	return line;
}

static int hexdigit(int c)
{
	if(c >= '0' && c <= '9')
		return c-'0';
	c |= 0x20;
	return c >= 'a' && c <= 'f'? c-'a'+10: -1;
}

/* %xx to bytes, up to the ?; -1: not a name */
static int decode(char *to, char *s)
{
	int h, l;

	for(; *s != 0 && *s != '?' && *s != '#'; s++){
		*to = *s;
		if(*s == '%'){
			h = hexdigit(s[1]);
			l = h >= 0? hexdigit(s[2]): -1;
			if(l < 0)
				return -1;
			*to = h<<4 | l;
			s += 2;
		}
		if((uchar)*to < ' ')
			return -1;
		to++;
	}
	*to = 0;
	return 0;
}

/* no element of it is .., so that it stays below the root */
static int inside(char *path)
{
	char *p;

	for(p = path; (p = strstr(p, "..")) != nil; p += 2)
		if((p == path || p[-1] == '/') && (p[2] == 0 || p[2] == '/'))
			return 0;
	return path[0] == '/';
}

/* bytes=a-b, a-, or what we do not know and need not */
static void range(Ask *q, char *val)
{
	char *end;
	vlong from, to;

	if(cistrncmp(val, "bytes=", 6) != 0 || strchr(val, ',') != nil || val[6] < '0' || val[6] > '9')
		return;
	from = strtoll(val+6, &end, 10);
	if(*end != '-')
		return;
	to = end[1] != 0? strtoll(end+1, nil, 10): -1;
	if(to >= 0 && to < from)
		return;
	q->from = from;
	q->to = to;
}

static void header(Ask *q, char *line)
{
	char *val;

	val = strchr(line, ':');
	if(val == nil)
		return;
	*val++ = 0;
	val += strspn(val, " \t");
	if(cistrcmp(line, "connection") == 0){
		if(cistrcmp(val, "close") == 0)
			q->keep = 0;
		else if(cistrcmp(val, "keep-alive") == 0)
			q->keep = 1;
	}else if(cistrcmp(line, "range") == 0)
		range(q, val);
	else if(cistrcmp(line, "if-modified-since") == 0)
		strecpy(q->since, q->since+Datelen, val);
	else if(cistrcmp(line, "if-range") == 0)
		strecpy(q->ifrange, q->ifrange+Datelen, val);
	else if(cistrcmp(line, "content-length") == 0 || cistrcmp(line, "transfer-encoding") == 0)
		q->keep = 0;	/* what follows is not a request */
}

/* 0, or the code of the error; -1: there is no request */
static int request(Ask *q)
{
	char *line, *f[4];
	int n, bad;

	memset(q, 0, sizeof *q);
	q->from = -1;
	line = getline();
	if(line == nil)
		return -1;
	bad = 0;
	n = getfields(line, f, nelem(f), 1, " ");
	if(n != 3 || strncmp(f[2], "HTTP/1.", 7) != 0 || strlen(f[0]) >= sizeof q->method)
		return 400;
	strecpy(q->method, q->method+sizeof q->method, f[0]);
	q->minor = f[2][7] != '0';
	q->keep = q->minor;
	if(decode(q->path, f[1]) < 0 || !inside(q->path))
		bad = 400;
	for(n = 0; (line = getline()) != nil && *line != 0; n++){
		if(n == Maxlines)
			return 400;
		header(q, line);
	}
	if(line == nil)
		return -1;
	if(bad == 0 && strcmp(q->method, "GET") != 0 && strcmp(q->method, "HEAD") != 0)
		bad = 501;
	return bad;
}

/* --- the answer --- */
static struct {
	int code;
	char *text;
} reasons[] = {
	{ 200, "OK" },
	{ 206, "Partial Content" },
	{ 301, "Moved Permanently" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 416, "Range Not Satisfiable" },
	{ 501, "Not Implemented" },
};

static char *reason(int code)
{
	usize i;

	for(i = 0; reasons[i].code != code; i++)
		;
	return reasons[i].text;
}

static void begin(Ask *q, int code)
{
	Bprint(&out, "HTTP/1.1 %d %s\r\nServer: Pintle\r\n", code, reason(code));
	if(!q->keep)
		Bprint(&out, "Connection: close\r\n");
}

static void fail(Ask *q, int code)
{
	char text[128];
	int n;

	n = snprint(text, sizeof text, "%d %s\n", code, reason(code));
	begin(q, code);
	Bprint(&out, "Content-Type: text/plain\r\nContent-Length: %d\r\n\r\n", n);
	if(strcmp(q->method, "HEAD") != 0)
		Bwrite(&out, text, n);
}

static struct {
	char *suffix, *type;
} types[] = {
	{ ".html", "text/html; charset=utf-8" },
	{ ".htm", "text/html; charset=utf-8" },
	{ ".css", "text/css" },
	{ ".js", "text/javascript" },
	{ ".json", "application/json" },
	{ ".png", "image/png" },
	{ ".jpg", "image/jpeg" },
	{ ".gif", "image/gif" },
	{ ".svg", "image/svg+xml" },
	{ ".pdf", "application/pdf" },
	{ ".gz", "application/gzip" },
	{ ".tgz", "application/gzip" },
};

/* by the name, or by whether the first bytes are text */
static char *filetype(char *path, int fd)
{
	uchar b[512];
	usize i, n, m;
	long k, j;

	n = strlen(path);
	for(i = 0; i < nelem(types); i++){
		m = strlen(types[i].suffix);
		if(n > m && cistrcmp(path+n-m, types[i].suffix) == 0)
			return types[i].type;
	}
	k = pread(fd, b, sizeof b, 0);
	for(j = 0; j < k; j++)
		if(b[j] == 0)
			return "application/octet-stream";
	return "text/plain; charset=utf-8";
}

/* n bytes, or all there are if n < 0, in chunks if the client knows them */
static int sendfile(Ask *q, int fd, vlong n)
{
	static char buf[Chunk];
	int chunked;
	long m;

	chunked = n < 0 && q->minor > 0;
	while(n != 0){
		m = read(fd, buf, n < 0 || n > Chunk? Chunk: (long)n);
		if(m <= 0)
			break;
		alarm(Patience);
		if(chunked)
			Bprint(&out, "%lx\r\n", m);
		Bwrite(&out, buf, m);
		if(chunked)
			Bprint(&out, "\r\n");
		if(Bflush(&out) < 0)
			return -1;
		if(n > 0)
			n -= m;
	}
	if(chunked)
		Bprint(&out, "0\r\n\r\n");
	return n > 0? -1: 0;	/* shorter than was said: only an end of the connection can tell */
}

/* as HTTP writes a time.  Clients send back what they got, so dates are compared as text */
static char *date(vlong t)
{
	static char *days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static char *months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	static char buf[Datelen];
	Tm *tm;

	tm = gmtime(t);
	snprint(buf, sizeof buf, "%s, %.2d %s %.4d %.2d:%.2d:%.2d GMT", days[tm->wday], tm->mday, months[tm->mon],
		tm->year+1900, tm->hour, tm->min, tm->sec);
	return buf;
}

/* an ordinary file, whose length is known, or another, which is read to its end; -1: the connection is of no use any more */
static int file(Ask *q, int fd, char *path, Dir *d)
{
	char *when;
	vlong n;
	int code;

	n = d->length;
	code = 200;
	when = date(d->mtime);
	if(q->ifrange[0] != 0 && strcmp(q->ifrange, when) != 0)
		q->from = -1;
	if(n == 0 || (d->qid.type & QTAPPEND))
		n = -1;
	else if(strcmp(q->since, when) == 0){
		begin(q, 304);
		Bprint(&out, "Last-Modified: %s\r\n\r\n", when);
		return 0;
	}else if(q->from >= n){
		fail(q, 416);
		return 0;
	}else if(q->from >= 0){
		code = 206;
		if(q->to < 0 || q->to >= n)
			q->to = n-1;
		n = q->to-q->from+1;
	}
	if(n < 0 && q->minor == 0)
		q->keep = 0;
	begin(q, code);
	Bprint(&out, "Content-Type: %s\r\n", filetype(path, fd));
	if(code == 206){
		Bprint(&out, "Content-Range: bytes %lld-%lld/%lld\r\n", q->from, q->to, d->length);
		seek(fd, q->from, 0);
	}
	if(n >= 0)
		Bprint(&out, "Accept-Ranges: bytes\r\nLast-Modified: %s\r\nContent-Length: %lld\r\n\r\n", when, n);
	else
		Bprint(&out, q->minor > 0? "Transfer-Encoding: chunked\r\n\r\n": "\r\n");
	if(strcmp(q->method, "HEAD") == 0)
		return 0;
	return sendfile(q, fd, n);
}

static void puthtml(Fmt *f, char *s)
{
	char c[2] = { 0 };

	for(; *s != 0; s++){
		c[0] = *s;
		fmtstrcpy(f, *s == '<'? "&lt;": *s == '>'? "&gt;": *s == '&'? "&amp;": *s == '"'? "&quot;": c);
	}
}

static char *urlname(char *name)
{
	static char buf[3*Maxline+1];
	char *p;

	for(p = buf; *name != 0 && p < buf+sizeof buf-4; name++)
		if((uchar)*name >= Runeself || strchr("%?#\"<>&: ", *name) != nil)
			p = seprint(p, buf+sizeof buf, "%%%.2x", (uchar)*name);
		else
			*p++ = *name;
	*p = 0;
	return buf;
}

static void putlink(Fmt *f, Dir *d)
{
	char *slash;

	slash = d->mode & DMDIR? "/": "";
	fmtprint(f, "<a href=\"./%s%s\">", urlname(d->name), slash);
	puthtml(f, d->name);
	fmtprint(f, "%s</a> %lld\n", slash, d->length);
}

static void listing(Ask *q, int fd)
{
	char *s;
	Dir *d;
	Fmt f;
	long i, n;

	n = dirreadall(fd, &d);
	if(n < 0 || fmtstrinit(&f) < 0){
		fail(q, 403);
		return;
	}
	fmtprint(&f, "<!DOCTYPE html><title>");
	puthtml(&f, q->path);
	fmtprint(&f, "</title><pre>\n");
	for(i = 0; i < n; i++)
		putlink(&f, &d[i]);
	fmtprint(&f, "</pre>\n");
	free(d);
	s = fmtstrflush(&f);
	if(s == nil){
		fail(q, 403);
		return;
	}
	begin(q, 200);
	Bprint(&out, "Content-Type: text/html; charset=utf-8\r\nContent-Length: %ld\r\n\r\n", (long)strlen(s));
	if(strcmp(q->method, "HEAD") != 0)
		Bwrite(&out, s, strlen(s));
	free(s);
}

/* the directory open at fd: its index, or what is in it */
static int directory(Ask *q, int fd, char *path)
{
	char *index;
	Dir *d;
	int i, r;

	if(path[strlen(path)-1] != '/'){
		begin(q, 301);
		Bprint(&out, "Location: ./%s/\r\nContent-Length: 0\r\n\r\n", urlname(strrchr(path, '/')+1));
		return 0;
	}
	r = 0;
	index = smprint("%sindex.html", path);
	i = index != nil? open(index, OREAD): -1;
	d = i >= 0? dirfstat(i): nil;
	if(d != nil)
		r = file(q, i, index, d);
	else if(list)
		listing(q, fd);
	else
		fail(q, 403);
	free(d);
	if(i >= 0)
		close(i);
	free(index);
	return r;
}

static int answer(Ask *q)
{
	char *path;
	Dir *d;
	int fd, r;

	path = smprint("%s%s", root, q->path);
	fd = path != nil? open(path, OREAD): -1;
	d = fd >= 0? dirfstat(fd): nil;
	r = 0;
	if(d == nil)
		fail(q, 404);
	else if(d->mode & DMDIR)
		r = directory(q, fd, path);
	else
		r = file(q, fd, path, d);
	free(d);
	if(fd >= 0)
		close(fd);
	free(path);
	return r;
}

int main(int argc, char **argv)
{
	static Ask q;
	int code, r;

	ARGBEGIN{
	case 'l':
		list = 1;
		break;
	case 'r':
		root = EARGF(usage());
		break;
	default:
		usage();
	}ARGEND
	if(argc != 0)
		usage();
	Binit(&in, 0, OREAD);
	Binit(&out, 1, OWRITE);
	do{
		alarm(Patience);	/* its note ends us */
		r = 0;
		code = request(&q);
		if(code < 0)
			break;
		if(code > 0){
			q.keep = 0;
			fail(&q, code);
		}else
			r = answer(&q);
	}while(Bflush(&out) >= 0 && r >= 0 && q.keep);
	exits(nil);
}
