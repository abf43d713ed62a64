/* needs: cmd/ip/snoopy/decode.c cmd/ip/snoopy/trans.c cmd/ip/snoopy/app.c cmd/ip/snoopy/filter.c libc/dns/unpack.c libc/dns/rr.c libc/ip/addr.c libc/ip/parse.c libc/ip/fmt.c libc/base/cistr.c libc/base/token.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c tests/host/libc/shim.c */
/* flags: -Icmd/ip/snoopy */
/* packets taken apart: each kind, right and spoilt, cut at every length; filters */
#include "u.h"
#include "libc.h"
#include "ip.h"
#include "snoopy.h"
#include "check.h"

static uchar frame[2048];
static int nframe;
static Packet k;

static void hex(char *s)
{
	int hi;

	for(hi = -1; *s != 0; s++){
		if(*s == ' ')
			continue;
		if(hi < 0)
			hi = *s <= '9'? *s-'0': *s-'a'+10;
		else{
			frame[nframe++] = hi<<4 | (*s <= '9'? *s-'0': *s-'a'+10);
			hi = -1;
		}
	}
}

static void setsum(int at, uchar *from, int n, u32int sum)
{
	hnputs(frame+at, 0);
	hnputs(frame+at, wholesum(from, n, sum));
}

/* text of a frame that is exactly as long as it is */
static char *shown(int n)
{
	static char buf[Fieldroom];
	uchar *copy;
	char *p, *e;
	int i, j;

	copy = malloc(n > 0? n: 1);
	memmove(copy, frame, n);
	decode(&k, copy, n, n);
	free(copy);
	p = buf;
	e = buf + sizeof buf;
	for(i = 0; i < k.n; i++){
		p = seprint(p, e, "%s%s(", i > 0? " ": "", k.layer[i].proto);
		for(j = 0; j < k.layer[i].n; j++)
			p = seprint(p, e, "%s%s=%s", j > 0? " ": "", k.layer[i].name[j], k.layer[i].val[j]);
		p = seprint(p, e, ")");
	}
	if(k.rest != 0)
		seprint(p, e, " %d", k.rest);
	check(k.rest >= 0 && k.rest <= n);
	return buf;
}

/* the end of the text, and no harm at any length */
static void says(char *want)
{
	char *s;
	int i;

	for(i = 0; i < nframe; i++)
		shown(i);
	s = shown(nframe);
	if(strlen(s) > strlen(want))
		s += strlen(s) - strlen(want);
	checkstr(s, want);
}

static void ether(char *type)
{
	nframe = 0;
	hex("ffffffffffff 525400123456");
	hex(type);
}

/* an IPv4 header of that protocol, for n bytes */
static void ip4(char *proto, int n)
{
	ether("0800");
	hex("4500 0000 1234 0000 40");
	hex(proto);
	hex("0000 0a000001 0a000002");
	hnputs(frame+16, 20+n);
	setsum(24, frame+14, 20, 0);
}

static u32int pseudo(int at, int n, int proto, int len)
{
	return (u16int)~wholesum(frame+at, n, proto+len);
}

static void lowlayers(void)
{
	ether("0806");
	hex("0001 0800 0604 0001 525400123456 0a000001 000000000000 0a000002");
	says("ether(s=525400123456 d=ffffffffffff pr=0806 ln=42) arp(op=request spa=10.0.0.1 sha=525400123456 tpa=10.0.0.2 tha=000000000000)");
	ether("8100 0007 0806");
	hex("0001 0800 0604 0002 525400123456 0a000001 000000000000 0a000002");
	says("ether(s=525400123456 d=ffffffffffff vlan=7 pr=0806 ln=46) arp(op=reply spa=10.0.0.1 sha=525400123456 tpa=10.0.0.2 tha=000000000000)");
	ether("88cc");
	hex("010203");
	says("pr=88cc ln=17) 3");
	ip4("fd", 3);
	hex("010203");
	says(" ip(s=10.0.0.1 d=10.0.0.2 pr=253 ttl=64 id=1234 ln=23) 3");
	frame[24] ^= 1;
	check(strstr(shown(nframe), "!ck=") != nil);
	ip4("11", 3);
	hex("010203");
	frame[20] = 0x20;	/* a fragment at 8, more to come */
	frame[21] = 1;
	setsum(24, frame+14, 20, 0);
	says("ln=23 frag=8+) 3");
	frame[14] = 0x4F;
	says("frag=8+ !bad=60) 3");
	frame[14] = 0x55;
	says("ip(!bad=23) 23");
}

static void transports(void)
{
	ip4("01", 12);
	hex("0800 0000 0007 0002 01020304");
	setsum(36, frame+34, 12, 0);
	says("icmp(t=echo c=0 id=7 seq=2) 4");
	frame[45] ^= 1;
	check(strstr(shown(nframe), "seq=2 !ck=") != nil);
	ip4("11", 12);
	hex("1000 0007 000c 0000 61626364");
	says("udp(s=4096 d=7 ln=12) 4");
	setsum(40, frame+34, 12, pseudo(26, 8, 17, 12));
	says("udp(s=4096 d=7 ln=12) 4");
	frame[45] ^= 1;
	check(strstr(shown(nframe), "ln=12 !ck=") != nil);
	ip4("06", 34);
	hex("1000 0050 00000005 00000006 8012 0400 0000 0000 0204 05b4 0303 07 0402 01 00 01020304 0506");
	setsum(50, frame+34, 34, pseudo(26, 8, 6, 34));
	says("tcp(s=4096 d=80 seq=5 ack=6 fl=SA win=1024 mss=1460 ws=7 sackok=1) 2");
	frame[54] = 2;
	frame[55] = 50;
	check(strstr(shown(nframe), "win=1024 !opt=2 !ck=") != nil);
	frame[55] = 0;
	check(strstr(shown(nframe), "win=1024 !opt=2 !ck=") != nil);
	frame[46] = 0xF0;
	says("win=1024 !bad=60) 14");
	ether("86dd");
	hex("60000000 0018 00 40 fe800000000000000000000000000001 ff020000000000000000000000000001");
	hex("3a 00 0502 0000 0100 8000 0000 0001 0009 6162636465666768");
	setsum(64, frame+62, 16, pseudo(22, 32, 58, 16));
	says("ip6(s=fe80::1 d=ff02::1 pr=0 ttl=64 ln=24) icmp6(t=echo c=0 id=1 seq=9) 8");
	frame[55] = 200;
	says("pr=0 ttl=64 ln=24) 24");
}

static void messages(void)
{
	int i;

	ip4("11", 8+12+9);
	hex("0035 1000 001d 0000");
	hex("0007 8183 0001 0000 0000 0000 0161 0162 00 001c 0001");
	says("dns(id=7 op=answer err=3 q=a.b t=ipv6)");
	frame[43] = 0xFF;
	ip4("11", 8+240+10);
	hex("0044 0043 0102 0000 01 01 06 00 12345678 0000 0000 00000000 0a000005 00000000 00000000 525400123456");
	for(i = 0; i < 10+64+128; i++)
		hex("00");
	hex("63825363 35 01 02 36 04 0a000001 ff");
	says("dhcp(op=1 xid=12345678 ci=0.0.0.0 yi=10.0.0.5 hw=525400123456 t=offer server=10.0.0.1)");
	frame[nframe-6] = 44;
	says("t=offer !opt=54)");
}

static void matches(char *text, int want)
{
	Filter *f;

	f = filterparse(text);
	checkstr(f != nil? text: nil, text);
	checkint(filtermatch(f, &k), want);
	filterfree(f);
}

static void filters(void)
{
	static char *bad[] = {
		"", "(", "udp(", "udp(d", "udp(d=", "udp(d=7", "udp()", "udp(d=7,)", "!", "udp &", "| udp", "udp)", "udp tcp", "a = b", "(udp",
	};
	char deep[400];
	uint i;

	ip4("11", 12);
	hex("1000 0007 000c 0000 61626364");
	shown(nframe);
	matches("udp", 1);
	matches("tcp", 0);
	matches("!tcp", 1);
	matches("! ! udp", 1);
	matches("udp(d=7)", 1);
	matches("udp(s=7)", 0);
	matches("udp(a=7)", 1);
	matches("udp(d!=7)", 0);
	matches("udp(d=7, s=4096)", 1);
	matches("udp(d=7, s=1)", 0);
	matches("tcp | udp(d=7) & ip(s=10.0.0.1)", 1);
	matches("tcp || udp && arp", 0);
	matches("(tcp | udp) & ether(d=FFFFFFFFFFFF)", 1);
	matches("udp | tcp & arp", 1);
	matches("(udp | tcp) & arp", 0);
	matches("!(udp & arp)", 1);
	for(i = 0; i < nelem(bad); i++)
		check(filterparse(bad[i]) == nil);
	memset(deep, '(', sizeof deep);
	deep[sizeof deep-1] = 0;
	check(filterparse(deep) == nil);
}

int main(void)
{
	fmtinstall('I', eipfmt);
	fmtinstall('V', eipfmt);
	fmtinstall('E', eipfmt);
	lowlayers();
	transports();
	messages();
	filters();
	return checkdone();
}
