/*
 * net.c: exportfs on a network.  There is no authentication yet, so it is
 * asked for by name (-n), and says what it means.
 */
#include <u.h>
#include <libc.h>
#include "export.h"

/* a conversation's directory has the files of ip(3): data beside ctl, local and remote */
int isnetwork(int fd, char *ctl, int n)
{
	char path[256], *slash;
	int has;

	if(fd2path(fd, path, sizeof path) < 0)
		return 0;
	slash = strrchr(path, '/');
	if(slash == nil || strcmp(slash, "/data") != 0)
		return 0;
	*slash = 0;
	snprint(ctl, n, "%s/remote", path);
	has = access(ctl, AEXIST) == 0;
	snprint(ctl, n, "%s/ctl", path);
	return has;
}

void netready(char *ctl)
{
	int fd;

	fd = open(ctl, OWRITE);
	if(fd < 0)
		return;
	fprint(fd, "nodelay");	/* a network that has none of these needs none */
	fprint(fd, "keepalive");
	close(fd);
}

static void take(int lctl, char *ldir)
{
	char ctl[NETPATHLEN+8];
	int fd;

	fd = accept(lctl, ldir);
	if(fd < 0)
		sysfatal("%s: %r", ldir);
	snprint(ctl, sizeof ctl, "%s/ctl", ldir);
	netready(ctl);
	close(lctl);
	dup(fd, 0);
	dup(fd, 1);
	if(fd > 1)
		close(fd);
}

void netlisten(char *addr)
{
	char adir[NETPATHLEN], ldir[NETPATHLEN];
	int ctl, lctl;

	ctl = announce(addr, adir);
	if(ctl < 0)
		sysfatal("announce %s: %r", addr);
	fprint(2, "exportfs: there is no authentication: whoever reaches %s acts as %s\n", addr, getuser());
	if(background(3) < 0)
		sysfatal("background: %r");
	for(;;){
		lctl = listen(adir, ldir);
		if(lctl < 0)
			sysfatal("listen %s: %r", addr);
		switch(rfork(RFPROC|RFFDG|RFNOTEG|RFNOWAIT)){
		case -1:
			reject(lctl, ldir, "no process");
			break;
		case 0:
			close(ctl);
			take(lctl, ldir);
			return;
		}
		close(lctl);
	}
}
