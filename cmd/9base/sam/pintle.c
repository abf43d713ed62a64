/*
 * pintle.c: what sam wants from its system: names of programs, files'
 * identity, the temporary file, notes.
 */
#include <u.h>
#include "sam.h"

Rune samname[] = { '~', '~', 's', 'a', 'm', '~', '~', 0 };

/* brackets and quotes for double-clicks, opening and closing */
static Rune open1[] = { '{', '[', '(', '<', 0xab, 0 };
static Rune close1[] = { '}', ']', ')', '>', 0xbb, 0 };
static Rune newline[] = { '\n', 0 };
static Rune quotes[] = { '\'', '"', '`', 0 };
Rune *left[] = { open1, newline, quotes, nil };
Rune *right[] = { close1, newline, quotes, nil };

char RSAM[] = "sam";
char SAMTERM[] = "/bin/aux/samterm";
char HOME[] = "home";
char TMPDIR[] = "/tmp";
char SH[] = "rc";
char SHPATH[] = "/bin/rc";
char RX[] = "rx";
char RXPATH[] = "/bin/rx";

void dprint(char *fmt, ...)
{
	char buf[BLOCKSIZE];
	va_list args;

	va_start(args, fmt);
	vsnprint(buf, sizeof buf, fmt, args);
	va_end(args);
	termwrite(buf);
}

void print_ss(char *what, String *a, String *b)
{
	dprint("?warning: %s: %.*S, %.*S\n", what, a->n, a->s, b->n, b->s);
}

void print_s(char *what, String *a)
{
	dprint("?warning: %s %.*S\n", what, a->n, a->s);
}

/* what sam compares to see whether two names are one file; takes d */
static int identity(Dir *d, ulong *dev, uvlong *id, long *time, long *length, long *append)
{
	if(d == nil)
		return -1;
	if(dev)
		*dev = (d->type | (ulong)d->dev<<16) & 0x7FFFFFFF;	/* kept in an int */
	if(id)
		*id = d->qid.path;
	if(time)
		*time = d->mtime;
	if(length)
		*length = d->length;
	if(append)
		*append = (d->mode & DMAPPEND) != 0;
	free(d);
	return 1;
}

int statfile(char *name, ulong *dev, uvlong *id, long *time, long *length, long *append)
{
	return identity(dirstat(name), dev, id, time, length, append);
}

int statfd(int fd, ulong *dev, uvlong *id, long *time, long *length, long *append)
{
	return identity(dirfstat(fd), dev, id, time, length, append);
}

/* an interrupt only ends a command; anything worse saves the files */
void notifyf(void *ureg, char *note)
{
	USED(ureg);
	if(strcmp(note, "interrupt") == 0)
		noted(NCONT);
	if(bpipeok && strncmp(note, "sys: write on closed pipe", 25) == 0)
		noted(NCONT);
	panicking = 1;
	rescue();
	noted(NDFLT);
}

int tempdisk(void)
{
	char name[64];
	int i, fd;

	for(i = 0; i < 100; i++){
		snprint(name, sizeof name, "%s/sam.%d.%d", TMPDIR, getpid(), i);
		fd = create(name, ORDWR|OEXCL|OCEXEC|ORCLOSE, 0600);
		if(fd >= 0)
			return fd;
	}
	return -1;
}

/* 0 or 1 as process pid ended well or not */
int samwaitfor(int pid)
{
	Waitmsg *w;
	int bad;

	while((w = wait()) != nil){
		bad = w->msg[0] != 0;
		if(w->pid == pid){
			free(w);
			return bad;
		}
		free(w);
	}
	return -1;
}

void samerr(char *buf)
{
	sprint(buf, "%s/sam.%s.err", TMPDIR, getuser());
}

/* memory that must be had, zeroed */
void *emalloc(ulong n)
{
	void *p;

	p = mallocz(n, 1);
	if(p == nil)
		panic("out of memory");
	return p;
}

/* the same for a block that grows; what is new is not zeroed */
void *erealloc(void *old, ulong n)
{
	void *p;

	p = realloc(old, n);
	if(p == nil)
		panic("out of memory");
	return p;
}
