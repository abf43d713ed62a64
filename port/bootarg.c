/*
 * bootarg.c: the kernel's command line.
 *
 * It is words, name=value or name alone, between white space; a value with
 * white space is quoted as in rc, name='a b'.  The text comes from a boot
 * loader and is not trusted: what is too long is cut at a word, words whose
 * name could not be a file name are dropped, and of several with one name the
 * last counts.  The table is made by the first call, while one processor
 * runs, and never changes; no locks.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"

enum {
	Linelen = 4096,
	Nargs = 128,
};

typedef struct Arg Arg;
struct Arg {
	char *name;
	char *value;
};

static Arg args[Nargs];
static int nargs = -1;	/* not read yet */
static char line[Linelen];

static int nameok(char *s)
{
	char *p;

	for(p = s; *p; p++)
		if((uchar)*p <= ' ' || *p == '/' || *p == 0x7f)
			return 0;
	return p != s && p-s < NAMELEN && strcmp(s, ".") != 0 && strcmp(s, "..") != 0;
}

static Arg *find(char *name)
{
	int i;

	for(i = 0; i < nargs; i++)
		if(strcmp(args[i].name, name) == 0)
			return &args[i];
	return nil;
}

static void add(char *word)
{
	char *eq;
	Arg *a;

	eq = strchr(word, '=');
	if(eq)
		*eq++ = 0;
	if(!nameok(word))
		return;
	a = find(word);
	if(a == nil){
		if(nargs == Nargs)
			return;
		a = &args[nargs++];
		a->name = word;
	}
	a->value = eq ? eq : "";
}

/* copies text to line, without the word that does not fit whole */
static void copyline(char *text)
{
	char *e;

	e = strecpy(line, line+Linelen, text);
	if(text[e-line] == 0)
		return;
	while(e > line && e[-1] != ' ')
		e--;
	*e = 0;
}

static void parse(char *text)
{
	char *word[Nargs*2];
	int i, n;

	copyline(text);
	nargs = 0;
	n = tokenize(line, word, nelem(word));
	for(i = 0; i < n; i++)
		add(word[i]);
}

/* the value of a boot argument, "" for a name alone, nil for none */
char *bootarg(char *name)
{
	Arg *a;

	if(nargs < 0)
		parse(bootargs);
	a = find(name);
	return a ? a->value : nil;
}

static int envput(Arg *a)
{
	char path[NAMELEN+4];
	Chan *c;
	long n;

	snprint(path, sizeof path, "#e/%s", a->name);
	c = namecreate(path, OWRITE, 0666);
	if(c == nil)
		return -1;
	n = strlen(a->value);
	if(n > 0)
		n = chanwrite(c, a->value, n, 0);
	chanclose(c);
	return n < 0 ? -1 : 0;
}

/* makes the boot arguments files of the current process's #e.  Sleeps */
void bootenv(void)
{
	int i;

	bootarg("");
	for(i = 0; i < nargs; i++)
		if(envput(&args[i]) < 0)
			kprint("boot argument %s: %r\n", args[i].name);
}
