/* needs: cmd/telnet/proto.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c tests/host/libc/shim.c */
/* flags: -Icmd/telnet */
/* the telnet protocol: what is shown, what is answered, and that answers end */
#include "u.h"
#include "libc.h"
#include "telnet.h"
#include "check.h"

static Proto p;
static char shown[256], said[256];
static int nsaid;

/* n bytes come */
static void come(char *s, int n)
{
	int i, c, k;

	nsaid = k = 0;
	for(i = 0; i < n; i++){
		if((c = protobyte(&p, (uchar)s[i])) >= 0)
			shown[k++] = c;
		memmove(said+nsaid, p.answer, p.nanswer);
		nsaid += p.nanswer;
	}
	shown[k] = 0;
}

#define COME(s) come(s, sizeof(s)-1)
#define SAID(s) check(nsaid == sizeof(s)-1 && memcmp(said, s, nsaid) == 0)

static void text(void)
{
	COME("one\r\ntwo\r\0\xFF\xFF x\rz");
	checkstr(shown, "one\ntwo\xFF xz");
	SAID("");
	COME("\xFF\xF1 a\xFF\xF9");	/* commands that mean nothing here */
	checkstr(shown, " a");
	COME("\r\xFF\xF1\n");
	checkstr(shown, "\n");
}

static void options(void)
{
	COME("\xFF\xFB\x01login: ");
	checkstr(shown, "login: ");
	SAID("\xFF\xFD\x01");
	check(p.echo);
	COME("\xFF\xFB\x01");	/* no news */
	SAID("");
	COME("\xFF\xFC\x01");
	SAID("\xFF\xFE\x01");
	check(!p.echo);
	COME("\xFF\xFC\x01\xFF\xFC\x22");
	SAID("");
	COME("\xFF\xFB\x22\xFF\xFD\x1F\xFF\xFD\x01");	/* refused */
	SAID("\xFF\xFE\x22\xFF\xFC\x1F\xFF\xFC\x01");
	COME("\xFF\xFE\x1F");
	SAID("");
}

static void type(void)
{
	COME("\xFF\xFA\x18\x01\xFF\xF0");	/* not agreed on */
	SAID("");
	COME("\xFF\xFD\x18");
	SAID("\xFF\xFB\x18");
	COME("\xFF\xFD\x18");
	SAID("");
	COME("\xFF\xFA\x18\x01\xFF\xF0on");
	SAID("\xFF\xFA\x18\0dumb\xFF\xF0");
	checkstr(shown, "on");
	COME("\xFF\xFA\x18\x01\x01\xFF\xF0\xFF\xFA\x18\xFF\xF0\xFF\xFA\x1F\x01\xFF\xF0\xFF\xFA\x18\xFF\xFF\xFF\xF0");
	SAID("");
	checkstr(shown, "");
	COME("\xFF\xFE\x18");
	SAID("\xFF\xFC\x18");
}

static void out(void)
{
	uchar to[32];
	int n;

	n = protoout(to, (uchar*)"a\nb\xFF\r", 5);
	check(n == 8 && memcmp(to, "a\r\nb\xFF\xFF\r\0", 8) == 0);
}

/* two that answer each other come to an end, whatever one begins with */
static void quiet(void)
{
	static Proto a, b;
	uchar in[64];
	int cmd, opt, i, n, rounds;

	for(cmd = 251; cmd < 255; cmd++)
		for(opt = 0; opt < 256; opt++){
			memset(&a, 0, sizeof a);
			memset(&b, 0, sizeof b);
			in[0] = 255;
			in[1] = cmd;
			in[2] = opt;
			n = 3;
			for(rounds = 0; n > 0 && rounds < 10; rounds++){
				Proto *q = rounds%2 == 0? &a: &b;
				int k = 0;
				uchar next[64];

				for(i = 0; i < n; i++){
					protobyte(q, in[i]);
					memmove(next+k, q->answer, q->nanswer);
					k += q->nanswer;
				}
				memmove(in, next, k);
				n = k;
			}
			check(n == 0);
		}
}

int main(void)
{
	text();
	options();
	type();
	out();
	quiet();
	return checkdone();
}
