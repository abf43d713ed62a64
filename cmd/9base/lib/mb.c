/*
 * mb.c: multibyte characters of the standard C library, which are UTF-8.
 */
#include <stdlib.h>

int mbtowc(wchar_t *w, const char *s, size_t n)
{
	Rune r;
	int len;

	if(s == nil)
		return 0;
	if(n == 0 || (n < UTFmax && !fullrune(s, n)))
		return -1;
	len = chartorune(&r, s);
	if(r == Runeerror && len == 1)
		return -1;
	if(w)
		*w = r;
	return r ? len : 0;
}

int mblen(const char *s, size_t n)
{
	return mbtowc(nil, s, n);
}

int wctomb(char *s, wchar_t w)
{
	Rune r;

	if(s == nil)
		return 0;
	r = w;
	return runetochar(s, &r);
}

size_t mbstowcs(wchar_t *w, const char *s, size_t n)
{
	size_t i;
	int len;

	for(i = 0; i < n; i++){
		len = mbtowc(&w[i], s, UTFmax);
		if(len < 0)
			return -1;
		if(len == 0)
			break;
		s += len;
	}
	return i;
}
