/*
 * fcopy.h: copying a file or tree to a name or into a directory; what cp
 * and mv share.  Included once by each.
 */
typedef struct Copyopts Copyopts;
struct Copyopts {
	char *cmd;	/* for messages */
	int recurse;
	int uid, gid;	/* keep owner, group */
	int attrs;	/* keep mode and mtime */
};

enum {
	Copybuf = 1<<20,	/* of a far server many requests are under way at a time then */
	Firstcopy = 64*1024,	/* most files are not longer, and need not touch more memory */
};

static int fcopyname(char *from, char *to, Copyopts *o);

static int fcopyfail(Copyopts *o, char *name)
{
	fprint(2, "%s: %s: %r\n", o->cmd, name);
	return -1;
}

static char *fcopyjoin(char *dir, char *elem)
{
	char *s = smprint("%s/%s", dir, elem);

	if(s == nil)
		sysfatal("%r");
	return s;
}

/* the last element, of a name that may end in slashes */
static char *fcopybase(char *name)
{
	char *s = strdup(name), *e, *slash;

	if(s == nil)
		sysfatal("%r");
	for(e = s + strlen(s); e > s+1 && e[-1] == '/'; e--)
		e[-1] = 0;
	slash = strrchr(s, '/');
	if(slash != nil && slash[1] != 0)
		memmove(s, slash+1, strlen(slash+1)+1);
	return s;
}

static int fcopysame(Dir *a, Dir *b)
{
	return a->type == b->type && a->dev == b->dev &&
		a->qid.path == b->qid.path && a->qid.type == b->qid.type;
}

static int fcopybytes(int in, int out, char *from, char *to, Copyopts *o)
{
	static char buf[Copybuf];
	long n, size;

	for(size = Firstcopy; (n = read(in, buf, size)) > 0; size = n == size? (long)sizeof buf: size)
		if(write(out, buf, n) != n)
			return fcopyfail(o, to);
	if(n < 0)
		return fcopyfail(o, from);
	return 0;
}

static int fcopyattrs(int fd, Dir *from, char *to, Copyopts *o)
{
	Dir d;

	if(!o->attrs && !o->gid && !o->uid)
		return 0;
	nulldir(&d);
	if(o->attrs){
		d.mode = from->mode;
		d.mtime = from->mtime;
	}
	if(o->gid)
		d.gid = from->gid;
	if(o->uid)
		d.uid = from->uid;
	if(dirfwstat(fd, &d) < 0)
		return fcopyfail(o, to);
	return 0;
}

static int fcopyfile(char *from, Dir *df, char *to, Copyopts *o)
{
	Dir *dt;
	int in, out, r = -1;

	in = open(from, OREAD);
	if(in < 0)
		return fcopyfail(o, from);
	dt = dirstat(to);
	if(dt != nil && fcopysame(df, dt)){
		fprint(2, "%s: %s and %s are the same file\n", o->cmd, from, to);
		goto out;
	}
	out = create(to, OWRITE, df->mode & 0777);
	if(out < 0){
		fcopyfail(o, to);
		goto out;
	}
	r = fcopybytes(in, out, from, to, o);
	if(r == 0)
		r = fcopyattrs(out, df, to, o);
	if(close(out) < 0 && r == 0)
		r = fcopyfail(o, to);
out:
	free(dt);
	close(in);
	return r;
}

/* is directory d the file dir or one of its parents? */
static int fcopyinside(Dir *d, char *dir)
{
	char *s, *e;
	Dir *up;
	int in = 0;

	s = strdup(dir);
	if(s == nil)
		sysfatal("%r");
	for(;;){
		up = dirstat(*s ? s : ".");
		in = up != nil && fcopysame(d, up);
		free(up);
		e = strrchr(s, '/');
		if(in || e == nil || e == s)
			break;
		*e = 0;
	}
	free(s);
	return in;
}

static int fcopydir(char *from, Dir *df, char *to, Copyopts *o)
{
	Dir *d = nil;
	long i, n;
	int fd, tofd, bad = 0;
	char *a, *b;

	if(fcopyinside(df, to)){
		fprint(2, "%s: %s: cannot be copied into itself\n", o->cmd, from);
		return -1;
	}
	fd = open(from, OREAD);
	if(fd < 0)
		return fcopyfail(o, from);
	n = dirreadall(fd, &d);
	close(fd);
	if(n < 0)
		return fcopyfail(o, from);
	tofd = open(to, OREAD);
	if(tofd < 0)
		tofd = create(to, OREAD, DMDIR | 0700 | (df->mode & 0777));
	if(tofd < 0){
		free(d);
		return fcopyfail(o, to);
	}
	for(i = 0; i < n; i++){
		a = fcopyjoin(from, d[i].name);
		b = fcopyjoin(to, d[i].name);
		bad |= fcopyname(a, b, o);
		free(a);
		free(b);
	}
	free(d);
	bad |= fcopyattrs(tofd, df, to, o);
	close(tofd);
	return bad;
}

/* from onto the very name to */
static int fcopyname(char *from, char *to, Copyopts *o)
{
	Dir *d = dirstat(from);
	int r;

	if(d == nil)
		return fcopyfail(o, from);
	if(!(d->mode & DMDIR))
		r = fcopyfile(from, d, to, o);
	else if(o->recurse)
		r = fcopydir(from, d, to, o);
	else{
		fprint(2, "%s: %s: is a directory\n", o->cmd, from);
		r = -1;
	}
	free(d);
	return r;
}
