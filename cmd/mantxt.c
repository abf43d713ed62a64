/*
 * mantxt: manual pages in the -man macros, as plain text of 72 columns.  It
 * knows what man(6) lists, enough for every page under /sys/man; troff(1)
 * is for typesetting.  A request it does not know is passed over.
 */
#include <u.h>
#include <libc.h>
#include <bio.h>
#include <ctype.h>

enum {
	Width = 72,
	Indent = 5,	/* of text below a section's heading */
	Tag = 7,	/* of a tagged paragraph's body */
	Maxdepth = 8,
	Maxline = 4096,
};

static Biobuf out;
static char line[Maxline];	/* the line being filled */
static int len;			/* its length in runes */
static int indent = Indent;
static int hang;		/* added to indent after this line: a short tag is in it */
static int left = Indent;	/* where paragraphs begin: .RS moves it */
static int stack[Maxdepth], depth;
static int nofill;
static int tagnext;		/* the next text line is a tag */
static int blank = 1;		/* the last line put was empty */

static void putline(int at, char *s)
{
	if(*s == 0){
		if(!blank)
			Bputc(&out, '\n');
		blank = 1;
		return;
	}
	Bprint(&out, "%*s%s\n", at, "", s);
	blank = 0;
}

static void flushline(void)
{
	if(len > 0){
		putline(indent, line);
		indent += hang;
		hang = 0;
	}
	line[0] = 0;
	len = 0;
}

static void addword(char *w)
{
	int n = utflen(w);

	if(len > 0 && indent + len + 1 + n > Width)
		flushline();
	if(strlen(line) + strlen(w) + 2 > sizeof line)
		return;
	if(len > 0){
		strcat(line, " ");
		len++;
	}
	strcat(line, w);
	len += n;
}

/* escapes: \fX \- \e \& \(xx \| \^ \" ; others stand for their character */
static char *unescape(char *s)
{
	static char *special[] = { "em", "—", "en", "–", "bu", "•", "aq", "'", "dq", "\"", "lq", "“", "rq", "”", "->", "→", "mu", "×", "*m", "μ", "co", "©", nil };
	char *r = s, *w = s, **p;
	int n;

	if(*s == 0)	/* perhaps a constant */
		return s;
	while(*r != 0){
		if(*r != '\\'){
			*w++ = *r++;
			continue;
		}
		switch(*++r){
		case 0:
			break;
		case 'f':
			r++;
			if(r[0] == '(')
				r += 2;
			if(*r != 0)
				r++;
			break;
		case '&': case '|': case '^': case '%': case ':': case 'c': case '/': case ',':
			r++;
			break;
		case '"':
			*r = 0;
			break;
		case 'e':
			*w++ = '\\';
			r++;
			break;
		case '(':
			for(p = special; *p != nil; p += 2)
				if(r[1] != 0 && strncmp(r+1, *p, 2) == 0)
					break;
			if(*p != nil){
				n = strlen(p[1]);
				if(n <= 4){
					memmove(w, p[1], n);
					w += n;
				}
			}
			r += r[1] != 0 && r[2] != 0 ? 3 : 1;
			break;
		default:
			*w++ = *r++;
		}
	}
	*w = 0;
	return s;
}

static void text(char *s)
{
	char *f[512];
	int i, n;

	unescape(s);
	if(nofill){
		flushline();
		putline(indent, s);
		return;
	}
	if(*s == 0){
		flushline();
		putline(0, "");
		return;
	}
	if(*s == ' ' || *s == '\t')
		flushline();
	n = getfields(s, f, nelem(f), 1, " \t");
	for(i = 0; i < n; i++)
		addword(f[i]);
}

/* the body begins after the tag, on its line when that is short */
static void puttag(char *tag)
{
	int n;

	unescape(tag);
	flushline();
	n = utflen(tag);
	indent = left + Tag;
	if(n >= Tag-1){
		putline(left, tag);
		return;
	}
	indent = left;
	strecpy(line, line + sizeof line, tag);
	while(n < Tag-1){
		strcat(line, " ");
		n++;
	}
	len = n;
	hang = Tag;
}

/* arguments of a request: words, or "quoted ""words""" */
static int args(char *s, char **arg, int max)
{
	int n = 0;
	char *w;

	while(n < max){
		while(*s == ' ' || *s == '\t')
			s++;
		if(*s == 0)
			break;
		arg[n++] = w = s;
		if(*s == '"'){
			arg[n-1] = w = ++s;
			for(; *s != 0; s++){
				if(*s == '"' && *++s != '"')
					break;
				*w++ = *s;
				if(*s == 0)
					break;
			}
		}else
			while(*s != 0 && *s != ' ' && *s != '\t')
				*w++ = *s++;
		if(*s != 0)
			s++;
		*w = 0;
	}
	return n;
}

static void join(char *buf, int n, char **arg, int narg, char *sep)
{
	char *p = buf, *e = buf + n;
	int i;

	*buf = 0;
	for(i = 0; i < narg; i++)
		p = seprint(p, e, "%s%s", i ? sep : "", arg[i]);
}

static void heading(int at, char *s)
{
	flushline();
	putline(0, "");
	unescape(s);
	putline(at, s);
	indent = left = at == 0 ? Indent : left;
	nofill = 0;
}

static void paragraph(void)
{
	flushline();
	putline(0, "");
	indent = left;
}

static void title(char **arg, int n)
{
	char *name = n > 0 ? arg[0] : "", *sec = n > 1 ? arg[1] : "";
	char head[200];

	snprint(head, sizeof head, "%s(%s)", name, sec);
	Bprint(&out, "%s%*s%s\n", head, Width - 2*utflen(head), "", head);
	blank = 0;
}

static void shift(int in)
{
	flushline();
	if(in && depth < Maxdepth){
		stack[depth++] = left;
		left = indent > left ? indent : left + Indent;
	}else if(!in && depth > 0)
		left = stack[--depth];
	indent = left;
}

/* what is inline: fonts change, words run together or not; it may be a tag */
static void inlinetext(char *sep, char **arg, int n)
{
	char buf[Maxline];

	join(buf, sizeof buf, arg, n, sep);
	if(tagnext){
		tagnext = 0;
		puttag(buf);
	}else
		text(buf);
}

static void example(int on, int in)
{
	flushline();
	nofill = on;
	indent += in;
}

static void doTH(char **arg, int n) { title(arg, n); }
static void doSH(char **arg, int n) { char b[Maxline]; join(b, sizeof b, arg, n, " "); heading(0, b); }
static void doSS(char **arg, int n) { char b[Maxline]; join(b, sizeof b, arg, n, " "); heading(3, b); }
static void doPP(char **arg, int n) { USED(arg); USED(n); paragraph(); }
static void doTP(char **arg, int n) { USED(arg); USED(n); paragraph(); tagnext = 1; }
static void doIP(char **arg, int n) { paragraph(); puttag(n > 0 ? arg[0] : ""); }
static void doB(char **arg, int n) { inlinetext(" ", arg, n); }
static void doBR(char **arg, int n) { inlinetext("", arg, n); }
static void doEX(char **arg, int n) { USED(arg); USED(n); example(1, Indent); }
static void doEE(char **arg, int n) { USED(arg); USED(n); example(0, -Indent); }
static void donf(char **arg, int n) { USED(arg); USED(n); example(1, 0); }
static void dofi(char **arg, int n) { USED(arg); USED(n); example(0, 0); }
static void doRS(char **arg, int n) { USED(arg); USED(n); shift(1); }
static void doRE(char **arg, int n) { USED(arg); USED(n); shift(0); }
static void dobr(char **arg, int n) { USED(arg); USED(n); flushline(); }
static void dosp(char **arg, int n) { USED(arg); USED(n); flushline(); putline(0, ""); }

static struct {
	char *name;
	void (*f)(char **arg, int n);
} requests[] = {
	{"TH", doTH}, {"SH", doSH}, {"SS", doSS},
	{"PP", doPP}, {"LP", doPP}, {"HP", doPP}, {"P", doPP},
	{"TP", doTP}, {"IP", doIP},
	{"B", doB}, {"I", doB}, {"R", doB}, {"L", doB}, {"SM", doB},
	{"BR", doBR}, {"BI", doBR}, {"IB", doBR}, {"IR", doBR}, {"RB", doBR}, {"RI", doBR},
	{"LR", doBR}, {"RL", doBR},
	{"EX", doEX}, {"EE", doEE}, {"nf", donf}, {"fi", dofi},
	{"RS", doRS}, {"RE", doRE}, {"br", dobr}, {"sp", dosp},
};

static void request(char *s)
{
	char req[3] = "", *arg[64];
	uint i;
	int n;

	for(n = 0, s++; n < 2 && *s != 0 && !isspace((uchar)*s); n++)
		req[n] = *s++;
	n = args(s, arg, nelem(arg));
	for(i = 0; i < nelem(requests); i++)
		if(strcmp(requests[i].name, req) == 0){
			requests[i].f(arg, n);
			return;
		}
}

static void format(Biobuf *in)
{
	char *s;

	while((s = Brdstr(in, '\n', 1)) != nil){
		if(s[0] == '.' || (s[0] == '\'' && isalpha((uchar)s[1])))
			request(s);
		else if(tagnext){
			tagnext = 0;
			puttag(s);
		}else
			text(s);
		free(s);
	}
	flushline();
	nofill = depth = tagnext = 0;
	indent = left = Indent;
}

int main(int argc, char **argv)
{
	Biobuf in;
	int i, fd;

	ARGBEGIN{
	default:
		fprint(2, "usage: mantxt [file ...]\n");
		exits("usage");
	}ARGEND
	Binit(&out, 1, OWRITE);
	if(argc == 0){
		Binit(&in, 0, OREAD);
		format(&in);
	}
	for(i = 0; i < argc; i++){
		fd = open(argv[i], OREAD);
		if(fd < 0)
			sysfatal("%s: %r", argv[i]);
		Binit(&in, fd, OREAD);
		format(&in);
		Bterm(&in);
		close(fd);
	}
	if(Bterm(&out) < 0)
		sysfatal("write: %r");
	exits(nil);
}
