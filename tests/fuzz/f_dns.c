/* needs: libc/dns/unpack.c libc/dns/pack.c libc/dns/rr.c libc/ip/addr.c libc/ip/parse.c libc/ip/fmt.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c libc/base/cistr.c tests/host/libc/shim.c */
/* f_dns: a message of bytes that may be anything: what is accepted can be made again, and says the same. */
#include "u.h"
#include "libc.h"
#include "ip.h"
#include "dns.h"
#include "fuzz.h"

static void same(Rr *a, Rr *b)
{
	char x[4096], y[4096];

	for(; a != nil && b != nil; a = a->next, b = b->next){
		must(strcmp(a->host, b->host) == 0 && a->type == b->type && a->ttl == b->ttl && a->class == b->class);
		must(cistrcmp(a->name, b->name) == 0);
		rrtext(x, sizeof x, a);
		rrtext(y, sizeof y, b);
		must(strcmp(x, y) == 0);
	}
	must(a == nil && b == nil);
}

int LLVMFuzzerTestOneInput(const uchar *p, usize n)
{
	static uchar buf[Dnsmax], copy[Dnsmax];
	Dnsmsg m, again;
	uchar addr[16];
	Rr *r;
	int k;

	fmtinstall('I', eipfmt);
	if(n > sizeof copy)
		return 0;
	memmove(copy, p, n);
	if(dnsunpack(&m, copy, n) < 0){
		must(m.rr == nil);
		return 0;
	}
	for(r = m.rr; r != nil; r = r->next){
		must(dnsnameok(r->name) == 0 && strlen(r->name) < Dnsnamelen);
		dnsnameaddr(r->name, addr);
	}
	m.flags &= ~Dnstrunc;
	k = dnspack(&m, buf, sizeof buf);
	must(k > 0);
	must(dnsunpack(&again, buf, k) == 0 && again.id == m.id && strcmp(again.qname, m.qname) == 0);
	if((m.flags & Dnstrunc) == 0)
		same(m.rr, again.rr);
	dnsfree(again.rr);
	dnsfree(m.rr);
	return 0;
}
