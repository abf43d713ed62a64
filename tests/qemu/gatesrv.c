/*
 * gatesrv: a movable server for move.sh, whose reads wait, and which can be
 * told to spoil a move.
 *
 *	gatesrv [-S srvname] [-x fault]
 *
 * Reads of the file gate wait for a token, each read takes one, they are
 * numbered, and who came first gets the first.  Writing n to key makes n
 * tokens; count says how many reads wait.  As the new side of a move it does
 * what fault says instead of restoring itself.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>

typedef struct Gate Gate;
struct Gate {
	Req *first, *last;	/* reads that wait */
	u32int waiting;
	u32int tokens;		/* not taken */
	u32int given;
};

enum { Fgate = 1, Fkey, Fcount };

static char *fault;

static void give(Req *r, Gate *g)
{
	char buf[16];

	g->tokens--;
	snprint(buf, sizeof buf, "%ud\n", ++g->given);
	r->rcount = reqput(r, 0, buf, strlen(buf));
	respond(r, nil);
}

static void gateread(Req *r)
{
	Gate *g;

	g = r->srv->aux;
	if(g->tokens > 0){
		give(r, g);
		return;
	}
	r->next = nil;
	if(g->first == nil)
		g->first = r;
	else
		g->last->next = r;
	g->last = r;
	g->waiting++;
}

static void keywrite(Req *r)
{
	char buf[16];
	Gate *g;
	Req *w;
	int n;

	g = r->srv->aux;
	n = reqget(r, 0, buf, sizeof buf - 1);
	buf[n] = 0;
	g->tokens += atoi(buf);
	while(g->tokens > 0 && (w = g->first) != nil){
		g->first = w->next;
		g->waiting--;
		give(w, g);
	}
	r->rcount = r->count;
	respond(r, nil);
}

static void countread(Req *r)
{
	char buf[16];

	snprint(buf, sizeof buf, "%ud\n", ((Gate*)r->srv->aux)->waiting);
	readstr(r, buf);
	respond(r, nil);
}

static void gateflush(Req *r)
{
	Gate *g;
	Req **l, *prev;

	g = r->srv->aux;
	prev = nil;
	for(l = &g->first; *l != nil && *l != r->oldreq; l = &(*l)->next)
		prev = *l;
	if(*l != nil){
		*l = r->oldreq->next;
		if(g->last == r->oldreq)
			g->last = prev;
		g->waiting--;
		respond(r->oldreq, Eintr);
	}
	respond(r, nil);
}

static int gateinit(Srv *s, char *arg)
{
	USED(arg);
	s->aux = mallocz(sizeof(Gate), 1);
	return s->aux == nil? -1: 0;
}

static void gatefini(Srv *s)
{
	free(s->aux);
	s->aux = nil;
}

static int gatesave(Srv *s, Img *m)
{
	Gate *g;

	g = s->aux;
	imgput4(m, g->tokens);
	imgput4(m, g->given);
	return 0;
}

/* --- what goes wrong --- */
static void wait1(void)
{
	int fd;

	fd = create("/tmp/newpid", OWRITE, 0666);
	fprint(fd, "%d", getpid());
	close(fd);
	for(;;)
		sleep(1000);
}

/* have it all, and give it back */
static void nomemory(void)
{
	void **p, *last;

	for(last = nil; (p = malloc(1<<20)) != nil; last = p)
		*p = last;
	for(; last != nil; last = p){
		p = *(void**)last;
		free(last);
	}
}

static int spoil(void)
{
	if(strcmp(fault, "refuse") == 0)
		werrstr("the gate is shut");
	else if(strcmp(fault, "exit") == 0)
		_exits("early");
	else if(strcmp(fault, "die") == 0)
		abort();
	else if(strcmp(fault, "memory") == 0){
		nomemory();
		werrstr("%s", Enomem);
	}else if(strcmp(fault, "wait") == 0)
		wait1();
	else if(strcmp(fault, "descriptors") == 0){
		while(dup(0, -1) >= 0)
			;
		return 0;	/* its processes cannot be had then */
	}
	return -1;
}

static int gaterestore(Srv *s, Img *m)
{
	Gate *g;

	if(fault != nil && spoil() < 0)
		return -1;
	if(gateinit(s, nil) < 0)
		return -1;
	g = s->aux;
	g->tokens = imgget4(m);
	g->given = imgget4(m);
	if(imgok(m) == 0)
		return 0;
	gatefini(s);
	return -1;
}

static Sfile files[] = {
	{ .name = "", .mode = DMDIR|0555 },
	{ .name = "gate", .mode = 0444, .read = gateread },
	{ .name = "key", .mode = 0222, .write = keywrite },
	{ .name = "count", .mode = 0444, .read = countread },
};

static Srv gatesrv = {
	.name = "gate",
	.flags = SrvInorder,
	.files = files,
	.nfiles = nelem(files),
	.init = gateinit,
	.fini = gatefini,
	.flush = gateflush,
	.save = gatesave,
	.restore = gaterestore,
};

/* say that we are there, take a little of what comes, and go, or stay */
static void early(char *from, int stay)
{
	char buf[8];

	write(atoi(from), "take", 4);
	read(atoi(from), buf, sizeof buf);
	while(stay)
		sleep(1000);
	exits("early");
}

int main(int argc, char **argv)
{
	Hostopt o = { .name = "gate", .argv = argv };

	ARGBEGIN{
	case 'M':
		o.take = ARGF();
		break;
	case 'S':
		o.name = ARGF();
		break;
	case 'x':
		fault = ARGF();
		break;
	}ARGEND
	if(fault != nil && o.take != nil && (strcmp(fault, "half") == 0 || strcmp(fault, "deaf") == 0))
		early(o.take, strcmp(fault, "deaf") == 0);
	if(fault != nil && strcmp(fault, "garbage") == 0)
		exits(write(atoi(o.take), "something", 9) < 0? "write": nil);
	gatesrv.owner = getuser();
	if(hostmain(&gatesrv, &o) < 0)
		sysfatal("%s: %r", o.take != nil? o.take: o.name);
	exits(nil);
}
