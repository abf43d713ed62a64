/* needs: cmd/ip/snoopy/decode.c cmd/ip/snoopy/trans.c cmd/ip/snoopy/app.c cmd/ip/snoopy/filter.c libc/dns/unpack.c libc/dns/rr.c libc/ip/addr.c libc/ip/parse.c libc/ip/fmt.c libc/base/cistr.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c tests/host/libc/shim.c */
/* flags: -Icmd/ip/snoopy */
/* f_snoopy: a frame of bytes that may be anything, its first the length of a filter before it. */
#include "u.h"
#include "libc.h"
#include "ip.h"
#include "snoopy.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uchar *p, usize n)
{
	Bytes b = { p, p+n };
	static Packet k;
	char text[256];
	uchar *frame;
	Filter *f;
	int i, j;

	fmtinstall('I', eipfmt);
	fmtinstall('V', eipfmt);
	fmtinstall('E', eipfmt);
	n = taken(&b, text, take1(&b));
	text[n] = 0;
	n = b.e - b.p;
	if((frame = malloc(n+1)) == nil)
		return 0;
	memmove(frame, b.p, n);
	decode(&k, frame, n, n);
	must(k.n > 0 && k.n <= Maxlayers && k.rest >= 0 && k.rest <= (int)n && k.used <= Fieldroom);
	for(i = 0; i < k.n; i++)
		for(j = 0; j < k.layer[i].n; j++)
			must(strlen(k.layer[i].val[j]) < Maxval && k.layer[i].name[j] != nil);
	f = filterparse(text);
	must(f == nil || *text != 0);
	filtermatch(f, &k);
	filterfree(f);
	free(frame);
	return 0;
}
