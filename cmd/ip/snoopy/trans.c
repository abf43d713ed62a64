/*
 * trans.c: what IP carries: ICMP (RFC 792), ICMPv6 and neighbour discovery
 * (RFC 4443, 4861), UDP (RFC 768), TCP (RFC 9293).  n bytes are there; a
 * checksum is looked at only if they are all (whole).  Nothing sleeps.
 */
#include "u.h"
#include "libc.h"
#include "ip.h"
#include "snoopy.h"

enum { ICMP = 1, TCP = 6, UDP = 17, ICMP6 = 58 };

typedef struct Word Word;
struct Word {
	int type;
	char *name;
};

static const Word icmptypes[] = {
	{0, "echoreply"}, {3, "unreachable"}, {4, "quench"}, {5, "redirect"}, {8, "echo"},
	{11, "timexceeded"}, {12, "paramproblem"}, {-1, nil},
};

static const Word icmp6types[] = {
	{1, "unreachable"}, {2, "toobig"}, {3, "timexceeded"}, {4, "paramproblem"},
	{128, "echo"}, {129, "echoreply"}, {130, "mldquery"}, {131, "mldreport"}, {132, "mlddone"},
	{133, "routersol"}, {134, "routeradv"}, {135, "neighborsol"}, {136, "neighboradv"},
	{137, "redirect"}, {143, "mld2report"}, {-1, nil},
};

static void typefield(Packet *k, Layer *l, const Word *w, int type, int code)
{
	for(; w->name != nil && w->type != type; w++)
		;
	if(w->name != nil)
		field(k, l, "t", "%s", w->name);
	else
		field(k, l, "t", "%d", type);
	field(k, l, "c", "%d", code);
}

static int tooshort(Packet *k, Layer *l, int n, int least)
{
	if(n >= least)
		return 0;
	field(k, l, "!short", "%d", n);
	k->rest = n;
	return 1;
}

static void icmp(Packet *k, uchar *p, int n, int whole)
{
	Layer *l;

	l = layer(k, "icmp");
	if(tooshort(k, l, n, 8))
		return;
	typefield(k, l, icmptypes, p[0], p[1]);
	if(p[0] == 0 || p[0] == 8){
		field(k, l, "id", "%d", nhgets(p+4));
		field(k, l, "seq", "%d", nhgets(p+6));
	}
	if(whole && wholesum(p, n, 0) != 0)
		field(k, l, "!ck", "%4.4ux", nhgets(p+2));
	k->rest = n-8;
}

static void icmp6(Packet *k, uchar *p, int n, u32int sum, int whole)
{
	Layer *l;

	l = layer(k, "icmp6");
	if(tooshort(k, l, n, 8))
		return;
	typefield(k, l, icmp6types, p[0], p[1]);
	if(p[0] == 128 || p[0] == 129){
		field(k, l, "id", "%d", nhgets(p+4));
		field(k, l, "seq", "%d", nhgets(p+6));
	}
	if((p[0] == 135 || p[0] == 136) && n >= 24)
		field(k, l, "target", "%I", p+8);
	if(whole && wholesum(p, n, sum) != 0)
		field(k, l, "!ck", "%4.4ux", nhgets(p+2));
	k->rest = n-8;
}

static void udp(Packet *k, uchar *p, int n, u32int sum, int whole)
{
	Layer *l;
	int len;

	l = layer(k, "udp");
	if(tooshort(k, l, n, 8))
		return;
	len = nhgets(p+4);
	field(k, l, "s", "%d", nhgets(p));
	field(k, l, "d", "%d", nhgets(p+2));
	field(k, l, "ln", "%d", len);
	if(whole && nhgets(p+6) != 0 && wholesum(p, n, sum) != 0)
		field(k, l, "!ck", "%4.4ux", nhgets(p+6));
	if(len < 8 || len > n)
		len = n;
	k->rest = len-8;
	message(k, nhgets(p), nhgets(p+2), p+8, len-8);
}

/* the options of a TCP header that are there */
static void tcpoptions(Packet *k, Layer *l, uchar *p, uchar *e)
{
	for(; p < e && *p != 0; p += *p == 1? 1: p[1]){
		if(*p == 1)
			continue;
		if(e-p < 2 || p[1] < 2 || p[1] > e-p){
			field(k, l, "!opt", "%d", *p);
			return;
		}
		if(p[0] == 2 && p[1] == 4)
			field(k, l, "mss", "%d", nhgets(p+2));
		else if(p[0] == 3 && p[1] == 3)
			field(k, l, "ws", "%d", p[2]);
		else if(p[0] == 4)
			field(k, l, "sackok", "1");
		else if(p[0] == 5 && p[1] >= 10)
			field(k, l, "sack", "%ud-%ud", nhgetl(p+2), nhgetl(p+6));
		else if(p[0] == 8 && p[1] == 10)
			field(k, l, "ts", "%ud", nhgetl(p+2));
	}
}

static void tcp(Packet *k, uchar *p, int n, u32int sum, int whole)
{
	static char letters[] = "FSRPAUEC";
	char flags[16], *f;
	Layer *l;
	int i, hl;

	l = layer(k, "tcp");
	if(tooshort(k, l, n, 20))
		return;
	f = flags;
	for(i = 0; i < 8; i++)
		if(p[13]>>i & 1)
			*f++ = letters[i];
	*f = 0;
	field(k, l, "s", "%d", nhgets(p));
	field(k, l, "d", "%d", nhgets(p+2));
	field(k, l, "seq", "%ud", nhgetl(p+4));
	field(k, l, "ack", "%ud", nhgetl(p+8));
	field(k, l, "fl", "%s", flags);
	field(k, l, "win", "%d", nhgets(p+14));
	hl = (p[12]>>4)*4;
	if(hl < 20 || hl > n){
		field(k, l, "!bad", "%d", hl);
		k->rest = n-20;
		return;
	}
	tcpoptions(k, l, p+20, p+hl);
	if(whole && wholesum(p, n, sum) != 0)
		field(k, l, "!ck", "%4.4ux", nhgets(p+16));
	k->rest = n-hl;
}

void transport(Packet *k, int proto, uchar *p, int n, u32int sum, int whole)
{
	switch(proto){
	case ICMP:
		icmp(k, p, n, whole);
		break;
	case ICMP6:
		icmp6(k, p, n, sum, whole);
		break;
	case UDP:
		udp(k, p, n, sum, whole);
		break;
	case TCP:
		tcp(k, p, n, sum, whole);
		break;
	default:
		k->rest = n;
	}
}
