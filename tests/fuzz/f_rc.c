/* needs: libc/base/utf.c */
/* flags: -Itests/fuzz/rc */
/*
 * f_rc: what rc's back end takes apart itself: patterns against names
 * (glob.c), with the marks that rc's parser sets anywhere.  A pattern that
 * is the name, each byte of it marked where it must be, matches; the answer
 * does not depend on what lies past the ends.
 */
#include <stdlib.h>
#include <string.h>
#include "u.h"
#include "lib.h"
#include "qid.h"
#include "../../cmd/9base/rc/glob.c"
#include "fuzz.h"

/* s of n bytes in memory of its own, without NULs */
static char *string(const uchar *p, usize n)
{
	char *s;
	usize i;

	s = malloc(n+1);
	for(i = 0; i < n; i++)
		s[i] = p[i] == 0? 'x': p[i] == 2? GLOB: p[i];
	s[n] = 0;
	return s;
}

int LLVMFuzzerTestOneInput(const uchar *p, usize n)
{
	char *s, *pat, *all, *q;
	usize half, i;

	if(n < 1)
		return 0;
	half = p[0]*(n-1)/256;
	s = string(p+1, half);
	pat = string(p+1+half, n-1-half);
	match(s, pat, 0);
	match(s, pat, '/');
	all = malloc(2*half+1);
	q = all;
	for(i = 0; i < half; i++){
		if(s[i] == GLOB)
			*q++ = GLOB;
		*q++ = s[i];
	}
	*q = 0;
	must(match(s, all, 0));
	deglob(all);
	must(strcmp(s, all) == 0);
	deglob(pat);
	free(s);
	free(pat);
	free(all);
	return 0;
}
