/*
 * body.c: the answer of a web server (RFC 9112): its head, and its body,
 * which is of a told length, in chunks, or all that comes until the end.  An
 * end that comes too early is an error.
 */
#include <u.h>
#include <libc.h>
#include <bio.h>
#include "hget.h"

enum {
	Maxline = 8192,
	Maxlines = 200,
	Maxearly = 10,	/* heads that say that the real one follows */
};

/* a line without its end: static; nil and errstr */
static char *getline(Biobuf *b)
{
	static char line[Maxline];
	int c, n;

	for(n = 0; (c = Bgetc(b)) != '\n'; line[n++] = c)
		if(c < 0 || n == sizeof line-1){
			werrstr(c < 0? "answer cut short": "line too long");
			return nil;
		}
	if(n > 0 && line[n-1] == '\r')
		n--;
	line[n] = 0;
	return line;
}

static vlong number(char *s, int base)
{
	char *end;
	vlong v;

	if(strspn(s, "0123456789abcdefABCDEF") == 0)
		return -1;
	v = strtoll(s, &end, base);
	return end == s || (*end != 0 && strchr(" \t;", *end) == nil)? -1: v;
}

static int header(Resp *r, char *line)
{
	char *val;

	val = strchr(line, ':');
	if(val == nil)
		return 0;
	*val++ = 0;
	val += strspn(val, " \t");
	if(cistrcmp(line, "content-length") == 0){
		r->length = number(val, 10);
		if(r->length < 0){
			werrstr("bad length: %s", val);
			return -1;
		}
	}else if(cistrcmp(line, "transfer-encoding") == 0){
		if(cistrcmp(val, "chunked") != 0 && cistrcmp(val, "identity") != 0){
			werrstr("transfer encoding %s", val);
			return -1;
		}
		r->chunked = cistrcmp(val, "chunked") == 0;
	}else if(cistrcmp(line, "location") == 0)
		strecpy(r->location, r->location+sizeof r->location, val);
	else if(cistrcmp(line, "content-range") == 0 && cistrncmp(val, "bytes ", 6) == 0)
		r->first = strtoll(val+6, nil, 10);
	return 0;
}

static int head(Biobuf *b, Resp *r, int verbose)
{
	char *line;
	int n;

	memset(r, 0, sizeof *r);
	r->length = r->first = -1;
	line = getline(b);
	if(line == nil)
		return -1;
	if(cistrncmp(line, "http/1.", 7) != 0 || strlen(line) < 12){
		werrstr("not an answer of http");
		return -1;
	}
	r->code = atoi(line+9);
	strecpy(r->reason, r->reason+sizeof r->reason, line+9);
	for(n = 0; *line != 0; n++){
		if(verbose)
			fprint(2, "%s\n", line);
		if(n > 0 && header(r, line) < 0)
			return -1;
		if(n == Maxlines){
			werrstr("too many headers");
			return -1;
		}
		line = getline(b);
		if(line == nil)
			return -1;
	}
	return 0;
}

int resphead(Biobuf *b, Resp *r, int verbose)
{
	int i;

	for(i = 0; i < Maxearly; i++)
		if(head(b, r, verbose) < 0)
			return -1;
		else if(r->code/100 != 1)
			return 0;
	werrstr("no answer, only promises");
	return -1;
}

/* n bytes, or as many as come if n < 0 */
static int copy(Biobuf *b, int fd, vlong n)
{
	static char buf[32*1024];
	long want, m;

	while(n != 0){
		want = n < 0 || n > (vlong)sizeof buf? (long)sizeof buf: (long)n;
		m = Bread(b, buf, want);
		if(m < 0)
			return -1;
		if(m == 0)
			break;
		if(write(fd, buf, m) != m)
			return -1;
		if(n > 0)
			n -= m;
	}
	if(n <= 0)
		return 0;
	werrstr("answer cut short: %lld bytes missing", n);
	return -1;
}

static int chunks(Biobuf *b, int fd)
{
	char *line;
	vlong n;

	for(;;){
		line = getline(b);
		if(line == nil)
			return -1;
		n = number(line, 16);
		if(n < 0){
			werrstr("bad chunk");
			return -1;
		}
		if(n == 0)
			break;
		if(copy(b, fd, n) < 0 || (line = getline(b)) == nil)
			return -1;
		if(*line != 0){
			werrstr("bad chunk");
			return -1;
		}
	}
	do
		line = getline(b);
	while(line != nil && *line != 0);
	return line != nil? 0: -1;
}

int respbody(Biobuf *b, Resp *r, int fd)
{
	if(r->code == 204 || r->code == 304)
		return 0;
	if(r->chunked)
		return chunks(b, fd);
	return copy(b, fd, r->length);
}
