/*
 * permtest: who may do what.  Run by the host owner, with a disk.
 *
 * A table of deeds.  Each is tried by an ordinary user and by none, who must
 * be refused and leave no trace, and by the owner, who must not be refused, so that the
 * refusals prove something.  Every attempt has a victim of its own: a process of the
 * owner's, and a file, a post, a segment and an environment variable.
 *
 * A deed gives 0 if it was done, -1 and the error string if not.
 */
#include "hostile.h"
#include <auth.h>
#include <ureg.h>

typedef struct Deed Deed;
struct Deed {
	char *name;
	int (*f)(char *arg);
	char *arg;
	int flags;
};
enum {
	NoneOnly = 1<<0,	/* an ordinary user may */
	Gone = 1<<1,		/* the owner's deed may end the victim */
};

static int victim;		/* a process */
static char victimid[16];	/* its note group */
static char *owner;

static int isuser(char *user)
{
	char buf[64];

	return readfile("#c/user", buf, sizeof buf) > 0 && strcmp(buf, user) == 0;
}

/* --- the deeds --- */
static char *vfile(char *file)
{
	static char name[64];

	snprint(name, sizeof name, "#p/%d/%s", victim, file);
	return name;
}

static int opens(char *name, int mode)
{
	int fd;

	fd = open(name, mode);
	if(fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int reads(char *name)
{
	return opens(name, OREAD);
}

static int writes(char *name)
{
	return opens(name, OWRITE);
}

static int procread(char *file)
{
	return reads(vfile(file));
}

static int procctl(char *msg)
{
	return writefile(vfile("ctl"), msg);
}

static int notes(char *msg)
{
	return writefile(vfile("note"), msg);
}

static int notesgroup(char *msg)
{
	return writefile(vfile("notepg"), msg);
}

/* a process of ours joins the victim's note group, to note it */
static int joins(char *arg)
{
	char name[64];

	USED(arg);
	snprint(name, sizeof name, "#p/%d/noteid", getpid());
	return writefile(name, victimid);
}

static int regroups(char *arg)
{
	return writefile(vfile("noteid"), arg);
}

static int setsargs(char *arg)
{
	return writefile(vfile("args"), arg);
}

/* stopped first by the owner: what is refused is the writing */
static int writesmem(char *file)
{
	Ureg u;
	int fd;
	long n;

	fd = open(vfile(file), ORDWR);
	if(fd < 0)
		return -1;
	n = pread(fd, &u, sizeof u, strcmp(file, "mem") == 0 ? 0x7fffffffe000 : 0);
	close(fd);
	return n < 0 && failed("permission") ? -1 : 0;
}

static int writetext(char *arg)
{
	char *text;

	text = strchr(arg, ' ');
	*text++ = 0;
	return writefile(arg, text);
}

static int writes2(char *arg)	/* "file text" */
{
	char *s;
	int r;

	s = strdup(arg);
	r = writetext(s);
	free(s);
	return r;
}

static int removes(char *name)
{
	return remove(name);
}

static int renames(char *name)
{
	Dir d;

	nulldir(&d);
	d.name = "perm.other";
	return dirwstat(name, &d);
}

static int chmods(char *name)
{
	Dir d;

	nulldir(&d);
	d.mode = 0666;
	return dirwstat(name, &d);
}

static int truncates(char *name)
{
	return opens(name, OWRITE|OTRUNC);
}

static int creates(char *name)
{
	int fd;

	fd = create(name, OWRITE, 0666);
	if(fd < 0)
		return -1;
	close(fd);
	return remove(name);
}

static int attaches(char *class)
{
	void *p;

	p = segattach(0, class, nil, 4096);
	if((long)p == -1)
		return -1;
	segdetach(p);
	return 0;
}

static int mounts(char *post)
{
	int fd, r;

	fd = open(post, ORDWR);
	if(fd < 0)
		return -1;
	r = mount(fd, -1, "/mnt", MREPL, "");
	close(fd);
	if(r >= 0)
		unmount(nil, "/mnt");
	return r;
}

static int vouches(char *arg)
{
	uchar hash[20] = { 1 };
	int fd;
	long n;

	USED(arg);
	fd = open("#\302\244/caphash", OWRITE);
	if(fd < 0)
		return -1;
	n = write(fd, hash, sizeof hash);
	close(fd);
	return n == sizeof hash ? 0 : -1;
}

/* the text fits no capability: who may make some is told so, and others too, but nobody changes */
static int becomes(char *user)
{
	char me[64], text[256];

	if(isuser(user))
		return 0;
	readfile("#c/user", me, sizeof me);
	snprint(text, sizeof text, "%s@%s@0000", me, user);
	if(writefile("#\302\244/capuse", text) == 0)
		return 0;
	werrstr("permission denied");
	return -1;
}

static int userfile(char *user)
{
	if(isuser(user))
		return 0;
	if(writefile("#c/user", user) == 0)
		return 0;
	werrstr("permission denied");
	return -1;
}

static int priority(char *msg)
{
	char name[64];

	snprint(name, sizeof name, "#p/%d/ctl", getpid());
	return writefile(name, msg);
}

static Deed deeds[] = {
	{ "read memory", procread, "mem", 0 },
	{ "read registers", procread, "regs", 0 },
	{ "read vector registers", procread, "fpregs", 0 },
	{ "read kernel registers", procread, "kregs", 0 },
	{ "read the kernel's structure", procread, "proc", 0 },
	{ "read the profile", procread, "profile", 0 },
	{ "read notes", procread, "note", 0 },
	{ "read wait messages", procread, "wait", 0 },
	{ "read traced calls", procread, "syscall", 0 },
	{ "read ctl", procread, "ctl", 0 },
	{ "read the program", procread, "text", 0 },
	{ "write memory", writesmem, "mem", 0 },
	{ "write registers", writesmem, "regs", 0 },
	{ "write vector registers", writesmem, "fpregs", 0 },
	{ "kill", procctl, "kill", Gone },
	{ "stop", procctl, "stop", 0 },
	{ "start a stopped one", procctl, "start", 0 },
	{ "hang", procctl, "hang", 0 },
	{ "close its descriptor", procctl, "close 0", 0 },
	{ "close its files", procctl, "closefiles", 0 },
	{ "make private", procctl, "private", 0 },
	{ "keep in memory", procctl, "noswap", 0 },
	{ "set its priority", procctl, "pri 3", 0 },
	{ "wire", procctl, "wired 0", 0 },
	{ "profile", procctl, "profile", 0 },
	{ "trace", procctl, "trace 1", 0 },
	{ "wait for its stop", procctl, "startsyscall", 0 },
	{ "note", notes, "alarm", Gone },
	{ "note its group", notesgroup, "alarm", Gone },
	{ "join its note group", joins, nil, 0 },
	{ "move it to another note group", regroups, "1", 0 },
	{ "write its arguments", setsargs, "nonsense", 0 },
	{ "read events", reads, "#p/trace", 0 },
	{ "raise one's priority", priority, "pri 15", 0 },
	{ "be real-time", priority, "admit", 0 },

	{ "open a post", reads, "#s/perm", 0 },
	{ "mount a post", mounts, "#s/perm", 0 },
	{ "remove a post", removes, "#s/perm", Gone },
	{ "rename a post", renames, "#s/perm", Gone },
	{ "change a post's mode", chmods, "#s/perm", 0 },

	{ "attach a segment", attaches, "perm", 0 },
	{ "read a segment", reads, "#g/perm/data", 0 },
	{ "write a segment", writes, "#g/perm/data", 0 },
	{ "set a segment", writes, "#g/perm/ctl", 0 },
	{ "remove a segment", removes, "#g/perm", Gone },

	{ "read a file", reads, "/net/file", 0 },
	{ "write a file", writes, "/net/file", 0 },
	{ "truncate a file", truncates, "/net/file", 0 },
	{ "change a file's mode", chmods, "/net/file", 0 },
	{ "rename a file", renames, "/net/file", Gone },
	{ "remove a file", removes, "/net/file", Gone },
	{ "create a file", creates, "/net/new", 0 },
	{ "create in a directory", creates, "/net/dir/new", 0 },
	{ "list a directory", reads, "/net/dir", 0 },

	{ "make a server in the kernel", writes2, "#h/ctl new ramfs permnew", 0 },
	{ "bring a server into the kernel", reads, "#h/clone", 0 },
	{ "command a server in the kernel", writes, "#h/permkern/ctl", 0 },
	{ "read its state", reads, "#h/permkern/state", 0 },
	{ "take its connection", reads, "#h/permkern/conn/0", 0 },
	{ "use its post", mounts, "#s/permkern", 0 },

	{ "read the console", reads, "#c/cons", 0 },
	{ "write the console", writes, "#c/cons", 0 },
	{ "set the console", writes, "#c/consctl", 0 },
	{ "read the kernel's messages", reads, "#c/kmesg", 0 },
	{ "empty the kernel's messages", writes, "#c/kmesg", 0 },
	{ "divert the kernel's messages", reads, "#c/kprint", 0 },
	{ "set the host owner", writes, "#c/hostowner", 0 },
	{ "set the time", writes, "#c/time", 0 },
	{ "set the time in binary", writes, "#c/bintime", 0 },
	{ "set the system's name", writes, "#c/sysname", 0 },
	{ "start to swap", writes, "#c/swap", 0 },
	{ "clear counts", writes, "#c/sysstat", 0 },
	{ "reboot", writes, "#c/reboot", 0 },
	{ "stir random numbers", writes2, "#c/random x", NoneOnly },
	{ "vouch for users", vouches, nil, 0 },
	{ "become the owner by a false capability", becomes, nil, 0 },
	{ "become the owner by name", userfile, nil, 0 },

	{ "use a serial line", reads, "#t/eia0", 0 },
	{ "set a serial line", writes, "#t/eia0ctl", 0 },
	{ "see a serial line's state", reads, "#t/eia0status", 0 },
	{ "set the battery clock", writes, "#r/rtc", 0 },
	{ "profile the kernel", writes, "#K/kpctl", 0 },
	{ "read the kernel's profile", reads, "#K/kpdata", 0 },
	{ "see a disk's state", reads, "#S/sdv0ctl", 0 },
	{ "read a disk", reads, "#S/sdv0", 0 },
	{ "write a disk", writes, "#S/sdv0", 0 },

	/* the last: without it nobody becomes another user */
	{ "remove capabilities", removes, "#\302\244/caphash", Gone },
};

/* --- victims --- */
static void makevictim(void)
{
	int p[2], fd;

	victim = rfork(RFPROC|RFFDG|RFNOTEG|RFREND);
	if(victim == 0){
		atnotify(nil, 0);
		for(;;)
			sleep(20);
	}
	readfile(vfile("noteid"), victimid, sizeof victimid);
	need(pipe(p) == 0);
	fd = create("#s/perm", OWRITE, 0600);
	need(fd >= 0 && fprint(fd, "%d", p[0]) > 0);
	close(fd);
	close(p[0]);
	close(p[1]);
	fd = create("#g/perm", OREAD, DMDIR|0700);
	close(fd);
	need(writefile("#g/perm/ctl", "va 0x20000000 0x1000") == 0);
	fd = create("/net/file", OWRITE, 0600);
	need(fd >= 0 && write(fd, "mine", 4) == 4);
	close(fd);
	fd = create("/net/dir", OREAD, DMDIR|0700);
	close(fd);
}

static void endvictim(void)
{
	writefile(vfile("ctl"), "kill");
	while(waitpid() > 0)
		;
	remove("#s/perm");
	remove("#s/perm.other");
	remove("#g/perm");
	remove("/net/file");
	remove("/net/perm.other");
	remove("/net/dir");
}

/* as it was made? */
static void intact(void)
{
	char buf[512], *f[16];
	Dir *d;

	need(readfile(vfile("status"), buf, sizeof buf) > 0);
	tokenize(buf, f, nelem(f));
	need(strcmp(f[2], "Stopped") != 0 && strcmp(f[2], "Broken") != 0);
	need(strcmp(f[10], "10") == 0);
	d = dirstat("#s/perm");
	need(d != nil && (d->mode & 0777) == 0600);
	free(d);
	d = dirstat("#g/perm");
	need(d != nil);
	free(d);
	need(readfile("/net/file", buf, sizeof buf) == 4 && strcmp(buf, "mine") == 0);
	d = dirstat("/net/file");
	need(d != nil && (d->mode & 0777) == 0600);
	free(d);
}

/* --- attempts --- */
static void become(char *user)
{
	int fd;

	if(strcmp(user, "none") == 0)
		need(writefile("#c/user", "none") == 0);
	else if(strcmp(user, owner) != 0)
		need(capuser(user) == 0);
	/* its own attach, as that user */
	rfork(RFNAMEG);
	fd = open("#s/permfs", ORDWR);
	need(fd >= 0 && mount(fd, -1, "/net", MREPL|MCREATE, "") >= 0);
	close(fd);
}

static int isrefusal(void)
{
	return failed("permission denied") || failed("not owner")
		|| failed("no such note group");
}

/* by user: 1 refused, 0 done, or an error that is about something else */
static int attempt(Deed *d, char *user)
{
	char err[ERRMAX];
	Waitmsg *w;
	int pid, refused;

	pid = rfork(RFPROC|RFFDG|RFNOTEG|RFREND);
	if(pid == 0){
		faults = 0;
		become(user);
		if(faults)
			_exits("become");
		if(strcmp(user, owner) == 0)
			alarm(5000);	/* what is done may wait */
		if(d->f(d->arg) >= 0)
			_exits("");
		rerrstr(err, sizeof err);
		_exits(isrefusal() ? "refused" : err);
	}
	refused = -1;
	while((w = wait()) != nil){
		if(w->pid == pid){
			refused = strstr(w->msg, ": refused") != nil;
			if(!refused && w->msg[0] != 0)
				print("\t%s by %s: %s\n", d->name, user, w->msg);
			free(w);
			break;
		}
		free(w);
	}
	return refused;
}

static void try(Deed *d)
{
	static char *others[] = { "sys", "none" };
	uint i;

	doing = d->name;
	for(i = 0; i < nelem(others); i++){
		if(i == 0 && d->flags & NoneOnly)
			continue;
		makevictim();
		if(attempt(d, others[i]) != 1){
			print("%s: %s was not refused\n", d->name, others[i]);
			faults++;
		}
		intact();
		endvictim();
	}
	makevictim();
	if(attempt(d, owner) != 0){
		print("%s: the owner was refused\n", d->name);
		faults++;
	}
	if(!(d->flags & Gone))
		need(access(vfile("status"), AEXIST) == 0);
	endvictim();
}

int main(int argc, char **argv)
{
	uint i, n;

	owner = strdup(getuser());
	n = 0;
	for(i = 0; i < nelem(deeds); i++){
		if(argc > 1 && strstr(deeds[i].name, argv[1]) == nil)
			continue;
		if(deeds[i].f == becomes || deeds[i].f == userfile)
			deeds[i].arg = owner;
		try(&deeds[i]);
		n++;
	}
	print("%ud deeds, %d faults\n", n, faults);
	exits(faults ? "failed" : "");
}
