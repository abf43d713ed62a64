/*
 * stk: the stack of another process: the functions it is in, innermost
 * first, by the chain of frame pointers from its saved registers.  The
 * process should be stopped or broken, or it may move meanwhile.
 */
#include <u.h>
#include <libc.h>
#include <ureg.h>
#include <sym.h>

enum { Maxdepth = 200 };

static int memfd;

static int openproc(char *pid, char *file)
{
	char path[64];
	int fd;

	snprint(path, sizeof path, "/proc/%s/%s", pid, file);
	fd = open(path, OREAD);
	if(fd < 0)
		sysfatal("%s: %r", path);
	return fd;
}

static int word(uvlong addr, uvlong *v)
{
	return pread(memfd, v, sizeof *v, addr) == sizeof *v ? 0 : -1;
}

static void frame(Symtab *t, uvlong pc)
{
	Sym *s = symfind(t, pc);

	if(s != nil)
		print("%#.8llux %s+%#llux\n", pc, s->name, pc - s->addr);
	else
		print("%#.8llux\n", pc);
}

static void stack(Symtab *t, Ureg *u)
{
	uvlong bp = u->rbp, next, pc;
	int i;

	frame(t, u->rip);
	for(i = 0; i < Maxdepth; i++){
		if(bp < u->rsp || (bp & 7) != 0 || word(bp, &next) < 0 || word(bp+8, &pc) < 0)
			break;
		if(pc < t->textbase || pc >= t->texttop)
			break;
		frame(t, pc);
		if(next <= bp)
			break;
		bp = next;
	}
}

int main(int argc, char **argv)
{
	Symtab *t;
	Ureg u;
	int i;

	ARGBEGIN{
	default:
	usage:
		fprint(2, "usage: stk pid ...\n");
		exits("usage");
	}ARGEND
	if(argc == 0)
		goto usage;
	for(i = 0; i < argc; i++){
		if(argc > 1)
			print("%s:\n", argv[i]);
		t = symread(openproc(argv[i], "text"));
		if(t == nil)
			sysfatal("%s: %r", argv[i]);
		memfd = openproc(argv[i], "mem");
		if(readn(openproc(argv[i], "regs"), &u, sizeof u) != sizeof u)
			sysfatal("/proc/%s/regs: %r", argv[i]);
		stack(t, &u);
		symfree(t);
	}
	exits(nil);
}
