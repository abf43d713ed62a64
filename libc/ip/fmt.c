/*
 * Internet addresses as text: eipfmt, ip(2).  IPv6 as RFC 5952 wants it: small
 * letters, no leading zeros, the longest run of zero groups as ::, the first of
 * several.
 */
#include "u.h"
#include "libc.h"
#include "ip.h"

/* the longest run of two zero groups or more: its first, *n of them */
static int zerorun(const uchar *ip, int *n)
{
	int i, j, at;

	at = -1;
	*n = 1;
	for(i = 0; i < 8; i = j+1){
		for(j = i; j < 8 && nhgets(ip+2*j) == 0; j++)
			;
		if(j-i > *n){
			*n = j-i;
			at = i;
		}
	}
	return at;
}

static void v6text(char *s, char *e, const uchar *ip)
{
	int i, at, n;

	at = zerorun(ip, &n);
	for(i = 0; i < 8; i++){
		if(i == at){
			s = seprint(s, e, "::");
			i += n-1;
			continue;
		}
		if(i > 0 && i != at+n)
			s = seprint(s, e, ":");
		s = seprint(s, e, "%ux", nhgets(ip+2*i));
	}
}

static void masktext(char *s, char *e, const uchar *mask)
{
	int n;

	n = maskbits(mask);
	if(n >= 0)
		seprint(s, e, "/%d", n);
	else if(memcmp(mask, IPallbits, IPv4off) == 0)
		seprint(s, e, "%ud.%ud.%ud.%ud", mask[12], mask[13], mask[14], mask[15]);
	else
		v6text(s, e, mask);
}

int eipfmt(Fmt *f)
{
	char buf[64];
	const uchar *p;

	p = va_arg(f->args, const uchar*);
	buf[0] = 0;
	switch(p != nil? f->r: 0){
	case 'E':
		snprint(buf, sizeof buf, "%.2x%.2x%.2x%.2x%.2x%.2x", p[0], p[1], p[2], p[3], p[4], p[5]);
		break;
	case 'I':
		if(!isv4(p)){
			v6text(buf, buf+sizeof buf, p);
			break;
		}
		p += IPv4off;
		/* fall through */
	case 'V':
		snprint(buf, sizeof buf, "%d.%d.%d.%d", p[0], p[1], p[2], p[3]);
		break;
	case 'M':
		masktext(buf, buf+sizeof buf, p);
		break;
	default:
		return fmtstrcpy(f, "<nil>");
	}
	return fmtstrcpy(f, buf);
}
