/*
 * mbox: a mailbox as a file server, fs/mbox; and messages from and to mailbox
 * files.  See mbox(4).
 */
#include <u.h>
#include <libc.h>
#include <bio.h>
#include <9p.h>
#include <srvhost.h>

extern Srv mboxsrv;

static void usage(void)
{
	fprint(2, "usage: mbox [-r] [-l limit] [-m mountpoint] [-s srvname] [-M from]\n"
		"       mbox -i dir [file]\n"
		"       mbox -x dir [number ...]\n");
	exits("usage");
}

/* --- mailbox files: mbox(4) --- */

/* would the line s of n bytes, without > before it, begin a message? */
static int isfrom(char *s, int n)
{
	for(; n > 0 && *s == '>'; s++, n--)
		;
	return n >= 5 && memcmp(s, "From ", 5) == 0;
}

/* the next line, or a part of a long one: its length, 0 at the end */
static int piece(Biobuf *in, char **s)
{
	static char part[Bsize];
	int n;

	*s = Brdline(in, '\n');
	n = Blinelen(in);
	if(*s == nil && n > 0){
		*s = part;
		n = Bread(in, part, n);
	}
	return n;
}

static Biobuf *beginmsg(char *dir)
{
	Biobuf *out;
	char path[256];
	int fd;

	snprint(path, sizeof path, "%s/new", dir);
	fd = open(path, OWRITE);
	if(fd < 0 || (out = Bfdopen(fd, OWRITE)) == nil)
		sysfatal("%s: %r", path);
	return out;
}

static void endmsg(Biobuf *out)
{
	if(out != nil && Bterm(out) < 0)
		sysfatal("new: %r");
}

/* append each message of the file; the empty line before the next one's first belongs to neither */
static void import(char *dir, Biobuf *in)
{
	Biobuf *out;
	char *s;
	int n, empty, start;

	out = nil;
	empty = 0;	/* after a line that was empty, and was not written yet */
	start = 1;	/* at the start of a line */
	for(; (n = piece(in, &s)) > 0; start = s[n-1] == '\n'){
		if((empty || out == nil) && n >= 5 && memcmp(s, "From ", 5) == 0){
			endmsg(out);
			out = beginmsg(dir);
		}else if(out == nil)
			sysfatal("not a mailbox file");
		else if(empty)
			Bputc(out, '\n');
		empty = start && n == 1 && *s == '\n';
		if(empty)
			continue;
		if(start && *s == '>' && isfrom(s, n))
			Bwrite(out, s+1, n-1);
		else
			Bwrite(out, s, n);
	}
	endmsg(out);
}

/* write message dir/num as a part of a mailbox file */
static void export(char *dir, char *num, Biobuf *out)
{
	Biobuf *in;
	Dir *d;
	char path[256], *s;
	int n, first, start;

	snprint(path, sizeof path, "%s/%s/raw", dir, num);
	in = Bopen(path, OREAD);
	d = dirstat(path);
	if(in == nil || d == nil)
		sysfatal("%s: %r", path);
	first = start = 1;
	while((n = piece(in, &s)) > 0){
		if(first && !(n >= 5 && memcmp(s, "From ", 5) == 0))
			Bprint(out, "From %s %s", d->uid, ctime(d->mtime));
		else if(start && !first && isfrom(s, n))
			Bputc(out, '>');
		Bwrite(out, s, n);
		start = s[n-1] == '\n';
		first = 0;
	}
	Bprint(out, start? "\n": "\n\n");
	free(d);
	Bterm(in);
}

static void exportall(char *dir, Biobuf *out)
{
	Dir *d;
	long i, n;
	int fd;

	fd = open(dir, OREAD);
	if(fd < 0 || (n = dirreadall(fd, &d)) < 0)
		sysfatal("%s: %r", dir);
	for(i = 0; i < n; i++)
		if(d[i].name[0] >= '0' && d[i].name[0] <= '9')
			export(dir, d[i].name, out);
	free(d);
	close(fd);
}

static void files(int what, char *dir, int argc, char **argv)
{
	Biobuf *b;
	int i;

	if(what == 'i'){
		if(argc > 1)
			usage();
		b = argc > 0? Bopen(argv[0], OREAD): Bfdopen(0, OREAD);
		if(b == nil)
			sysfatal("%s: %r", argc > 0? argv[0]: "input");
		import(dir, b);
		exits(nil);
	}
	if((b = Bfdopen(1, OWRITE)) == nil)
		sysfatal("output: %r");
	if(argc == 0)
		exportall(dir, b);
	for(i = 0; i < argc; i++)
		export(dir, argv[i], b);
	if(Bterm(b) < 0)
		sysfatal("output: %r");
	exits(nil);
}

int main(int argc, char **argv)
{
	Hostopt o = { .flag = MREPL, .argv = argv };
	char *dir;
	int what;

	what = 0;
	dir = nil;
	ARGBEGIN{
	case 'i':
	case 'x':
		what = ARGC();
		dir = EARGF(usage());
		break;
	case 'l':
		o.arg = smprint("max=%s", EARGF(usage()));
		break;
	case 'm':
		o.mtpt = EARGF(usage());
		break;
	case 'M':
		o.take = EARGF(usage());
		break;
	case 'r':
		o.redo = 1;
		break;
	case 's':
		o.name = EARGF(usage());
		break;
	default:
		usage();
	}ARGEND
	if(what != 0)
		files(what, dir, argc, argv);
	if(argc != 0 || (o.redo && o.name == nil && o.take == nil))
		usage();
	if(o.name == nil && o.mtpt == nil && o.take == nil)
		o.name = "mbox";
	mboxsrv.owner = getuser();
	if(hostmain(&mboxsrv, &o) < 0)
		sysfatal("%s: %r", o.take != nil? o.take: o.name != nil? o.name: o.mtpt);
	exits(nil);
}
