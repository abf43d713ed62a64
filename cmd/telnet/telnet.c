/*
 * telnet: a terminal on another machine, telnet(1).
 *
 * The parent shows what comes, its child sends what is typed; they share
 * memory.  While the other side echoes, the console gives characters as they
 * are typed; it edits lines again when consctl is closed, at the latest when
 * both have ended.
 */
#include <u.h>
#include <libc.h>
#include "telnet.h"

enum {
	Bufsize = 8192,
	Escape = 0x1C,		/* control-\ */
};

static int net, ctl;	/* the connection */
static int cons = -1;	/* consctl, while characters come as they are typed */
static u8int plain;	/* -p: no protocol */
static u8int raw;	/* -r */
static u8int ended;	/* by the user */
static Proto proto;

static void usage(void)
{
	fprint(2, "usage: telnet [-pr] address\n");
	exits("usage");
}

static void setraw(int on)
{
	if(on && cons < 0){
		cons = open("/dev/consctl", OWRITE|OCEXEC);
		if(cons >= 0)
			write(cons, "rawon", 5);
	}else if(!on && cons >= 0){
		close(cons);
		cons = -1;
	}
}

/* n bytes that have come, to be shown: how many are left of them */
static int take(uchar *buf, int n)
{
	int i, c, k;

	for(i = k = 0; i < n; i++){
		c = protobyte(&proto, buf[i]);
		if(c >= 0)
			buf[k++] = c;
		if(proto.nanswer > 0)
			write(net, proto.answer, proto.nanswer);
	}
	setraw(raw || proto.echo);
	return k;
}

/* until the other side's end: 0, or -1 and errstr */
static int show(void)
{
	static uchar buf[Bufsize];
	int n, k;

	while((n = read(net, buf, sizeof buf)) > 0){
		k = plain? n: take(buf, n);
		if(k > 0 && write(1, buf, k) != k)
			return -1;
	}
	return n;
}

static void sendall(uchar *buf, int n)
{
	static uchar out[2*Bufsize];

	if(!plain){
		n = protoout(out, buf, n);
		buf = out;
	}
	if(n > 0 && write(net, buf, n) != n)
		exits(nil);	/* the other side has ended: show will say so */
}

/* c was typed behind the escape: does the user want to go on? */
static int menu(uchar c)
{
	static const uchar intr[] = { 255, 244 }, brk[] = { 255, 243 };

	fprint(2, "%c\n", c == Escape? '\\': c);
	if(c == 'q')
		return 0;
	if(c == Escape)
		sendall(&c, 1);
	else if(!plain && (c == 'i' || c == 'b'))
		write(net, c == 'i'? intr: brk, 2);
	return 1;
}

/* an escape was typed, and p to e is behind it: what is left of that, or nil */
static uchar *escape(uchar *p, uchar *e)
{
	uchar c;

	fprint(2, "\ntelnet: q ends, i interrupts, b breaks, control-\\ is sent, anything else goes on: ");
	if(p < e)
		c = *p++;
	else if(read(0, &c, 1) != 1)
		return nil;
	return menu(c)? p: nil;
}

/* what is typed, until its end */
static void sendtyped(void)
{
	static uchar buf[Bufsize];
	uchar *p, *e, *esc;
	int n;

	while((n = read(0, buf, sizeof buf)) > 0){
		e = buf+n;
		for(p = buf; p < e;){
			esc = cons >= 0? memchr(p, Escape, e-p): nil;
			sendall(p, (esc != nil? esc: e) - p);
			if(esc == nil)
				break;
			if((p = escape(esc+1, e)) == nil){
				ended = 1;
				hangup(ctl);
				return;
			}
		}
	}
	write(ctl, "halfclose", 9);
}

int main(int argc, char **argv)
{
	int pid, r;

	ARGBEGIN{
	case 'p':
		plain = 1;
		break;
	case 'r':
		raw = 1;
		break;
	default:
		usage();
	}ARGEND
	if(argc != 1)
		usage();
	net = dial(netmkaddr(argv[0], "tcp", "23"), nil, nil, &ctl);
	if(net < 0)
		sysfatal("%s: %r", argv[0]);
	setraw(raw);
	pid = rfork(RFPROC|RFMEM|RFNOWAIT);
	if(pid < 0)
		sysfatal("fork: %r");
	if(pid == 0){
		sendtyped();
		exits(nil);
	}
	r = show();
	if(r < 0 && !ended)
		fprint(2, "telnet: %r\n");
	setraw(0);
	postnote(PNPROC, pid, "kill");
	exits(r < 0 && !ended? "connection": nil);
}
