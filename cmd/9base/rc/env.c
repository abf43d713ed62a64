/*
 * env.c: rc's variables and functions in /env.
 *
 * A variable is a file whose words each end in NUL; a function is a file
 * fn#name with its definition as text.  At start every variable is read
 * (Vinit), and the functions when rcmain says finit.  Before each command
 * that is run, what has changed since is written back (Updenv); a local
 * variable hides the global of its name, so it is written after it.
 *
 * Files that cannot be written are passed over: a name such as a/b can be a
 * variable of rc but not a file.
 */
#include "rc.h"
#include "exec.h"
#include "io.h"
#include "fns.h"

static char envdir[] = "/env/";
static char fnmark[] = "fn#";

enum {
	Fnlen = sizeof fnmark - 1,
};

static int envopen(char *mark, char *name, int make)
{
	char *path;
	int fd;

	path = smprint("%s%s%s", envdir, mark, name);
	if(path == nil)
		return -1;
	fd = make ? create(path, OWRITE, 0666) : open(path, OREAD);
	free(path);
	return fd;
}

/* a whole file and a NUL; *n gets its length without that */
static char *envread(char *mark, char *name, long *n)
{
	char *buf, *p;
	long m, max;
	int fd;

	fd = envopen(mark, name, 0);
	if(fd < 0)
		return nil;
	max = 0;
	*n = 0;
	buf = nil;
	do{
		if(*n+1 >= max){
			max = 2*max + 256;
			p = realloc(buf, max);
			if(p == nil)
				panic("no memory for %d bytes of environment", max);
			buf = p;
		}
		m = read(fd, buf+*n, max-1-*n);
		if(m > 0)
			*n += m;
	}while(m > 0);
	close(fd);
	buf[*n] = 0;
	return buf;
}

static void envwrite(char *mark, char *name, char *p, long n)
{
	int fd;

	fd = envopen(mark, name, 1);
	if(fd < 0)
		return;
	if(n > 0)
		write(fd, p, n);
	close(fd);
}

/* the words of a variable's file, in order */
static word *words(char *p, long n)
{
	word *first, **last;
	char *end;

	first = nil;
	last = &first;
	for(end = p+n; p < end; p += strlen(p)+1){
		*last = newword(p, nil);
		last = &(*last)->next;
	}
	return first;
}

static void varload(char *name)
{
	char *text;
	long n;

	text = envread("", name, &n);
	if(text == nil)
		return;
	setvar(name, words(text, n));
	vlook(name)->changed = 0;
	free(text);
}

/* calls f with the name of each file in /env */
static void envlist(void (*f)(char*))
{
	Dir *d;
	long i, n;
	int fd;

	fd = open(envdir, OREAD);
	if(fd < 0)
		return;
	n = dirreadall(fd, &d);
	close(fd);
	for(i = 0; i < n; i++)
		f(d[i].name);
	if(n > 0)
		free(d);
}

static void loadvar(char *name)
{
	if(strncmp(name, fnmark, Fnlen) != 0)
		varload(name);
}

void Vinit(void)
{
	envlist(loadvar);
}

static char *fntext;	/* every function's definition, while finit runs */
static long fnlen;

static void loadfn(char *name)
{
	char *text, *p;
	long n;

	if(strncmp(name, fnmark, Fnlen) != 0)
		return;
	text = envread("", name, &n);
	if(text == nil)
		return;
	p = realloc(fntext, fnlen+n+1);
	if(p == nil)
		panic("no memory for %d bytes of functions", fnlen+n);
	memmove(p+fnlen, text, n);
	fntext = p;
	fnlen += n;
	fntext[fnlen++] = '\n';
	free(text);
}

/* opcode: has the definitions of functions executed as commands */
void Xrdfn(void)
{
	fnlen = 0;
	envlist(loadfn);
	if(fnlen > 0)
		execcmds(opencore(fntext, fnlen));
	free(fntext);
	fntext = nil;
}

/* the builtin finit */
void execfinit(void)
{
	poplist();
	Xrdfn();
}

static void varsave(var *v)
{
	char *buf, *p;
	word *w;
	long n;

	v->changed = 0;
	n = 0;
	for(w = v->val; w; w = w->next)
		n += strlen(w->word)+1;
	p = buf = emalloc(n+1);
	for(w = v->val; w; w = w->next){
		strcpy(p, w->word);
		p += strlen(p)+1;
	}
	envwrite("", v->name, buf, n);
	efree(buf);
}

static void fnsave(var *v)
{
	char *text;

	v->fnchanged = 0;
	if(v->fn){
		text = smprint("fn %q %s\n", v->name, v->fn[v->pc-1].s);
		if(text == nil)
			return;
		envwrite(fnmark, v->name, text, strlen(text));
	}else{
		text = smprint("%s%s%s", envdir, fnmark, v->name);
		if(text)
			remove(text);
	}
	free(text);
}

static void localsave(var *v)	/* outermost first */
{
	if(v == nil)
		return;
	localsave(v->next);
	if(v->changed)
		varsave(v);
}

void Updenv(void)
{
	var *v;
	int i;

	for(i = 0; i < NVAR; i++)
		for(v = gvar[i]; v; v = v->next){
			if(v->changed)
				varsave(v);
			if(v->fnchanged)
				fnsave(v);
		}
	if(runq)
		localsave(runq->local);
	if(err)
		flush(err);
}
