/*
 * wc: count lines, words, runes, bad UTF-8 and bytes.  A word ends at white
 * space; the state of a rune cut by the end of a buffer is carried over.
 */
#include <u.h>
#include <libc.h>

typedef struct Count Count;
struct Count {
	uvlong lines, words, runes, broken, bytes;
};

static int showlines, showwords, showrunes, showbroken, showbytes;

/* counts the whole runes in p[0..n); bytes used: all but a cut rune's, unless last */
static long countbuf(Count *c, char *p, long n, int last, int *inword)
{
	Rune r;
	long i, w;

	for(i = 0; i < n; i += w){
		r = (uchar)p[i];
		w = 1;
		if(r >= Runeself){
			if(!last && !fullrune(p+i, n-i))
				break;
			/* the buffer has UTFmax zero bytes after its end */
			w = chartorune(&r, p+i);
			if(r == Runeerror && w == 1)
				c->broken++;
		}
		c->runes++;
		c->lines += r == '\n';
		if(isspacerune(r))
			*inword = 0;
		else if(!*inword){
			*inword = 1;
			c->words++;
		}
	}
	c->bytes += i;
	return i;
}

static int countfd(Count *c, int fd)
{
	static char buf[64*1024 + UTFmax];
	enum { Room = sizeof buf - UTFmax };
	long n, used, have = 0;
	int inword = 0;

	memset(c, 0, sizeof *c);
	while((n = read(fd, buf+have, Room-have)) > 0){
		have += n;
		memset(buf+have, 0, UTFmax);
		used = countbuf(c, buf, have, 0, &inword);
		have -= used;
		memmove(buf, buf+used, have);
	}
	memset(buf+have, 0, UTFmax);
	countbuf(c, buf, have, 1, &inword);
	return n < 0 ? -1 : 0;
}

static void report(Count *c, char *name)
{
	char line[200], *p = line, *e = line + sizeof line;

	if(showlines)
		p = seprint(p, e, " %7llud", c->lines);
	if(showwords)
		p = seprint(p, e, " %7llud", c->words);
	if(showrunes)
		p = seprint(p, e, " %7llud", c->runes);
	if(showbroken)
		p = seprint(p, e, " %7llud", c->broken);
	if(showbytes)
		p = seprint(p, e, " %7llud", c->bytes);
	USED(p);
	if(name != nil)
		print("%s %s\n", line+1, name);
	else
		print("%s\n", line+1);
}

static int countfile(Count *total, char *name)
{
	Count c;
	int fd = 0;

	if(name != nil)
		fd = open(name, OREAD);
	if(fd < 0 || countfd(&c, fd) < 0){
		fprint(2, "wc: %s: %r\n", name ? name : "standard input");
		if(fd > 0)
			close(fd);
		return -1;
	}
	if(name != nil)
		close(fd);
	report(&c, name);
	total->lines += c.lines;
	total->words += c.words;
	total->runes += c.runes;
	total->broken += c.broken;
	total->bytes += c.bytes;
	return 0;
}

int main(int argc, char **argv)
{
	Count total;
	int i, bad = 0;

	ARGBEGIN{
	case 'l':
		showlines = 1;
		break;
	case 'w':
		showwords = 1;
		break;
	case 'r':
		showrunes = 1;
		break;
	case 'b':
		showbroken = 1;
		break;
	case 'c':
		showbytes = 1;
		break;
	default:
		fprint(2, "usage: wc [-lwrbc] [file ...]\n");
		exits("usage");
	}ARGEND
	if(showlines + showwords + showrunes + showbroken + showbytes == 0)
		showlines = showwords = showbytes = 1;
	memset(&total, 0, sizeof total);
	if(argc == 0)
		bad = countfile(&total, nil) < 0;
	for(i = 0; i < argc; i++)
		bad |= countfile(&total, argv[i]) < 0;
	if(argc > 1)
		report(&total, "total");
	exits(bad ? "errors" : nil);
}
