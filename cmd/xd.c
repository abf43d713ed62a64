/*
 * xd: dump bytes.  A format is [-sizebase] as -1x -2d -4o -8x, -c for
 * characters; several formats give several lines for each 16 bytes.  -a
 * addresses in hexadecimal (default) -ad -ao, -r also repeated lines, -s
 * swaps bytes (big-endian units).
 */
#include <u.h>
#include <libc.h>
#include <bio.h>

enum { Line = 16, Maxfmt = 8 };

typedef struct Format Format;
struct Format {
	int size;	/* bytes of a unit */
	int base;	/* x d o, or c */
};

static Format format[Maxfmt];
static int nformat, repeats, swap, addrbase = 'x';
static Biobuf out;

static void usage(void)
{
	fprint(2, "usage: xd [-rs] [-a{odx}] [-c] [-{1248}{odx}] ... [file ...]\n");
	exits("usage");
}

static void addformat(int size, int base)
{
	if(nformat == Maxfmt || strchr("odxc", base) == nil || base == 0)
		usage();
	format[nformat].size = size;
	format[nformat++].base = base;
}

static uvlong unit(uchar *p, int size)
{
	uvlong v = 0;
	int i;

	for(i = 0; i < size; i++)
		v |= (uvlong)p[swap ? size-1-i : i] << 8*i;
	return v;
}

static void putchar1(uchar c)
{
	static char *esc = "\b\t\n\v\f\r", *let = "btnvfr";
	char *p;

	if(c == 0)
		Bprint(&out, "  \\0");
	else if((p = strchr(esc, c)) != nil)
		Bprint(&out, "  \\%c", let[p-esc]);
	else if(c < ' ' || c >= 0x7f)
		Bprint(&out, "  %.2x", c);
	else
		Bprint(&out, "   %c", c);
}

static int unitwidth(Format *f)
{
	switch(f->base){
	case 'o':
		return (f->size*8 + 2) / 3;
	case 'd':
		return (int[]){0, 3, 5, 0, 10, 0, 0, 0, 20}[f->size];
	}
	return 2 * f->size;
}

static void putunits(Format *f, uchar *p, int n)
{
	int i, w = unitwidth(f);
	uvlong v;

	for(i = 0; i < n; i += f->size){
		if(f->base == 'c'){
			putchar1(p[i]);
			continue;
		}
		v = unit(p+i, f->size);
		if(f->base == 'x')
			Bprint(&out, " %.*llux", w, v);
		else if(f->base == 'o')
			Bprint(&out, " %.*lluo", w, v);
		else
			Bprint(&out, " %*llud", w, v);
	}
}

static void putaddr(uvlong a)
{
	if(addrbase == 'x')
		Bprint(&out, "%.7llux ", a);
	else if(addrbase == 'o')
		Bprint(&out, "%.7lluo ", a);
	else
		Bprint(&out, "%.7llud ", a);
}

static void dumpline(uvlong addr, uchar *p, int n)
{
	int i;

	memset(p+n, 0, Line-n);
	for(i = 0; i < nformat; i++){
		if(i == 0)
			putaddr(addr);
		else
			Bprint(&out, "        ");
		putunits(&format[i], p, n);
		Bputc(&out, '\n');
	}
}

static void dump(int fd, char *name)
{
	uchar p[Line], last[Line];
	uvlong addr = 0;
	int stars = 0;
	long n;

	while((n = readn(fd, p, Line)) > 0){
		if(!repeats && addr > 0 && n == Line && memcmp(p, last, Line) == 0){
			if(!stars)
				Bprint(&out, "%*s*\n", 7, "");
			stars = 1;
		}else{
			stars = 0;
			memmove(last, p, n);
			dumpline(addr, p, n);
		}
		addr += n;
	}
	if(n < 0)
		sysfatal("%s: %r", name);
	putaddr(addr);
	Bputc(&out, '\n');
}

/* one word of options after its minus sign */
static void option(char *s)
{
	for(; *s != 0; s++)
		switch(*s){
		case 'a':
			if(s[1] == 0 || strchr("odx", s[1]) == nil)
				usage();
			addrbase = *++s;
			break;
		case 'c':
			addformat(1, 'c');
			break;
		case 'r':
			repeats = 1;
			break;
		case 's':
			swap = 1;
			break;
		case '1': case '2': case '4': case '8':
			addformat(*s - '0', s[1] ? s[1] : 'x');
			if(s[1] != 0)
				s++;
			break;
		default:
			usage();
		}
}

int main(int argc, char **argv)
{
	int i, fd;

	for(i = 1; i < argc && argv[i][0] == '-' && argv[i][1] != 0; i++)
		option(argv[i]+1);
	if(nformat == 0)
		addformat(1, 'x');
	Binit(&out, 1, OWRITE);
	if(i == argc)
		dump(0, "standard input");
	for(; i < argc; i++){
		fd = open(argv[i], OREAD);
		if(fd < 0)
			sysfatal("%s: %r", argv[i]);
		dump(fd, argv[i]);
		close(fd);
	}
	if(Bterm(&out) < 0)
		sysfatal("write: %r");
	exits(nil);
}
