/*
 * p: page through files, a screenful (-N lines, 22 by default) at a time.
 * A line on /dev/cons goes on, q leaves, ! runs a command.  Output to
 * anything but the console is not held up.
 */
#include <u.h>
#include <libc.h>
#include <bio.h>

static int pagelen = 22;
static Biobuf out;
static int cons = -1;
static int interactive;
static int waits;	/* the output is the console's */

static void runcmd(char *cmd)
{
	Waitmsg *w;

	switch(fork()){
	case -1:
		fprint(2, "p: %r\n");
		return;
	case 0:
		dup(cons, 0);
		execl("/bin/rc", "rc", "-c", cmd, nil);
		sysfatal("rc: %r");
	}
	w = wait();
	free(w);
	print("!\n");
}

/* waits for leave to go on; 0 to stop */
static int more(void)
{
	char line[512];
	long n;

	if(!waits)
		return 1;
	if(!interactive)
		return 1;
	Bflush(&out);
	for(;;){
		n = read(cons, line, sizeof line - 1);
		if(n <= 0)
			return 0;
		line[n] = 0;
		if(line[n-1] == '\n')
			line[n-1] = 0;
		if(line[0] == 'q')
			return 0;
		if(line[0] != '!')
			return 1;
		runcmd(line+1);
	}
}

static int isconsole(int fd)
{
	char name[64];

	return fd2path(fd, name, sizeof name) == 0 &&
		(strcmp(name, "/dev/cons") == 0 || strcmp(name, "#c/cons") == 0);
}

static int page(Biobuf *in)
{
	char *s;
	int n = 0;

	while((s = Brdstr(in, '\n', 0)) != nil){
		if(n == pagelen){
			if(!more()){
				free(s);
				return 0;
			}
			n = 0;
		}
		Bprint(&out, "%s", s);
		free(s);
		n++;
	}
	return 1;
}

static int samefile(int a, int b)
{
	Dir *da = dirfstat(a), *db = dirfstat(b);
	int same = da != nil && db != nil && da->type == db->type && da->dev == db->dev && da->qid.path == db->qid.path;

	free(da);
	free(db);
	return same;
}

int main(int argc, char **argv)
{
	Biobuf in;
	int i, fd;

	if(argc > 1 && argv[1][0] == '-'){
		pagelen = atoi(argv[1]+1);
		if(pagelen <= 0){
			fprint(2, "usage: p [-N] [file ...]\n");
			exits("usage");
		}
		argc--;
		argv++;
	}
	cons = open("/dev/cons", OREAD);
	waits = samefile(cons, 1);
	interactive = isconsole(1);
	Binit(&out, 1, OWRITE);
	if(argc == 1){
		Binit(&in, 0, OREAD);
		page(&in);
	}
	for(i = 1; i < argc; i++){
		fd = open(argv[i], OREAD);
		if(fd < 0)
			sysfatal("%s: %r", argv[i]);
		Binit(&in, fd, OREAD);
		if(!page(&in) || (i+1 < argc && !more()))
			break;
		Bterm(&in);
		close(fd);
	}
	Bterm(&out);
	exits(nil);
}
