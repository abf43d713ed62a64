/*
 * newns.c: name spaces from a file, namespace(6).
 *
 * The file is read whole before the old name space goes, since it may lie in
 * it.  Each line is a command; its words may have $name in them, for the
 * value of an environment variable.
 */
#include "u.h"
#include "libc.h"
#include "auth.h"

enum {
	Filemax = 64*1024,
	Wordmax = 1024,
	Nword = 8,
	Depth = 8,	/* of files that read files */
};

int newnsdebug;

static int nsfile(char *name, int depth);

/* the file's text, malloced and terminated, or nil */
static char *filetext(char *name)
{
	char *s;
	long n, m;
	int fd;

	fd = open(name, OREAD|OCEXEC);
	if(fd < 0)
		return nil;
	s = malloc(Filemax+1);
	n = 0;
	m = s ? 1 : -1;
	while(m > 0 && n < Filemax){
		m = read(fd, s+n, Filemax-n);
		if(m > 0)
			n += m;
	}
	close(fd);
	if(m < 0){
		free(s);
		return nil;
	}
	s[n] = 0;
	return s;
}

static int namechar(int c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* appends the value of the variable at *sp, which is after the $ */
static char *variable(char *p, char *e, char **sp)
{
	char name[64], *s, *v;
	int n;

	s = *sp;
	for(n = 0; namechar(s[n]) && n < (int)sizeof name - 1; n++)
		name[n] = s[n];
	name[n] = 0;
	*sp = s+n;
	v = getenv(name);
	if(v){
		p = strecpy(p, e, v);
		free(v);
	}
	return p;
}

/* s with its variables replaced, in buf */
static char *expand(char *s, char *buf, int n)
{
	char *p, *e;

	p = buf;
	e = buf+n;
	*p = 0;
	while(*s && p < e-1){
		if(*s == '$'){
			s++;
			p = variable(p, e, &s);
		}else{
			*p++ = *s++;
			*p = 0;
		}
	}
	return buf;
}

/* takes flags such as -ac from the front of w: the bits, or -1; *np words are left from *wp */
static int flags(char ***wp, int *np)
{
	int flag;
	char *s;

	flag = MREPL;
	for(; *np > 0 && (*wp)[0][0] == '-'; ++*wp, --*np)
		for(s = (*wp)[0]+1; *s; s++)
			if((flag = mntflag(flag, *s)) < 0){
				werrstr("bad flag -%c", *s);
				return -1;
			}
	return flag;
}

static int usage(void)
{
	werrstr("wrong number of words");
	return -1;
}

static int nsbind(char **w, int n)
{
	int flag;

	flag = flags(&w, &n);
	if(flag < 0)
		return -1;
	return n == 2 ? bind(w[0], w[1], flag) : usage();
}

static int nsmount(char **w, int n)
{
	int fd, flag, r;

	flag = flags(&w, &n);
	if(flag < 0)
		return -1;
	if(n != 2 && n != 3)
		return usage();
	fd = open(w[0], ORDWR);
	if(fd < 0)
		return -1;
	r = mount(fd, -1, w[1], flag, n == 3 ? w[2] : "");
	close(fd);
	return r;
}

static int nsunmount(char **w, int n)
{
	if(n == 1)
		return unmount(nil, w[0]);
	return n == 2 ? unmount(w[0], w[1]) : usage();
}

static int command(char **w, int n, int depth)
{
	if(strcmp(w[0], "bind") == 0)
		return nsbind(w+1, n-1);
	if(strcmp(w[0], "mount") == 0)
		return nsmount(w+1, n-1);
	if(strcmp(w[0], "unmount") == 0)
		return nsunmount(w+1, n-1);
	if(strcmp(w[0], "clear") == 0)
		return n == 1 ? rfork(RFCNAMEG) : usage();
	if(strcmp(w[0], "cd") == 0)
		return n == 2 ? chdir(w[1]) : usage();
	if(strcmp(w[0], ".") == 0)
		return n == 2 ? nsfile(w[1], depth+1) : usage();
	werrstr("unknown command");
	return -1;
}

static void nsline(char *line, int depth)
{
	static char room[Depth+1][Nword][Wordmax];
	char *w[Nword], *name;
	int i, n;

	n = tokenize(line, w, Nword);
	if(n == 0 || w[0][0] == '#')
		return;
	name = w[0];
	for(i = 0; i < n; i++)
		w[i] = expand(w[i], room[depth][i], Wordmax);
	if(command(w, n, depth) < 0 && newnsdebug)
		fprint(2, "namespace: %s %s: %r\n", name, n > 1 ? w[n-1] : "");
}

static void nstext(char *s, int depth)
{
	char *e;

	for(; s; s = e){
		e = strchr(s, '\n');
		if(e)
			*e++ = 0;
		nsline(s, depth);
	}
}

static int nsfile(char *name, int depth)
{
	char *s;

	if(depth > Depth){
		werrstr("files nested too deeply");
		return -1;
	}
	s = filetext(name);
	if(s == nil)
		return -1;
	nstext(s, depth);
	free(s);
	return 0;
}

static void setuser(char *user)
{
	char home[128];

	putenv("user", user);
	snprint(home, sizeof home, "/usr/%s", user);
	putenv("home", home);
}

int addns(char *user, char *ns)
{
	USED(user);
	return nsfile(ns ? ns : "/lib/namespace", 0);
}

int newns(char *user, char *ns)
{
	char *s, who[64];

	strecpy(who, who+sizeof who, user ? user : getuser());
	s = filetext(ns ? ns : "/lib/namespace");
	if(s == nil)
		return -1;
	if(rfork(RFENVG|RFCNAMEG) < 0){
		free(s);
		return -1;
	}
	bind("#e", "/env", MREPL|MCREATE);	/* for the two variables; the file does it again */
	setuser(who);
	nstext(s, 0);
	free(s);
	return 0;
}
