/* needs: libc/ip/addr.c libc/ip/parse.c libc/ip/fmt.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c tests/host/libc/shim.c */
/* Internet addresses: text both ways against the host's, hostile text, masks, checksums */
#include <arpa/inet.h>
#include <stdlib.h>
#include "u.h"
#include "lib.h"
#include "ip.h"
#include "check.h"

static char *text(char verb, const uchar *p)
{
	static char buf[8][64];
	static int i;
	char fmt[3] = { '%', verb, 0 };

	i = (i+1) % 8;
	snprint(buf[i], sizeof buf[i], fmt, p);
	return buf[i];
}

static char *again(const char *s)
{
	uchar ip[IPaddrlen];

	return parseip(ip, s) < 0? "bad": text('I', ip);
}

static void addresses(void)
{
	uchar ip[IPaddrlen];

	checkint(parseip(ip, "10.0.2.15"), 4);
	checkstr(text('I', ip), "10.0.2.15");
	checkstr(text('V', ip+IPv4off), "10.0.2.15");
	checkint(isv4(ip), 1);
	checkint(parseip(ip, "fe80::1"), 6);
	checkint(isv6linklocal(ip), 1);
	checkint(isv4(ip), 0);
	checkstr(again("127.1"), "127.0.0.1");
	checkstr(again("0"), "0.0.0.0");
	checkstr(again("::"), "::");
	checkstr(again("::1"), "::1");
	checkstr(again("1::"), "1::");
	checkstr(again("FE80:0:0:0:0202:b3ff:fe1e:8329"), "fe80::202:b3ff:fe1e:8329");
	checkstr(again("1:2:3:4:5:6:7:8"), "1:2:3:4:5:6:7:8");
	checkstr(again("1:0:0:4:0:0:0:8"), "1:0:0:4::8");
	checkstr(again("1:0:3:0:5:0:7:0"), "1:0:3:0:5:0:7:0");
	checkstr(again("0:0:3:4:5:6:0:0"), "::3:4:5:6:0:0");
	checkstr(again("::ffff:1.2.3.4"), "1.2.3.4");
	checkstr(again("64:ff9b::1.2.3.4"), "64:ff9b::102:304");
}

static void refused(void)
{
	static char *bad[] = {
		"", ".", ":", ":::", "1:", ":1", "1:2", "1::2::3", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "::12345",
		"1:2:3:4:5:6:7:1.2.3.4",  "::1.2.3.4:5", "g::", "1.2.3.4.5", "1.2.3.256", "1..2", "1.2.3.", " 1.2.3.4",
		"1.2.3.4 ", "0001.2.3.4", "-1.2.3.4", "::1%1", "1.2.3.4/8",
	};
	uchar ip[IPaddrlen];
	usize i, j;

	for(i = 0; i < nelem(bad); i++){
		memset(ip, 7, sizeof ip);
		checkint(parseip(ip, bad[i]), -1);
		for(j = 0; j < sizeof ip; j++)
			checkint(ip[j], 7);
	}
}

/* random addresses, with many zero groups, as the host's library has them */
static void asthehost(void)
{
	char want[INET6_ADDRSTRLEN];
	uchar ip[IPaddrlen], back[IPaddrlen];
	int i, j;

	srandom(1);
	for(i = 0; i < 20000; i++){
		for(j = 0; j < IPaddrlen; j += 2)
			hnputs(ip+j, random()%3 == 0? random(): random()%2);
		ip[0] |= 0x20;	/* not one that the host shows with dots */
		if(inet_ntop(AF_INET6, ip, want, sizeof want) == nil)
			abort();
		if(strcmp(text('I', ip), want) != 0)
			checkstr(text('I', ip), want);
		if(parseip(back, want) != 6 || ipcmp(ip, back) != 0)
			checkstr(want, text('I', back));
	}
	checkint(i, 20000);
}

static void masks(void)
{
	uchar m[IPaddrlen], ip[IPaddrlen], net[IPaddrlen];

	checkint(parseipmask(m, "/24", 1), 0);
	checkint(maskbits(m), 120);
	checkstr(text('M', m), "/120");
	checkint(parseipmask(m, "255.255.240.0", 1), 0);
	checkint(maskbits(m), 116);
	checkint(parseipmask(m, "/64", 0), 0);
	checkint(maskbits(m), 64);
	checkint(parseipmask(m, "ffff:ffff:ffff:ff80::", 0), 0);
	checkint(maskbits(m), 57);
	checkint(parseipmask(m, "/33", 1), -1);
	checkint(parseipmask(m, "/129", 0), -1);
	checkint(parseipmask(m, "/", 0), -1);
	checkint(parseipmask(m, "255.0.255.0", 1), -1);
	checkint(maskbits(m), 57);
	checkint(maskbits(IPnoaddr), 0);
	checkint(maskbits(IPallbits), 128);
	parseip(ip, "192.168.7.9");
	defmask(ip, m);
	checkint(maskbits(m), 120);
	maskip(ip, m, net);
	checkstr(text('I', net), "192.168.7.0");
	parseip(ip, "172.16.0.1");
	defmask(ip, m);
	checkint(maskbits(m), 112);
	parseip(ip, "10.0.0.1");
	defmask(ip, m);
	checkint(maskbits(m), 104);
	parseip(ip, "2001:db8::1");
	defmask(ip, m);
	checkint(maskbits(m), 64);
}

static void packets(void)
{
	/* RFC 1071's example, and an odd length */
	static const uchar b[] = { 0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7 };
	uchar e[Etheraddrlen], ip[IPaddrlen], n[4];

	checkint(ipsum(b, 8), 0x220D);
	checkint(ipsum(b, 3), 0x0DFE);
	hnputl(n, 0x01020304);
	checkint(n[0], 1);
	checkint(nhgetl(n), 0x01020304);
	checkint(nhgets(n+2), 0x0304);
	checkint(parseether(e, "52:54:00:12:34:56"), 0);
	checkint(parseether(e, "525400123456"), 0);
	checkstr(text('E', e), "525400123456");
	checkint(parseether(e, "52540012345"), -1);
	checkint(parseether(e, "5254001234567"), -1);
	checkint(parseether(e, "52540012345g"), -1);
	etherlinklocal(ip, e);
	checkstr(text('I', ip), "fe80::5054:ff:fe12:3456");
}

int main(void)
{
	fmtinstall('I', eipfmt);
	fmtinstall('V', eipfmt);
	fmtinstall('M', eipfmt);
	fmtinstall('E', eipfmt);
	addresses();
	refused();
	asthehost();
	masks();
	packets();
	return checkdone();
}
