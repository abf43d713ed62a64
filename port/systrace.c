/*
 * systrace.c: what /proc/n/syscall says of the call that a process is
 * stopped at, after `startsyscall`.
 *
 * One line, in two parts that the debugger reads at the two stops:
 *
 *	pid text call pc arguments
 *	 = result "error" start end
 *
 * Strings and data are shown as address/"the first bytes", other arguments as
 * numbers; times are nsec().  The text is kept in Proc.syscalltrace, malloced
 * at the first trace.  Locks: Proc.debug for the text.  Sleeps.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"

enum {
	Linemax = 1024,
	Shown = 32,		/* bytes of data */
	Argvmax = 8,
};

/*
 * The arguments by letter: d int, x hex, l long, s string, v string vector,
 * b buffer of the length in the next argument, p pointer.
 */
static char *const shapes[NSYSCALL] = {
	[SYSrfork] = "x", [SYSexec] = "sv", [SYSexits] = "s", [SYSawait] = "pd",
	[SYSopen] = "sx", [SYScreate] = "sxx", [SYSclose] = "d", [SYSpread] = "dpll", [SYSpwrite] = "dbll",
	[SYSseek] = "dld", [SYSdup] = "dd", [SYSstat] = "spd", [SYSfstat] = "dpd", [SYSwstat] = "sbd",
	[SYSfwstat] = "dbd", [SYSremove] = "s", [SYSchdir] = "s", [SYSbind] = "ssx", [SYSmount] = "ddsxs",
	[SYSunmount] = "ss", [SYSfd2path] = "dpd", [SYSpipe] = "p", [SYSalarm] = "l", [SYSsleep] = "l",
	[SYSnotify] = "p", [SYSnoted] = "d", [SYSerrstr] = "pd", [SYSrendezvous] = "pp",
	[SYSsemacquire] = "pd", [SYSsemrelease] = "pl", [SYStsemacquire] = "pl",
	[SYSsegattach] = "xspl", [SYSsegdetach] = "p", [SYSsegfree] = "pl", [SYSsegflush] = "pl",
	[SYSsegbrk] = "pp", [SYSbrk] = "p", [SYSfauth] = "ds", [SYSfversion] = "ddpd", [SYSnsec] = "",
	[SYSsendread] = "dpdpl",
};

static char *data(char *s, char *e, uintptr va, usize n, int string)
{
	char buf[Shown];
	usize i;

	n = MIN(n, sizeof buf);
	s = seprint(s, e, " %#lux/\"", (ulong)va);
	for(i = 0; i < n && copyin(buf+i, va+i, 1) == 0; i++){
		if(string && buf[i] == 0)
			break;
		s = seprint(s, e, "%c", buf[i] > ' ' && buf[i] < 0x7f? buf[i]: '.');
	}
	return seprint(s, e, "\"");
}

static char *vector(char *s, char *e, uintptr va)
{
	uintptr arg;
	int i;

	for(i = 0; i < Argvmax; i++){
		if(copyin(&arg, va + i*sizeof arg, sizeof arg) < 0 || arg == 0)
			break;
		s = data(s, e, arg, Shown, 1);
	}
	return s;
}

static char *argument(char *s, char *e, int shape, u64int *a)
{
	switch(shape){
	case 'd':
		return seprint(s, e, " %d", (int)a[0]);
	case 'l':
		return seprint(s, e, " %ld", (long)a[0]);
	case 's':
		return data(s, e, a[0], Shown, 1);
	case 'v':
		return vector(s, e, a[0]);
	case 'b':
		return data(s, e, a[0], a[1], 0);
	default:
		return seprint(s, e, " %#lux", (ulong)a[0]);
	}
}

/* replace p's text, stop until a debugger goes on */
static void show(Proc *p, char *line)
{
	qlock(&p->debug);
	if(p->syscalltrace == nil)
		p->syscalltrace = malloc(Linemax);
	if(p->syscalltrace)
		strecpy(p->syscalltrace, p->syscalltrace+Linemax, line);
	qunlock(&p->debug);
	lock(&p->lk);
	p->procctl &= ~PCtrace;
	procstop();
}

void systracebegin(Proc *p, u64int *a)
{
	char *line, *s, *e, *shape;
	int i;

	line = malloc(Linemax);
	if(line == nil)
		return;
	e = line + Linemax;
	shape = p->sysno < NSYSCALL && shapes[p->sysno]? shapes[p->sysno]: "xxx";
	s = seprint(line, e, "%ud %s %s %#lux", p->pid, p->text,
		p->sysno < NSYSCALL && sysname[p->sysno]? sysname[p->sysno]: "?", (ulong)p->ureg->rip);
	for(i = 0; shape[i]; i++)
		s = argument(s, e, shape[i], a+i);
	show(p, line);
	free(line);
}

void systraceend(Proc *p, long r, vlong start)
{
	char line[2*ERRMAX];

	snprint(line, sizeof line, " = %ld \"%s\" %lld %lld\n", r, r == -1? p->errstr: "", start, nsec());
	show(p, line);
}
