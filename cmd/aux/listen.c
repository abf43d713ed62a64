/*
 * listen: run the services of a folder, listen(8).  A file tcp7 there is run
 * for each call to tcp's port 7.  Each service has a process that takes its
 * calls; the first process looks again from time to time for services that
 * have come or gone.  A folder's services run as none, unless it is trusted.
 */
#include <u.h>
#include <libc.h>
#include <auth.h>

enum {
	Interval = 60*1000,	/* ms, between looks */
	Maxprocs = 100,		/* of one service at once */
};

typedef struct Service Service;
struct Service {
	Service *next;
	char *file;
	char *addr;
	int trusted;
	int pid;	/* who takes its calls; 0: it cannot be announced */
	int seen;
};

static Service *services;
static char *proto = "tcp";
static char *net = "/net";
static int max = Maxprocs;
static int quiet;

static void usage(void)
{
	fprint(2, "usage: aux/listen [-q] [-d dir] [-t trusteddir] [-p maxprocs] [-x net] [proto]\n");
	exits("usage");
}

/* --- one service --- */
static void becomenone(void)
{
	int fd;

	fd = open("#c/user", OWRITE);
	if(fd < 0 || write(fd, "none", 4) != 4)
		sysfatal("none: %r");
	close(fd);
	if(newns("none", nil) < 0)
		sysfatal("name space: %r");
}

static noreturn_ void run(Service *s, int lctl, char *ldir)
{
	char *name;
	int fd;

	fd = accept(lctl, ldir);
	if(fd < 0)
		sysfatal("%s: %r", ldir);
	fprint(lctl, "keepalive");	/* where it is unknown there is no need */
	close(lctl);
	putenv("net", ldir);
	dup(fd, 0);
	dup(fd, 1);
	dup(fd, 2);
	if(fd > 2)
		close(fd);
	if(!s->trusted)
		becomenone();
	name = strrchr(s->file, '/')+1;
	execl(s->file, name, proto, ldir, nil);
	sysfatal("%s: %r", s->file);
}

static void takecalls(Service *s, int ctl, char *adir)
{
	char ldir[NETPATHLEN];
	int lctl, n;

	for(n = 0;;){
		lctl = listen(adir, ldir);
		if(lctl < 0)
			sysfatal("%s: %r", s->addr);
		switch(rfork(RFPROC|RFFDG|RFNOTEG|RFENVG|RFNAMEG)){
		case -1:
			reject(lctl, ldir, "no process");
			break;
		case 0:
			close(ctl);
			run(s, lctl, ldir);
		default:
			n++;
		}
		close(lctl);
		if(n >= max && waitpid() >= 0)
			n--;
	}
}

static void start(Service *s)
{
	char adir[NETPATHLEN];
	int ctl;

	s->pid = 0;
	ctl = announce(s->addr, adir);
	if(ctl < 0){
		if(!quiet)
			fprint(2, "listen: %s: %r\n", s->addr);
		return;
	}
	s->pid = rfork(RFPROC|RFFDG|RFNOWAIT);
	if(s->pid == 0)
		takecalls(s, ctl, adir);
	close(ctl);
	if(s->pid < 0)
		s->pid = 0;
}

/* --- folders --- */
static Service *service(char *dir, char *name, int trusted)
{
	Service *s;

	for(s = services; s != nil; s = s->next)
		if(s->trusted == trusted && strcmp(strrchr(s->file, '/')+1, name) == 0)
			return s;
	s = mallocz(sizeof *s, 1);
	if(s == nil)
		return nil;
	s->trusted = trusted;
	s->file = smprint("%s/%s", dir, name);
	s->addr = smprint("%s/%s!*!%s", net, proto, name+strlen(proto));
	if(s->file == nil || s->addr == nil)
		sysfatal("%r");
	s->next = services;
	services = s;
	return s;
}

static void look(char *dir, int trusted)
{
	Service *s;
	Dir *d;
	long i, n;
	int fd;

	fd = open(dir, OREAD);
	if(fd < 0){
		fprint(2, "listen: %s: %r\n", dir);
		return;
	}
	n = dirreadall(fd, &d);
	close(fd);
	for(i = 0; i < n; i++){
		if(strncmp(d[i].name, proto, strlen(proto)) != 0 || d[i].name[strlen(proto)] == 0 || (d[i].mode & DMDIR))
			continue;
		s = service(dir, d[i].name, trusted);
		if(s == nil)
			continue;
		s->seen = 1;
		if(s->pid == 0)
			start(s);
	}
	if(n >= 0)
		free(d);
}

/* the services that were not seen end; calls they have taken go on */
static void drop(void)
{
	Service *s, **p;

	for(p = &services; (s = *p) != nil;){
		if(s->seen){
			s->seen = 0;
			p = &s->next;
			continue;
		}
		*p = s->next;
		if(s->pid > 0)
			postnote(PNPROC, s->pid, "kill");
		free(s->file);
		free(s->addr);
		free(s);
	}
}

int main(int argc, char **argv)
{
	char *dir = nil, *trusted = nil;

	ARGBEGIN{
	case 'd':
		dir = EARGF(usage());
		break;
	case 'p':
		max = atoi(EARGF(usage()));
		break;
	case 'q':
		quiet = 1;
		break;
	case 't':
		trusted = EARGF(usage());
		break;
	case 'x':
		net = EARGF(usage());
		break;
	default:
		usage();
	}ARGEND
	if(argc > 1 || max < 1)
		usage();
	if(argc == 1)
		proto = argv[0];
	if(dir == nil && trusted == nil)
		dir = "/rc/bin/service";
	rfork(RFNOTEG);
	for(;;){
		if(dir != nil)
			look(dir, 0);
		if(trusted != nil)
			look(trusted, 1);
		drop();
		sleep(Interval);
	}
}
