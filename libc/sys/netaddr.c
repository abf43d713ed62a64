/*
 * Network addresses (dial(2)): completing them, and finding out who is at
 * the ends of a connection.
 */
#include "u.h"
#include "libc.h"
#include "sys.h"

/* addr with network and service supplied if it lacks them; static. */
char *netmkaddr(char *addr, char *defnet, char *defservice)
{
	static char buf[256];
	char *first;

	first = strchr(addr, '!');
	if(first == nil){
		if(defnet == nil)
			defnet = "net";
		snprint(buf, sizeof buf, "%s!%s%s%s", defnet, addr, defservice? "!": "", defservice? defservice: "");
		return buf;
	}
	if(defservice == nil || strchr(first+1, '!') != nil)
		return addr;
	snprint(buf, sizeof buf, "%s!%s", addr, defservice);
	return buf;
}

/* The net directory that spec means: "" or nil, a suffix of /net, or a path. */
void setnetmtpt(char *net, int n, char *spec)
{
	if(spec == nil)
		spec = "";
	snprint(net, n, *spec == '/'? "%s": "/net%s", spec);
}

/* Read "system!service\n" from dir/file; the parts malloced. */
static void ends(char *dir, char *file, char **sys, char **serv, char **whole)
{
	char name[256], buf[128], *p;

	snprint(name, sizeof name, "%s/%s", dir, file);
	if(readsmall(name, buf, sizeof buf) < 0)
		buf[0] = 0;
	if((p = strchr(buf, '\n')) != nil)
		*p = 0;
	*whole = strdup(buf);
	p = strchr(buf, '!');
	if(p != nil)
		*p++ = 0;
	*serv = strdup(p? p: "");
	*sys = strdup(buf);
}

/*
 * About the connection in directory dir, or that fd is a file of if dir is
 * nil.  The caller frees it by freenetconninfo; nil without memory.
 */
NetConnInfo *getnetconninfo(char *dir, int fd)
{
	NetConnInfo *i;
	char path[256], *p;
	int up;

	if(dir == nil){
		if(fd2path(fd, path, sizeof path) < 0)
			return nil;
		p = strrchr(path, '/');
		if(p != nil)
			*p = 0;
		dir = path;
	}
	i = mallocz(sizeof *i, 1);
	if(i == nil)
		return nil;
	i->dir = strdup(dir);
	i->root = strdup(dir);
	if(i->root != nil)
		for(up = 0; up < 2 && (p = strrchr(i->root, '/')) != nil; up++)
			*p = 0;
	i->spec = strdup("");
	ends(dir, "local", &i->lsys, &i->lserv, &i->laddr);
	ends(dir, "remote", &i->rsys, &i->rserv, &i->raddr);
	if(i->dir && i->root && i->spec && i->lsys && i->lserv && i->laddr && i->rsys && i->rserv && i->raddr)
		return i;
	freenetconninfo(i);
	return nil;
}

void freenetconninfo(NetConnInfo *i)
{
	if(i == nil)
		return;
	free(i->dir);
	free(i->root);
	free(i->spec);
	free(i->lsys);
	free(i->lserv);
	free(i->rsys);
	free(i->rserv);
	free(i->laddr);
	free(i->raddr);
	free(i);
}
