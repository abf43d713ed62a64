/* needs: libc/ndb/scan.c tests/host/libc/shim.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c */
/* flags: -Ilibc/ndb */
/* f_ndb: text of the network database: entries are found whole, in their order, within the text, and it ends. */
#include "u.h"
#include "libc.h"
#include "ndb.h"
#include "scan.h"
#include "fuzz.h"

/* the lines of an entry are rings of its pairs in their order */
static void rings(Ndbtuple *t)
{
	Ndbtuple *l;

	for(; t != nil; t = t->entry){
		must(t->attr[0] != 0 && strlen(t->attr) < Ndbalen);
		for(l = t; l->line == l->entry && l->entry != nil; l = l->entry)
			;
		must(l->line != nil);
	}
}

int LLVMFuzzerTestOneInput(const uchar *p, usize n)
{
	Ndbtuple *t, *hit;
	char *text, *at;
	Scan s = {0};

	if((text = malloc(n+1)) == nil)
		return 0;
	memmove(text, p, n);
	s.p = text;
	s.e = text+n;
	for(;;){
		at = s.p;
		if((t = scanentry(&s, nil, nil, &hit)) == nil)
			break;
		must(s.p > at && s.p <= s.e && hit == nil);
		rings(t);
		ndbfree(t);
	}
	must(s.p == s.e);
	s.p = text;
	if((t = scanentry(&s, "a", "b", &hit)) != nil)
		must(hit != nil && strcmp(hit->attr, "a") == 0 && strcmp(hit->val, "b") == 0);
	ndbfree(t);
	free(text);
	return 0;
}
