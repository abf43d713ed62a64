/* needs: lib9p fs/mbox/[a-z]*.c cmd/9pplay/play.c cmd/9pplay/text.c tests/host/lib9p/trans.c */
/*
 * t_mbox: a mailbox with ten thousand messages: all of them are found, listed
 * in order, and removed in another, and a reader of events that is left
 * behind is told how many it has missed.
 */
#include <stdio.h>
#include <stdlib.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "trans.h"
#include "check.h"

extern Srv mboxsrv;

enum {
	Many = 10000,
	Kept = 1024,		/* events */
	Step = 7919,		/* coprime to Many */
};

static uchar buf[64*1024];
static Fcall ans;
static Trans *t;

/* send f and take its answer, whose type comes back */
static int call(Fcall *f)
{
	u32int n;
	int k;

	n = convS2M(f, buf, sizeof buf);
	t->send(t, buf, n);
	if((k = t->recv(t, buf, sizeof buf)) < 0 || convM2S(buf, k, &ans) == 0)
		abort();
	return ans.type;
}

static int walk(u32int fid, u32int newfid, char *name)
{
	Fcall f = { .type = Twalk, .fid = fid, .newfid = newfid, .nwname = name != nil, .wname = { name } };

	return call(&f) == Rwalk && ans.nwqid == f.nwname;
}

static int simple(int type, u32int fid, int mode)
{
	Fcall f = { .type = type, .fid = fid, .mode = mode };

	return call(&f) == type+1;
}

static void append(int i)
{
	char s[64];
	Fcall f = { .type = Twrite, .fid = 1, .data = s };

	f.count = snprint(s, sizeof s, "Subject: message %d\n\n%d\n", i, i);
	check(walk(0, 1, "new") && simple(Topen, 1, OWRITE) && call(&f) == Rwrite && simple(Tclunk, 1, 0));
}

static char *number(int i)
{
	static char s[16];

	snprint(s, sizeof s, "%d", i);
	return s;
}

/* the messages in the directory, in order, number i if there(i) */
static void list(int (*there)(int))
{
	Fcall f = { .type = Tread, .fid = 1, .count = 8000 };
	char s[256];
	uint n, k;
	int i;
	Dir d;

	i = 0;
	check(walk(0, 1, nil) && simple(Topen, 1, OREAD));
	while(call(&f) == Rread && ans.count > 0){
		f.offset += ans.count;
		for(n = 0; n < ans.count; n += k){
			k = convM2D((uchar*)ans.data+n, ans.count-n, &d, s);
			if(d.name[0] < '0' || d.name[0] > '9')
				continue;
			for(i++; i <= Many && !there(i); i++)
				;
			checkint(atoi(d.name), i);
		}
	}
	for(i++; i <= Many; i++)
		check(!there(i));
	simple(Tclunk, 1, 0);
}

static int all(int i)
{
	USED(i);
	return 1;
}

static int odd(int i)
{
	return i%2;
}

static void events(void)
{
	Fcall f = { .type = Tread, .fid = 2, .count = 40 };
	char want[64];

	check(call(&f) == Rread);
	snprint(want, sizeof want, "lost %d\nnew %d\n", Many-Kept, Many-Kept+1);
	check(ans.count > strlen(want) && memcmp(ans.data, want, strlen(want)) == 0);
}

int main(void)
{
	Fcall attach = { .type = Tattach, .fid = 0, .afid = NOFID, .uname = "glenda", .aname = "" };
	Srv s;
	int i, n;

	s = mboxsrv;
	s.owner = "glenda";
	check(s.init(&s, "max=16M") == 0);
	t = linktrans(&s);
	check(call(&attach) == Rattach && walk(0, 2, "event") && simple(Topen, 2, OREAD));
	for(i = 1; i <= Many; i++)
		append(i);
	events();
	list(all);
	for(n = 0; n < Many; n++){
		i = (u32int)n*Step%Many + 1;
		check(walk(0, 1, number(i)));
		check(simple(i%2 == 0? Tremove: Tclunk, 1, 0));
	}
	list(odd);
	for(i = 1; i <= Many; i++)
		checkint(walk(0, 1, number(i)) && simple(Tclunk, 1, 0), odd(i));
	t->close(t);
	s.fini(&s);
	return checkdone();
}
