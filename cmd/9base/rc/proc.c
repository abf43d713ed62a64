/*
 * proc.c: rc's processes: the opcodes that make one, waiting, and execution
 * along $path.
 *
 * The compiler lays each such opcode out as the opcode, its arguments, and
 * the address where the shell goes on; then comes what the child executes,
 * which ends in Xexit.  A child starts a thread of its own for that, with
 * nothing to return to.
 */
#include "rc.h"
#include "exec.h"
#include "io.h"
#include "fns.h"

int havefork = 1;

static int *kids;	/* those that have not been waited for */
static int nkid, maxkid;

static void kidadd(int pid)
{
	if(nkid == maxkid){
		maxkid = 2*maxkid + 16;
		kids = realloc(kids, maxkid*sizeof(int));
		if(kids == nil)
			panic("no memory for %d processes", maxkid);
	}
	kids[nkid++] = pid;
}

static int kiddel(int pid)	/* was it one? */
{
	int i;

	for(i = 0; i < nkid; i++)
		if(kids[i] == pid){
			kids[i] = kids[--nkid];
			return 1;
		}
	return 0;
}

/*
 * A child that runs the code at pc of the current thread.  As fork: 0 in the
 * child, -1 when there can be none, which has been said.
 */
static int spawn(int flags, int pc)
{
	int pid;

	Updenv();
	pid = rfork(RFPROC|RFFDG|RFREND|flags);
	if(pid < 0){
		Xerror("try again");
		return -1;
	}
	if(pid == 0){
		nkid = 0;
		start(runq->code, pc, runq->local);
		runq->ret = nil;
	}else
		kidadd(pid);
	return pid;
}

static int jumpaddr(int arg)	/* argument of the current opcode */
{
	return runq->code[runq->pc+arg].i;
}

static void pipemake(int fd[2])
{
	if(pipe(fd) < 0)
		Xerror("can't get pipe");
}

/* in the child: end of the pipe becomes its fd */
static void takeend(int p[2], int end, int fd)
{
	close(p[!end]);
	pushredir(ROPEN, p[end], fd);
}

/* [next] {commands Xexit} */
void Xasync(void)
{
	char num[16];
	int null, pid;

	null = open("/dev/null", OREAD);
	if(null < 0){
		Xerror("/dev/null");
		return;
	}
	pid = spawn(RFNOTEG, runq->pc+1);
	if(pid == 0){
		pushredir(ROPEN, null, 0);
		return;
	}
	close(null);
	if(pid < 0)
		return;
	runq->pc = jumpaddr(0);
	inttoascii(num, pid);
	setvar("apid", newword(num, nil));
}

/* [left fd, right fd, right, next] {left Xexit} {right Xreturn} */
void Xpipe(void)
{
	thread *t = runq;
	int lfd, rfd, pid, p[2];

	lfd = jumpaddr(0);
	rfd = jumpaddr(1);
	p[PRD] = p[PWR] = -1;
	pipemake(p);
	if(p[PRD] < 0)
		return;
	pid = spawn(0, t->pc+4);
	if(pid == 0){
		takeend(p, PWR, lfd);
		return;
	}
	if(pid < 0){
		close(p[PRD]);
		close(p[PWR]);
		return;
	}
	start(t->code, jumpaddr(2), t->local);
	takeend(p, PRD, rfd);
	t->pc = t->code[t->pc+3].i;
	t->pid = pid;
}

static char *readall(int fd)
{
	char *buf;
	long n, m, max;

	n = 0;
	max = 0;
	buf = nil;
	for(;;){
		if(n+1 >= max){
			max = 2*max + 1024;
			buf = realloc(buf, max);
			if(buf == nil)
				panic("no memory for %d bytes of output", max);
		}
		m = read(fd, buf+n, max-1-n);
		if(m <= 0)
			break;
		n += m;
	}
	/* what follows a NUL could not be in a word */
	buf[n] = 0;
	return buf;
}

/* cuts text up at bytes of seps, from its end, and pushes each piece */
static void pushsplit(char *text, char *seps)
{
	char *end;

	end = text+strlen(text);
	while(end > text){
		if(strchr(seps, end[-1])){
			*--end = 0;
			continue;
		}
		while(end > text && !strchr(seps, end[-1]))
			end--;
		pushword(end);
		*end = 0;
	}
}

/* [next] {commands Xexit}: pushes the words of the output */
void Xbackq(void)
{
	int pid, p[2];
	char *text;
	var *ifs;

	p[PRD] = p[PWR] = -1;
	pipemake(p);
	if(p[PRD] < 0)
		return;
	pid = spawn(0, runq->pc+1);
	if(pid == 0){
		takeend(p, PWR, 1);
		return;
	}
	close(p[PWR]);
	if(pid > 0)
		text = readall(p[PRD]);
	close(p[PRD]);
	if(pid < 0)
		return;
	ifs = vlook("ifs");
	pushsplit(text, ifs->val ? ifs->val->word : "");
	free(text);
	Waitfor(pid, 0);
	runq->pc = jumpaddr(0);
}

/* [READ or WRITE, next] {commands Xexit}: pushes the name of a pipe's end */
void Xpipefd(void)
{
	int side, pid, p[2];
	char name[32];

	side = jumpaddr(0) == READ ? PWR : PRD;	/* the child's */
	p[PRD] = p[PWR] = -1;
	pipemake(p);
	if(p[PRD] < 0)
		return;
	pid = spawn(0, runq->pc+2);
	if(pid == 0){
		takeend(p, side, side == PWR ? 1 : 0);
		return;
	}
	close(p[side]);
	if(pid < 0){
		close(p[!side]);
		return;
	}
	pushredir(ROPEN, p[!side], p[!side]);
	strcpy(name, Fdprefix);
	inttoascii(name+strlen(name), p[!side]);
	pushword(name);
	runq->pc = jumpaddr(1);
}

/* [next] {commands Xexit} */
void Xsubshell(void)
{
	int pid;

	pid = spawn(0, runq->pc+1);
	if(pid <= 0)
		return;
	while(Waitfor(pid, 1) < 0)
		;
	runq->pc = jumpaddr(0);
}

/* runs the words on the stack; the caller has called Updenv */
int execforkexec(void)
{
	char why[NSTATUS];
	int pid;

	pid = rfork(RFPROC|RFFDG|RFREND);
	if(pid != 0){
		if(pid > 0)
			kidadd(pid);
		return pid;
	}
	nkid = 0;
	pushword("exec");
	execexec();
	rerrstr(why, sizeof why);
	Exit(smprint("can't exec: %s", why));
	return -1;
}

/* the note of a child's end: which stage of a pipeline was it? */
static void kidended(int pid, char *msg)
{
	thread *t;

	kiddel(pid);
	for(t = runq; t; t = t->ret)
		if(t->pid == pid){
			t->pid = -1;
			strecpy(t->status, t->status+NSTATUS, msg);
			return;
		}
}

/*
 * Waits until process pid (-1: every child) has ended and sets $status.
 * -1 if a note came first, 0 too when there is no such child.
 */
int Waitfor(int pid, int persist)
{
	char buf[ERRMAX+128], *f[5];
	int n, got;

	USED(persist);
	while(nkid > 0 && (pid < 0 || havewaitpid(pid))){
		n = await(buf, sizeof buf-1);
		if(n < 0){
			if(Eintr())
				return -1;
			nkid = 0;
			break;
		}
		buf[n] = 0;
		if(tokenize(buf, f, nelem(f)) != nelem(f))
			continue;
		got = atoi(f[0]);
		if(got != pid){
			kidended(got, f[4]);
			if(pid < 0)
				setstatus(f[4]);
			continue;
		}
		kiddel(pid);
		setstatus(f[4]);
		return 0;
	}
	return 0;
}

int havewaitpid(int pid)
{
	int i;

	for(i = 0; i < nkid; i++)
		if(kids[i] == pid)
			return 1;
	return 0;
}

char **mkargv(word *a)
{
	char **argv;
	int i;

	argv = (char**)emalloc((count(a)+1)*sizeof(char*));
	for(i = 0; a; a = a->next)
		argv[i++] = a->word;
	return argv;
}

/* replaces this process; says why and returns when that cannot be */
void Execute(word *args, word *path)
{
	char **argv, why[ERRMAX], *file;
	int worse;

	argv = mkargv(args);
	Updenv();
	strecpy(why, why+sizeof why, "file does not exist");
	worse = 0;
	for(; path; path = path->next){
		file = smprint("%s%s%s", path->word, path->word[0] ? "/" : "", args->word);
		if(file == nil)
			break;
		exec(file, argv);
		free(file);
		/* an error on a file that is there says more */
		if(!worse){
			rerrstr(why, sizeof why);
			worse = strstr(why, "does not exist") == nil;
		}
	}
	pfmt(err, "%s: %s\n", args->word, why);
	werrstr("%s", why);
	efree((char*)argv);
}
