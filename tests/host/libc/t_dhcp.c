/* needs: cmd/ip/ipconfig/dhcp.c libc/ip/addr.c tests/host/libc/shim.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c */
/* flags: -Icmd/ip/ipconfig -D_GNU_SOURCE */
/* the DHCP client's machine: a server made by hand, hours that pass in no time, hostile messages */
#include <stdlib.h>
#include "u.h"
#include "lib.h"
#include "ip.h"
#include "dhcp.h"
#include "check.h"

enum { Offer = 2, Request, Decline, Ack, Nak, Second = 1000 };

static const uchar mac[6] = { 0x52, 0x54, 0, 1, 2, 3 };

void genrandom(void *p, usize n)
{
	static u32int x = 1;
	uchar *b = p;

	while(n-- > 0){
		x = x*1664525+1013904223;
		*b++ = x>>24;
	}
}

/* an option of what the client sent: its length, or -1 */
static int sent(Dhcp *d, int code, uchar *val)
{
	uchar *p;

	for(p = d->out+240; *p != 255 && p < d->out+d->nout; p += 2+p[1])
		if(*p == code){
			memmove(val, p+2, p[1]);
			return p[1];
		}
	return -1;
}

static int typesent(Dhcp *d)
{
	uchar t[256];

	return sent(d, 53, t) == 1? t[0]: -1;
}

/* an answer: type, address 10.0.0.last, lease, t1, t2 */
static int answer(Dhcp *d, uchar *m, int type, int last, u32int secs)
{
	uchar *p;

	memset(m, 0, Bootpmax);
	m[0] = 2;
	m[1] = 1;
	m[2] = 6;
	hnputl(m+4, d->xid);
	hnputl(m+16, 0x0A000000+last);
	memmove(m+28, mac, 6);
	hnputl(m+236, 0x63825363);
	p = m+240;
#define OPT(...) do{ uchar o[] = { __VA_ARGS__ }; memmove(p, o, sizeof o); p += sizeof o; }while(0)
	OPT(53, 1, type);
	OPT(54, 4, 10, 0, 0, 2);
	OPT(1, 4, 255, 255, 255, 0);
	OPT(3, 8, 10, 0, 0, 2, 10, 0, 0, 3);
	OPT(6, 8, 10, 0, 0, 4, 10, 0, 0, 5);
	OPT(15, 7, 'l', 'a', 'n', '.', 'o', 'r', 'g');
	OPT(26, 2, 5, 0xDC);
	OPT(51, 4, secs>>24, secs>>16, secs>>8, secs);
	OPT(255);
	return p-m;
}

static void begin(Dhcp *d)
{
	memset(d, 0, sizeof *d);
	memmove(d->ether, mac, 6);
	strecpy(d->host, d->host+sizeof d->host, "pin");
}

/* through to a lease at time now */
static void lease(Dhcp *d, u32int secs, vlong now)
{
	uchar m[Bootpmax];
	int n;

	begin(d);
	d->next = now;
	checkint(dhcpstep(d, nil, 0, now), Dsend);
	n = answer(d, m, Offer, 7, secs);
	checkint(dhcpstep(d, m, n, now+1), Dsend);
	n = answer(d, m, Ack, 7, secs);
	checkint(dhcpstep(d, m, n, now+2), Dgot);
	checkint(d->state, Dbound);
}

static void straight(void)
{
	uchar v[256], m[Bootpmax];
	Dhcp d;
	int n;

	begin(&d);
	checkint(dhcpstep(&d, nil, 0, 0), Dsend);
	checkint(typesent(&d), 1);
	checkint(d.out[0], 1);
	checkint(nhgetl(d.out+236), 0x63825363);
	checkint(memcmp(d.out+28, mac, 6), 0);
	checkint(nhgetl(d.to), 0xFFFFFFFF);
	checkint(nhgets(d.out+10), 0x8000);
	checkint(d.nout >= 300, 1);
	checkint(sent(&d, 12, v), 3);
	checkint(memcmp(v, "pin", 3), 0);
	checkint(sent(&d, 61, v), 7);
	checkint(sent(&d, 55, v) > 0, 1);

	n = answer(&d, m, Offer, 9, 3600);
	checkint(dhcpstep(&d, m, n, 5), Dsend);
	checkint(typesent(&d), Request);
	checkint(sent(&d, 50, v), 4);
	checkint(nhgetl(v), 0x0A000009);
	checkint(sent(&d, 54, v), 4);
	checkint(nhgetl(v), 0x0A000002);
	checkint(nhgetl(d.out+12), 0);

	n = answer(&d, m, Ack, 9, 3600);
	checkint(dhcpstep(&d, m, n, 10), Dgot);
	checkint(nhgetl(d.lease.ip), 0x0A000009);
	checkint(nhgetl(d.lease.gw), 0x0A000002);
	checkint(d.lease.ndns, 2);
	checkint(nhgetl(d.lease.dns[1]), 0x0A000005);
	checkstr(d.lease.dom, "lan.org");
	checkint(d.lease.mtu, 1500);
	checkint(dhcpstep(&d, m, n, 11), 0);	/* again: it is late */
}

static void renewal(void)
{
	uchar m[Bootpmax], v[256];
	vlong t;
	Dhcp d;
	int n;

	lease(&d, 8000, 0);
	checkint(d.next > 3000*Second && d.next < 4000*Second, 1);
	checkint(dhcpstep(&d, nil, 0, d.next-1), 0);
	t = d.next;
	checkint(dhcpstep(&d, nil, 0, t), Dsend);
	checkint(d.state, Drenewing);
	checkint(nhgetl(d.to), 0x0A000002);
	checkint(nhgetl(d.out+12), 0x0A000007);
	checkint(sent(&d, 50, v), -1);
	checkint(sent(&d, 54, v), -1);
	n = answer(&d, m, Ack, 7, 8000);
	checkint(dhcpstep(&d, m, n, t+5), 0);	/* the same as before */
	checkint(d.state, Dbound);
	checkint(d.next > t+3000*Second, 1);

	/* nobody answers: rebinding by broadcast, then the end */
	for(n = 0; d.state != Drebinding && n < 100; n++)
		checkint(dhcpstep(&d, nil, 0, d.next), Dsend);
	checkint(d.next <= d.got+8000*Second, 1);
	checkint(nhgetl(d.to), 0xFFFFFFFF);
	checkint(nhgetl(d.out+12), 0x0A000007);
	for(n = 0; d.state == Drebinding && n < 100; n++)
		if(dhcpstep(&d, nil, 0, d.next) == (Dlost|Dsend))
			break;
	checkint(d.state, Dselecting);
	checkint(typesent(&d), 1);

	/* another address */
	lease(&d, 100, 0);
	dhcpstep(&d, nil, 0, d.next);
	n = answer(&d, m, Ack, 8, 100);
	checkint(dhcpstep(&d, m, n, d.next), Dgot);

	/* none any more */
	lease(&d, 100, 0);
	dhcpstep(&d, nil, 0, d.next);
	n = answer(&d, m, Nak, 0, 0);
	checkint(dhcpstep(&d, m, n, d.next), Dlost|Dsend);
	checkint(d.state, Dselecting);

	lease(&d, ~0U, 0);
	checkint(d.next, -1);
	checkint(dhcpstep(&d, nil, 0, 1LL<<50), 0);
}

static void silence(void)
{
	uchar m[Bootpmax];
	vlong t;
	Dhcp d;
	int i, n;

	begin(&d);
	for(i = 0, t = 0; i < 10; i++){
		checkint(dhcpstep(&d, nil, 0, d.next), Dsend);
		checkint(d.next > t && d.next-t <= 65*Second, 1);
		t = d.next;
	}
	checkint(t > 300*Second, 1);	/* less and less often */

	/* an offer that is not kept */
	n = answer(&d, m, Offer, 7, 100);
	checkint(dhcpstep(&d, m, n, t), Dsend);
	for(i = 0; i < 4 && d.state == Drequesting; i++)
		dhcpstep(&d, nil, 0, d.next);
	checkint(d.state, Dselecting);

	/* a refusal is not followed at once */
	n = answer(&d, m, Offer, 7, 100);
	dhcpstep(&d, m, n, t);
	n = answer(&d, m, Nak, 0, 0);
	checkint(dhcpstep(&d, m, n, t), 0);
	checkint(d.next > t+Second, 1);
	checkint(dhcpstep(&d, nil, 0, d.next), Dsend);
	checkint(typesent(&d), 1);
}

static void notforus(void)
{
	uchar m[Bootpmax];
	Dhcp d;
	int n, i;

	begin(&d);
	dhcpstep(&d, nil, 0, 0);
	n = answer(&d, m, Offer, 7, 100);
	for(i = 0; i < 240; i++)	/* cut short */
		checkint(dhcpstep(&d, m, i, 1), 0);
	m[4] ^= 1;
	checkint(dhcpstep(&d, m, n, 1), 0);
	m[4] ^= 1;
	m[30] ^= 1;
	checkint(dhcpstep(&d, m, n, 1), 0);
	m[30] ^= 1;
	m[0] = 1;
	checkint(dhcpstep(&d, m, n, 1), 0);
	m[0] = 2;
	m[16] = 224;	/* nobody's address */
	checkint(dhcpstep(&d, m, n, 1), 0);
	m[16] = 127;
	checkint(dhcpstep(&d, m, n, 1), 0);
	m[16] = 0;
	checkint(dhcpstep(&d, m, n, 1), 0);
	m[16] = 10;
	n = answer(&d, m, Ack, 7, 100);
	checkint(dhcpstep(&d, m, n, 1), 0);	/* not asked for */
	n = answer(&d, m, Offer, 7, 100);
	memmove(m+240+3+6+6+10+10, "\017\007a\nip=1 ", 9);	/* a domain that is none */
	checkint(dhcpstep(&d, m, n, 1), Dsend);
	checkstr(d.offer.dom, "");
}

/* messages with random changes and options: nothing but the lease, whose times are in order */
static void spoilt(void)
{
	uchar *m, *exact;
	vlong now;
	Dhcp d;
	int i, j, n, r;

	m = malloc(Bootpmax);
	srandom(3);
	now = 0;
	begin(&d);
	for(i = 0; i < 200000; i++){
		n = answer(&d, m, random()%8, random()%3? 7: 8, random()%3? random()%1000: ~0U);
		for(j = random()%4; j > 0; j--)
			m[random()%8? 240+random()%60: random()%240] = random();
		if(random()%4 == 0)
			n = random()%(n+1);
		exact = malloc(n+1);
		memmove(exact, m, n);
		exact = realloc(exact, n? n: 1);
		r = random()%3 != 0? dhcpstep(&d, exact, n, now): dhcpstep(&d, nil, 0, now);
		free(exact);
		if((r & Dsend) && (d.nout < 300 || d.nout > Bootpmax))
			checkint(d.nout, 300);
		if(d.state == Dbound && d.lease.secs != ~0U && !(0 < d.lease.t1 && d.lease.t1 < d.lease.t2 && d.lease.t2 < d.lease.secs))
			checkint(d.lease.t1, 0);
		now += random()%(random()%10? 100: 100*Second);
		if(d.next < 0)
			begin(&d);
	}
	checkint(i, 200000);
	free(m);
}

int main(void)
{
	straight();
	renewal();
	silence();
	notforus();
	spoilt();
	return checkdone();
}
