/*
 * sys.c: what mk wants from its system: the environment, recipes run by rc,
 * notes, times of files.
 *
 * A recipe's process has an environment group of its own, into which mk's
 * variables are written as rc's lists.  rc reads the recipe from a pipe,
 * which a process that nobody waits for fills.
 */
#include "mk.h"

static char envdir[] = "/env";

static void fail(char *what)
{
	fprint(2, "mk: %s: %r\n", what);
	Exit();
}

/* the words of an environment file, which each end in NUL */
static Word *envwords(char *text, long n)
{
	Word *first, **last;
	char *p;

	first = nil;
	last = &first;
	for(p = text; p < text+n; p += strlen(p)+1){
		*last = newword(p);
		last = &(*last)->next;
	}
	return first ? first : newword("");
}

static void envimport(char *name)
{
	char *path, *text, *var;
	Dir *d;
	long n;
	int fd;

	if(strchr(name, '#') || symlook(name, S_INTERNAL, 0))
		return;
	path = smprint("%s/%s", envdir, name);
	fd = path ? open(path, OREAD) : -1;
	free(path);
	if(fd < 0)
		return;
	d = dirfstat(fd);
	if(d){
		text = Malloc(d->length+1);
		n = readn(fd, text, d->length);
		if(n < 0)
			n = 0;
		text[n] = 0;
		var = strdup(name);
		setvar(var, envwords(text, n));
		symlook(var, S_EXPORTED, "")->u.ptr = "";
		free(text);
	}
	free(d);
	close(fd);
}

/* every file of /env but functions becomes a variable */
void readenv(void)
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
		envimport(d[i].name);
	if(n > 0)
		free(d);
}

static void envexport(char *name, Word *w)
{
	char *path, *p, *buf;
	Word *v;
	long n;
	int fd;

	n = 1;
	for(v = w; v; v = v->next)
		n += strlen(v->s)+1;
	p = buf = Malloc(n);
	for(v = w; v; v = v->next){
		strcpy(p, v->s);
		p += strlen(p)+1;
	}
	path = smprint("%s/%s", envdir, name);
	fd = path ? create(path, OWRITE, 0666) : -1;
	free(path);
	if(fd >= 0){
		if(p > buf)
			write(fd, buf, p-buf);
		close(fd);
	}
	free(buf);
}

/* a child with an environment of its own; flags: more for rfork */
static int childnew(int flags)
{
	int pid;

	pid = rfork(RFPROC|RFFDG|RFENVG|flags);
	if(pid < 0)
		fail("rfork");
	return pid;
}

static void pipenew(int fd[2])
{
	if(pipe(fd) < 0)
		fail("pipe");
}

static void become(int fd, int end[2], int which)	/* end[which] is the new fd */
{
	dup(end[which], fd);
	close(end[0]);
	close(end[1]);
}

/* the rest of a child's life: shell with one or two more arguments */
_Noreturn static void shellexec(Envy *e, Word *shell, char *arg1, char *arg2)
{
	char **argv, *file;
	Word *w;
	int n;

	if(e)
		for(; e->name; e++)
			envexport(e->name, e->values);
	n = 0;
	for(w = shell; w; w = w->next)
		n++;
	argv = Malloc((n+3)*sizeof(char*));
	n = 0;
	for(w = shell; w; w = w->next)
		argv[n++] = w->s;
	if(arg1)
		argv[n++] = arg1;
	if(arg2)
		argv[n++] = arg2;
	argv[n] = nil;
	exec(argv[0], argv);
	file = smprint("/bin/%s", argv[0]);
	if(file)
		exec(file, argv);
	fprint(2, "mk: %s: %r\n", argv[0]);
	_exits("exec");
}

/* writes text to a new pipe, whose end becomes file descriptor 0 */
static void feed(char *text)
{
	long n;
	int p[2];

	pipenew(p);
	if(childnew(RFNOWAIT) == 0){
		close(p[0]);
		for(n = strlen(text); n > 0; n -= 4096){
			if(write(p[1], text, n < 4096 ? n : 4096) < 0)
				break;
			text += 4096;
		}
		_exits(nil);
	}
	become(0, p, 0);
}

static void collect(int fd, Bufblock *buf)
{
	char *start;
	long n;

	start = nil;
	for(;;){
		if(buf->current >= buf->end)
			growbuf(buf);
		n = read(fd, buf->current, buf->end-buf->current);
		if(n <= 0)
			break;
		buf->current += n;
		start = buf->start;
	}
	if(start && buf->current[-1] == '\n')
		buf->current--;
	close(fd);
}

/*
 * Has shell execute cmd, with args if not nil; the output goes to buf, or
 * where mk's goes.  The process to wait for.
 */
int execsh(char *args, char *cmd, Bufblock *buf, Envy *e, Shell *sh, Word *shell)
{
	int pid, out[2];

	USED(sh);
	if(buf)
		pipenew(out);
	pid = childnew(0);
	if(pid == 0){
		if(buf)
			become(1, out, 1);
		feed(cmd);
		shellexec(e, shell, args, nil);
	}
	if(DEBUG(D_EXEC))
		fprint(1, "recipe for process %d: %s\n", pid, cmd);
	if(buf){
		close(out[1]);
		collect(out[0], buf);
	}
	return pid;
}

/* has shell -c execute cmd; *fd, if fd is not nil, gets its output */
int pipecmd(char *cmd, Envy *e, int *fd, Shell *sh, Word *shell)
{
	int pid, out[2];

	USED(sh);
	if(DEBUG(D_EXEC))
		fprint(1, "command: %s\n", cmd);
	if(fd)
		pipenew(out);
	pid = childnew(0);
	if(pid == 0){
		if(fd)
			become(1, out, 1);
		shellexec(e, shell, "-c", cmd);
	}
	if(fd){
		close(out[1]);
		*fd = out[0];
	}
	return pid;
}

/* the next child that ends: its pid, and its status in msg (ERRMAX bytes) */
int waitfor(char *msg)
{
	Waitmsg *w;
	int pid;

	*msg = 0;
	w = wait();
	if(w == nil)
		return -1;
	strecpy(msg, msg+ERRMAX, w->msg);
	pid = w->pid;
	free(w);
	return pid;
}

void Exit(void)
{
	while(waitpid() >= 0)
		;
	exits("error");
}

void expunge(int pid, char *msg)
{
	postnote(PNPROC, pid, msg);
}

static void onnote(void *ureg, char *note)
{
	USED(ureg);
	if(strcmp(note, "interrupt") == 0 || strcmp(note, "hangup") == 0)
		killchildren(note);
	noted(NDFLT);
}

void catchnotes(void)
{
	notify(onnote);
}

char *maketmp(int *fd)
{
	static char name[64];

	strecpy(name, name+sizeof name, "/tmp/mkargXXXXXXXXXXX");
	*fd = opentemp(name);
	return *fd < 0 ? nil : name;
}

int chgtime(char *name)
{
	Dir d;
	int fd;

	if(access(name, AEXIST) == 0){
		nulldir(&d);
		d.mtime = time(nil);
		return dirwstat(name, &d);
	}
	fd = create(name, OWRITE, 0666);
	return fd < 0 ? -1 : close(fd);
}

ulong mkmtime(char *name)
{
	ulong t;
	Dir *d;

	d = dirstat(name);
	t = d ? d->mtime : 0;
	free(d);
	return t;
}

/*
 * The stems of a match, as strings: to[0] is the target itself, the rest
 * are copies, nil where a group took no part.
 */
void rcopy(char **to, Resub *match, int n)
{
	char *s;
	int i;
	long len;

	to[0] = match[0].s.sp;
	for(i = 1; i < n; i++){
		to[i] = nil;
		s = match[i].s.sp;
		if(s == nil || match[i].e.ep == nil)
			continue;
		len = match[i].e.ep - s;
		to[i] = Malloc(len+1);
		memmove(to[i], s, len);
		to[i][len] = 0;
	}
}
