/*
 * sys.c: the rest of what rc wants from its system: notes, builtins that
 * are the system's, and small calls under rc's names for them.
 *
 * Notes are only counted by the handler; rc looks between two opcodes.
 */
#include "rc.h"
#include "exec.h"
#include "io.h"
#include "fns.h"

void execfinit(void);	/* env.c */
void execrfork(void);

char *Signame[NSIG] = {
	"sigexit", "sighup", "sigint", "sigquit", "sigalrm", "sigfpe", "sigterm", "sigpipe",
};

static struct {
	char *note;	/* how it starts */
	int sig;	/* index in Signame */
} notes[] = {
	{ "interrupt", 2 },
	{ "hangup", 1 },
	{ "alarm", 4 },
	{ "term", 6 },
	{ "sys: fp:", 5 },
	{ "sys: trap: divide", 5 },
};

char Fdprefix[] = "/fd/";

struct builtin Builtin[] = {
	{ ".", execdot },
	{ "cd", execcd },
	{ "eval", execeval },
	{ "exec", execexec },
	{ "exit", execexit },
	{ "finit", execfinit },
	{ "flag", execflag },
	{ "rfork", execrfork },
	{ "shift", execshift },
	{ "wait", execwait },
	{ "whatis", execwhatis },
	{ nil, nil },
};

static void onnote(void *ureg, char *note)
{
	int i;

	USED(ureg);
	for(i = 0; i < (int)nelem(notes); i++)
		if(strncmp(note, notes[i].note, strlen(notes[i].note)) == 0){
			trap[notes[i].sig]++;
			ntrap++;
			noted(NCONT);
		}
	noted(NDFLT);
}

void Trapinit(void)
{
	notify(onnote);
}

char *Rcmain(void)
{
	return "/rc/lib/rcmain";
}

/* $path is a list here, from /env/path: var.c's link to $PATH is left out */
void pathinit(void)
{
}

static int rforkflag(int c)
{
	switch(c){
	case 'n': return RFNAMEG;
	case 'N': return RFCNAMEG;
	case 'e': return RFENVG;
	case 'E': return RFCENVG;
	case 's': return RFNOTEG;
	case 'f': return RFFDG;
	case 'F': return RFCFDG;
	case 'm': return RFNOMNT;
	}
	return 0;
}

void execrfork(void)
{
	word *args;
	char *s;
	int flags, bad;

	args = runq->argv->words->next;
	bad = args && args->next;
	flags = 0;
	for(s = args ? args->word : "ens"; *s; s++){
		if(rforkflag(*s) == 0)
			bad = 1;
		flags |= rforkflag(*s);
	}
	if(bad){
		pfmt(err, "Usage: rfork [nNeEsfFm]\n");
		setstatus("rfork usage");
	}else{
		Updenv();
		if(rfork(flags) < 0){
			pfmt(err, "rc: rfork: %r\n");
			setstatus("rfork failed");
		}else
			setstatus("");
	}
	poplist();
}

int Isatty(int fd)
{
	char path[128];
	int n;

	if(fd2path(fd, path, sizeof path) < 0)
		return 0;
	n = strlen(path);
	return n >= 5 && strcmp(path+n-5, "/cons") == 0;
}

int Executable(char *file)
{
	Dir *d;
	int yes;

	d = dirstat(file);
	if(d == nil)
		return 0;
	yes = (d->mode & 0111) && !(d->mode & DMDIR);
	free(d);
	return yes;
}

int Eintr(void)
{
	char e[ERRMAX];

	rerrstr(e, sizeof e);
	return strcmp(e, "interrupted") == 0;
}

void Noerror(void)
{
	werrstr("");
}

void Exit(char *status)
{
	Updenv();
	setstatus(status);
	exits(truestatus() ? "" : getstatus());
}

void Abort(void)
{
	pfmt(err, "aborting\n");
	flush(err);
	Exit("aborting");
}

int Creat(char *file)
{
	return create(file, OWRITE, 0666);
}

void Unlink(char *file)
{
	remove(file);
}

int Dup(int from, int to)
{
	return dup(from, to);
}

int Dup1(int fd)
{
	return dup(fd, -1);
}

long Read(int fd, char *buf, long n)
{
	return read(fd, buf, n);
}

long Write(int fd, char *buf, long n)
{
	return write(fd, buf, n);
}

long Seek(int fd, long off, long whence)
{
	return seek(fd, off, whence);
}

void Memcpy(char *to, char *from, long n)
{
	memmove(to, from, n);
}

void *Malloc(ulong n)
{
	return malloc(n);
}
