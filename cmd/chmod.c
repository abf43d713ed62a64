/*
 * chmod: change permission bits.  The mode is octal, or letters as in
 * [ugoa]*[-+=][rwxalt]+ : a append-only, l exclusive use, t temporary.
 */
#include <u.h>
#include <libc.h>

typedef struct Change Change;
struct Change {
	ulong mask;	/* the bits spoken of */
	ulong set;	/* and what they become */
};

static ulong whobits(char **sp)
{
	ulong who = 0;
	char *s;

	for(s = *sp; *s != 0; s++)
		switch(*s){
		case 'u':
			who |= 0700;
			break;
		case 'g':
			who |= 0070;
			break;
		case 'o':
			who |= 0007;
			break;
		case 'a':
			who |= 0777;
			break;
		default:
			goto out;
		}
out:
	*sp = s;
	return who ? who : 0777;
}

static int parseletters(char *s, Change *c)
{
	ulong who = whobits(&s), bits = 0, special = 0;
	char op = *s++;

	if(op != '+' && op != '-' && op != '=')
		return -1;
	if(*s == 0 && op != '=')
		return -1;
	for(; *s != 0; s++)
		switch(*s){
		case 'r':
			bits |= 0444;
			break;
		case 'w':
			bits |= 0222;
			break;
		case 'x':
			bits |= 0111;
			break;
		case 'a':
			special |= DMAPPEND;
			break;
		case 'l':
			special |= DMEXCL;
			break;
		case 't':
			special |= DMTMP;
			break;
		default:
			return -1;
		}
	c->mask = (op == '=' ? who : who & bits) | special;
	c->set = op == '-' ? 0 : (who & bits) | special;
	return 0;
}

static int parsemode(char *s, Change *c)
{
	char *end;

	if(*s < '0' || *s > '7')
		return parseletters(s, c);
	c->set = strtoul(s, &end, 8);
	c->mask = 0777;
	return *end != 0 || c->set > 0777 ? -1 : 0;
}

static int change(char *name, Change *c)
{
	Dir *d = dirstat(name), new;
	int r;

	if(d == nil)
		return -1;
	nulldir(&new);
	new.mode = (d->mode & ~c->mask) | c->set;
	free(d);
	r = dirwstat(name, &new);
	return r;
}

int main(int argc, char **argv)
{
	Change c;
	int i, bad = 0;

	/* no options: a mode may begin with a minus sign */
	if(argc < 3 || parsemode(argv[1], &c) < 0){
		fprint(2, "usage: chmod 0777 file ...\n\tchmod [ugoa][-+=][rwxalt] file ...\n");
		exits("usage");
	}
	for(i = 2; i < argc; i++)
		if(change(argv[i], &c) < 0){
			fprint(2, "chmod: %s: %r\n", argv[i]);
			bad = 1;
		}
	exits(bad ? "errors" : nil);
}
