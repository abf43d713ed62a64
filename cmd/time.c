/*
 * time: run a command; print the user, system and real seconds it took, and the
 * command, on standard error.  Its status is ours.
 */
#include <u.h>
#include <libc.h>

static void runin(char **argv)
{
	char path[512];

	exec(argv[0], argv);
	if(argv[0][0] != '/' && strncmp(argv[0], "./", 2) != 0 && strncmp(argv[0], "../", 3) != 0){
		snprint(path, sizeof path, "/bin/%s", argv[0]);
		exec(path, argv);
	}
	sysfatal("%s: %r", argv[0]);
}

static int catch(void *ureg, char *note)
{
	USED(ureg);
	return strncmp(note, "interrupt", 9) == 0;	/* the command's affair; ours is to report */
}

int main(int argc, char **argv)
{
	Waitmsg *w;
	int i, pid;
	char status[ERRMAX];

	if(argc < 2){
		fprint(2, "usage: time command [argument ...]\n");
		exits("usage");
	}
	pid = fork();
	if(pid < 0)
		sysfatal("fork: %r");
	if(pid == 0)
		runin(argv+1);
	atnotify(catch, 1);
	do
		w = wait();
	while(w == nil ? 0 : w->pid != pid);
	if(w == nil)
		sysfatal("wait: %r");
	for(i = 0; i < 3; i++)
		fprint(2, "%lud.%.2lud%c ", w->time[i]/1000, w->time[i]%1000/10, "usr"[i]);
	for(i = 1; i < argc; i++)
		fprint(2, "%c%s", i == 1 ? '\t' : ' ', argv[i]);
	fprint(2, "\n");
	strecpy(status, status + sizeof status, w->msg);
	exits(status);
}
