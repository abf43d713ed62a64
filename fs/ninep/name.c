/*
 * name.c: what the two dialects call things: file names and errors.
 *
 * A host name is any bytes; a 9P2000 name is UTF-8.  A byte that is not
 * part of a well-formed sequence, or is a control character, which 9P names have none of, becomes the rune Escape+byte, and so does each
 * byte of a rune that itself lies in the escape range, so decoding is exact.  The
 * encoding is one to one: namedec refuses what nameenc would not have made.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ninep.h"

enum { Escape = 0xF700 };	/* in the private use area: U+F700 to U+F7FF */

/* length of the well-formed sequence at s, 0: none, or it must be escaped */
static int plain(char *s)
{
	Rune r;
	int n = chartorune(&r, s);

	if(r == Runeerror && n == 1)
		return 0;
	if(r < ' ' || r == 0x7F)
		return 0;
	if(r >= Escape && r <= Escape + 0xFF)
		return 0;
	return n;
}

char *nameenc(char *host)
{
	char *out, *p;
	Rune r;
	int n;

	out = malloc(3*strlen(host) + 1);	/* an escape is three bytes */
	if(out == nil)
		return nil;
	for(p = out; *host != 0; host += n){
		n = plain(host);
		if(n > 0){
			memmove(p, host, n);
			p += n;
			continue;
		}
		r = Escape + (uchar)*host;
		p += runetochar(p, &r);
		n = 1;
	}
	*p = 0;
	return out;
}

char *namedec(char *client)
{
	char *out, *p, *again, *s;
	Rune r;
	int n, same;

	out = malloc(strlen(client) + 1);
	if(out == nil)
		return nil;
	for(p = out, s = client; *s != 0; s += n){
		n = chartorune(&r, s);
		if(r > Escape && r <= Escape + 0xFF)
			*p++ = r - Escape;
		else{
			memmove(p, s, n);
			p += n;
		}
	}
	*p = 0;
	again = nameenc(out);
	same = again != nil && strcmp(again, client) == 0;
	free(again);
	if(same && strchr(out, '/') == nil)
		return out;
	free(out);
	werrstr("%s", Enonexist);
	return nil;
}

/* Linux's numbers, which the L dialect uses whatever the host */
static struct {
	u32int ecode;
	char *err;
} errors[] = {
	{1, Eperm}, {2, Enonexist}, {4, Eintr}, {5, Eio}, {12, Enomem}, {13, Eperm},
	{16, Einuse}, {17, Eexist}, {20, Enotdir}, {21, Eisdir}, {22, Ebadarg}, {28, Enospace},
	{18, "file is on another file system"}, {23, "too many open files"}, {24, "too many open files"},
	{26, "text file busy"}, {27, "file too large"}, {30, "file system read only"}, {31, "too many links"},
	{36, Etoolong}, {39, Enotempty}, {40, "too many symbolic links"}, {61, "no data available"},
	{6, "no such device or address"}, {9, Ebaduse}, {11, "try again"}, {75, "value too large"},
	{95, "operation not supported"}, {116, "stale file handle"}, {122, "disk quota exceeded"},
};

char *l9error(u32int ecode)
{
	uint i;

	for(i = 0; i < nelem(errors); i++)
		if(errors[i].ecode == ecode)
			return errors[i].err;
	return nil;
}
