/*
 * play.c: the player of transcripts: reads lines, sends T-messages, compares
 * the answers in the order in which they come.
 *
 * A line that differs is printed with what was expected and what came, and
 * counted; a transcript goes on after it as long as there is a server.
 * Nothing of a server's answer is trusted.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "play.h"

static void complain(Play *p, char *fmt, ...)
{
	char buf[1024];
	va_list args;

	va_start(args, fmt);
	vsnprint(buf, sizeof buf, fmt, args);
	va_end(args);
	print("%s:%d: %s\n", p->file, p->lineno, buf);
	p->failed++;
}

static int setclient(Play *p, char *name)
{
	Client *c;
	int i;

	for(i = 0; i < p->nclient; i++)
		if(strcmp(p->client[i].name, name) == 0){
			p->cur = &p->client[i];
			return 0;
		}
	if(p->nclient == Maxclient){
		werrstr("too many clients");
		return -1;
	}
	c = &p->client[p->nclient];
	memset(c, 0, sizeof *c);
	strecpy(c->name, c->name+sizeof c->name, name);
	if((c->t = p->open(p)) == nil)
		return -1;
	p->nclient++;
	p->cur = c;
	return 0;
}

/* close the current client and forget it; the first one left is next */
static void hangup(Play *p)
{
	p->cur->t->close(p->cur->t);
	*p->cur = p->client[--p->nclient];
	p->cur = p->nclient > 0? &p->client[0]: nil;
}

static int hexdigit(int c)
{
	if(c >= '0' && c <= '9')
		return c-'0';
	if(c >= 'a' && c <= 'f')
		return c-'a'+10;
	return -1;
}

/* raw: words of hexadecimal digits, the bytes of a message */
static int sendraw(Play *p, Toks *t)
{
	char *s;
	u32int n;
	int i;

	p->cur->greeted = 1;
	n = 0;
	for(i = 1; i < t->ntok; i++)
		for(s = t->s[i]; s[0] != 0; s += 2){
			if(hexdigit(s[0]) < 0 || hexdigit(s[1]) < 0 || n >= Playmsize){
				werrstr("bad hexadecimal");
				return -1;
			}
			p->msg[n++] = hexdigit(s[0])<<4 | hexdigit(s[1]);
		}
	return p->cur->t->send(p->cur->t, p->msg, n);
}

/* a client that does not begin with a version of its own gets one */
static int greet(Play *p, int with)
{
	Client *c;
	Fcall f;
	int n;

	c = p->cur;
	if(c->greeted || c->t->linked || with == Tversion){
		c->greeted = 1;
		return 0;
	}
	c->greeted = 1;
	memset(&f, 0, sizeof f);
	f.type = Tversion;
	f.tag = NOTAG;
	f.msize = Playmsize/2;
	f.version = VERSION9P;
	n = convS2M(&f, p->msg, 64);
	if(c->t->send(c->t, p->msg, n) < 0 || (n = c->t->recv(c->t, p->msg, Playmsize)) < 0)
		return -1;
	if(convM2S(p->msg, n, &f) == 0 || f.type != Rversion){
		werrstr("no Rversion");
		return -1;
	}
	return 0;
}

static int sendline(Play *p, Toks *t, int at)
{
	Fcall f;
	Dir d;
	uchar *stat;
	u32int n;

	memset(&f, 0, sizeof f);
	f.tag = NOTAG;
	if(at == 1){
		if(texttag(p->cur, t->s[0], &f.tag) < 0)
			return -1;
	}else if(strcmp(t->s[at], "Tversion") != 0)
		f.tag = 0;
	if(greet(p, strcmp(t->s[at], "Tversion") == 0? Tversion: 0) < 0 || textfcall(p, t, at, &f, &d) < 0)
		return -1;
	stat = nil;
	if(f.type == Twstat){
		n = sizeD2M(&d);
		if((stat = malloc(n)) == nil)
			return -1;
		f.nstat = convD2M(&d, stat, n);
		f.stat = stat;
	}
	n = convS2M(&f, p->msg, Playmsize);
	free(stat);
	if(n == 0){
		werrstr("message too long");
		return -1;
	}
	return p->cur->t->send(p->cur->t, p->msg, n);
}

static int recvline(Play *p, Toks *t, int at)
{
	Fcall f;
	u16int tag;
	int n;

	n = p->cur->t->recv(p->cur->t, p->msg, Playmsize);
	if(n < 0)
		return -1;
	memset(&f, 0, sizeof f);
	if(convM2S(p->msg, n, &f) != (u32int)n){
		werrstr("malformed answer of %d bytes, type %d", n, n > 4? p->msg[4]: 0);
		return -1;
	}
	if(f.type == Rread)
		p->next += f.count;
	tag = 0;
	if(at == 1 && texttag(p->cur, t->s[0], &tag) < 0)
		return -1;
	if(f.type == Rversion)
		tag = NOTAG;
	if(f.tag == tag && textmatch(p, t, at, &f))
		return 0;
	textshow(p, &f, p->say, 1024);
	if(f.tag != tag)
		werrstr("got tag %s: %s", textname(p->cur->tag, p->cur->ntag, f.tag), p->say);
	else
		werrstr("got %s", p->say);
	return -1;
}

/* a line that is not a message: 1, 0 if it is one, -1 */
static int directive(Play *p, Toks *t)
{
	char *s;
	int i;

	s = t->s[0];
	if(strcmp(s, "client") == 0 && t->ntok == 2)
		return setclient(p, t->s[1]) < 0? -1: 1;
	if(strcmp(s, "hangup") == 0){
		hangup(p);
		return 1;
	}
	if(strcmp(s, "raw") == 0)
		return sendraw(p, t) < 0? -1: 1;
	if(strcmp(s, "messages") == 0){	/* the rest needs a channel of messages */
		p->skip = p->cur->t->linked;
		return 1;
	}
	if(strcmp(s, "for") == 0){	/* the rest is for these servers only */
		p->skip = p->only != nil;
		for(i = 1; i < t->ntok && p->only != nil; i++)
			if(strcmp(t->s[i], p->only) == 0)
				p->skip = 0;
		return 1;
	}
	return 0;
}

static int playline(Play *p, char *line)
{
	Toks t;
	int at, r;

	if(toksplit(p, line, &t) < 0)
		return -1;
	if(t.ntok == 0)
		return 0;
	if(p->cur == nil && setclient(p, "a") < 0)
		return -1;
	if((r = directive(p, &t)) != 0)
		return r;
	at = 0;
	if(t.n[0] > 0 && t.s[0][t.n[0]-1] == ':'){
		t.s[0][--t.n[0]] = 0;
		at = 1;
	}
	if(at < t.ntok && t.s[at][0] == 'T')
		return sendline(p, &t, at);
	if(at < t.ntok && t.s[at][0] == 'R'){
		r = recvline(p, &t, at);
		if(r == 0)
			p->passed++;
		return r;
	}
	werrstr("neither message nor directive: %s", t.s[at]);
	return -1;
}

static void playlines(Play *p, char *text)
{
	char *s, *end;
	int n;

	for(s = text; *s != 0 && !p->skip; s = *end == 0? end: end+1){
		p->lineno++;
		for(end = s; *end != 0 && *end != '\n'; end++)
			;
		n = end-s;
		if(n > 0 && s[n-1] == '\\'){	/* one message per line, however long */
			complain(p, "line continues");
			return;
		}
		memmove(p->line, s, n);
		p->line[n] = 0;
		if(playline(p, p->line) < 0){
			char e[ERRMAX*8];

			rerrstr(e, sizeof e);
			complain(p, "%s", e);
			if(p->cur == nil || strcmp(e, Ehungup) == 0)
				return;
		}
	}
}

/*
 * Play the transcript in text, which came from file, with new clients from
 * p->open.  Adds to p->passed and p->failed; returns the failures.
 */
int play(Play *p, char *file, char *text)
{
	int before;

	before = p->failed;
	p->file = file;
	p->lineno = 0;
	p->nclient = p->nqid = p->nvers = 0;
	p->cur = nil;
	p->skip = 0;
	p->line = malloc(strlen(text)+1);
	p->msg = malloc(Playmsize);
	p->say = malloc(1024);
	if(p->line != nil && p->msg != nil && p->say != nil)
		playlines(p, text);
	else
		complain(p, "%s", Enomem);
	while(p->nclient > 0){
		p->cur = &p->client[0];
		hangup(p);
	}
	free(p->line);
	free(p->msg);
	free(p->say);
	return p->failed - before;
}
