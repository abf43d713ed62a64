/*
 * mkar: makes a root archive, archive(6), from a list of files.
 *
 *	mkar -o out [-x list] list...
 *
 * A line of the list is
 *	/path d755 [uid gid]		a directory
 *	/path 755 source [uid gid]	a file; a path that ends in / is the
 *					folder for all files that source, a pattern, matches
 * -x leaves out what another list names.  Missing parents are made, mode 775,
 * owner and group `sys`.  It runs on the build host; memory is never freed.
 */
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	Hdrlen = 64,
	Entlen = 48,
	Page = 4096,
	Maxargs = 8,
};

#define DMDIR 0x80000000U

typedef struct Ent Ent;
struct Ent {
	char *name;
	char *uid, *gid;
	uint32_t mode;
	uint32_t mtime;
	char *data;
	uint64_t len;		/* of the data, or number of children */
	uint64_t off;		/* of the data, or index of the first child */
	uint32_t index;
	uint32_t nameoff, uidoff, gidoff;
	Ent *parent;
	Ent **kid;
	int nkid;
};

static Ent *root;
static Ent **ents;	/* breadth first: the archive's order */
static uint32_t nent;
static char *strs;	/* the archive's strings */
static uint32_t nstrs;
static char *listname;
static int lineno;

static void fatal(char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void fatal(char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "mkar: ");
	if(listname)
		fprintf(stderr, "%s:%d: ", listname, lineno);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(1);
}

static void *more(void *p, size_t n)
{
	p = realloc(p, n ? n : 1);
	if(p == NULL)
		fatal("out of memory");
	return p;
}

static Ent *entnew(Ent *parent, char *name, uint32_t mode)
{
	Ent *e;

	e = more(NULL, sizeof *e);
	memset(e, 0, sizeof *e);
	e->name = strdup(name);
	e->uid = e->gid = "sys";
	e->mode = mode;
	e->parent = parent ? parent : e;
	if(parent){
		parent->kid = more(parent->kid, (parent->nkid+1)*sizeof(Ent*));
		parent->kid[parent->nkid++] = e;
	}
	return e;
}

/* the entry at path, made if there is none; last: its mode if made */
static Ent *entwalk(char *path, uint32_t last)
{
	char *buf, *p, *save;
	Ent *e;
	int i;

	if(path[0] != '/')
		fatal("%s: not a path from the root", path);
	buf = strdup(path);
	e = root;
	for(p = strtok_r(buf, "/", &save); p; p = strtok_r(NULL, "/", &save)){
		if(!(e->mode & DMDIR))
			fatal("%s: %s is not a directory", path, e->name);
		for(i = 0; i < e->nkid; i++)
			if(strcmp(e->kid[i]->name, p) == 0)
				break;
		e = i < e->nkid ? e->kid[i] : entnew(e, p, *save ? DMDIR|0775 : last);
	}
	return e;
}

static void fileread(Ent *e, char *source)
{
	struct stat st;
	FILE *f;

	f = fopen(source, "rb");
	if(f == NULL || fstat(fileno(f), &st) < 0)
		fatal("%s: %s", source, strerror(errno));
	if(!S_ISREG(st.st_mode))
		fatal("%s: not a file", source);
	e->len = st.st_size;
	e->mtime = st.st_mtime;
	e->data = more(NULL, e->len);
	if(fread(e->data, 1, e->len, f) != e->len)
		fatal("%s: read failed", source);
	fclose(f);
}

static void addfile(char *path, uint32_t mode, char *source, char *uid, char *gid)
{
	Ent *e;

	e = entwalk(path, mode);
	if(e->mode & DMDIR)
		fatal("%s: already a directory", path);
	e->mode = mode;
	if(uid){
		e->uid = uid;
		e->gid = gid;
	}
	fileread(e, source);
}

static int excluded(char **ex, int nex, char *path)
{
	int i;

	for(i = 0; i < nex; i++)
		if(strcmp(ex[i], path) == 0)
			return 1;
	return 0;
}

static char *pathin(char *dir, char *source)
{
	char *base, *path;

	base = strrchr(source, '/');
	base = base ? base+1 : source;
	path = more(NULL, strlen(dir)+strlen(base)+1);
	strcpy(path, dir);
	return strcat(path, base);
}

/* all files of one line; record: only note their paths, into *ex */
static void addfiles(char **w, int n, char ***ex, int *nex, int record)
{
	glob_t g;
	char *path;
	size_t i;

	if(glob(w[2], GLOB_MARK, NULL, &g) != 0){
		if(strpbrk(w[2], "*?["))
			return;
		fatal("%s: no such file", w[2]);
	}
	if(w[0][strlen(w[0])-1] != '/' && g.gl_pathc != 1)
		fatal("%s: several files for one path", w[2]);
	for(i = 0; i < g.gl_pathc; i++){
		path = g.gl_pathv[i];
		if(path[strlen(path)-1] == '/')
			continue;
		path = w[0];
		if(path[strlen(path)-1] == '/')
			path = pathin(path, g.gl_pathv[i]);
		if(record){
			*ex = more(*ex, (*nex+1)*sizeof(char*));
			(*ex)[(*nex)++] = strdup(path);
		}else if(!excluded(*ex, *nex, path))
			addfile(path, strtoul(w[1], NULL, 8), g.gl_pathv[i],
				n > 3 ? strdup(w[3]) : NULL, n > 4 ? strdup(w[4]) : "sys");
	}
}

static void adddir(char **w, int n)
{
	Ent *e;

	e = entwalk(w[0], DMDIR);
	e->mode = DMDIR|strtoul(w[1]+1, NULL, 8);
	if(n > 2)
		e->uid = strdup(w[2]);
	if(n > 3)
		e->gid = strdup(w[3]);
}

static void readlist(char *name, char ***ex, int *nex, int record)
{
	char line[1024], *w[Maxargs], *p, *save;
	FILE *f;
	int n;

	f = fopen(name, "r");
	if(f == NULL)
		fatal("%s: %s", name, strerror(errno));
	listname = name;
	for(lineno = 1; fgets(line, sizeof line, f); lineno++){
		n = 0;
		for(p = strtok_r(line, " \t\n", &save); p && n < Maxargs; p = strtok_r(NULL, " \t\n", &save))
			w[n++] = p;
		if(n == 0 || w[0][0] == '#')
			continue;
		if(n < 2 || (n < 3 && w[1][0] != 'd'))
			fatal("a line is: path mode source");
		if(w[1][0] != 'd')
			addfiles(w, n, ex, nex, record);
		else if(!record)
			adddir(w, n);
	}
	listname = NULL;
	fclose(f);
}

static int byname(const void *a, const void *b)
{
	return strcmp((*(Ent**)a)->name, (*(Ent**)b)->name);
}

/* numbers the entries breadth first, so that children are neighbours */
static void order(void)
{
	Ent *e;
	uint32_t i;
	int j;

	ents = more(NULL, sizeof *ents);
	ents[nent++] = root;
	for(i = 0; i < nent; i++){
		e = ents[i];
		if(!(e->mode & DMDIR))
			continue;
		if(e->nkid)
			qsort(e->kid, e->nkid, sizeof(Ent*), byname);
		e->off = nent;
		e->len = e->nkid;
		ents = more(ents, (nent+e->nkid)*sizeof(Ent*));
		for(j = 0; j < e->nkid; j++){
			e->kid[j]->index = nent;
			ents[nent++] = e->kid[j];
			if(e->kid[j]->mtime > e->mtime)
				e->mtime = e->kid[j]->mtime;
		}
	}
}

static uint32_t str(char *s)
{
	uint32_t off, n;

	n = strlen(s)+1;
	for(off = 0; off+n <= nstrs; off += strlen(strs+off)+1)
		if(strcmp(strs+off, s) == 0)
			return off;
	strs = more(strs, nstrs+n);
	memcpy(strs+nstrs, s, n);
	nstrs += n;
	return nstrs-n;
}

/* programs lie on pages, to be mapped in place; the rest is packed */
static uint64_t place(void)
{
	uint64_t off, align;
	uint32_t i;
	Ent *e;

	for(i = 0; i < nent; i++){
		ents[i]->nameoff = str(ents[i]->name);
		ents[i]->uidoff = str(ents[i]->uid);
		ents[i]->gidoff = str(ents[i]->gid);
	}
	off = Hdrlen + (uint64_t)nent*Entlen + nstrs;
	for(i = 0; i < nent; i++){
		e = ents[i];
		if(e->mode & DMDIR)
			continue;
		align = e->len >= 4 && memcmp(e->data, "\177ELF", 4) == 0 ? Page : 16;
		off = (off+align-1) & ~(align-1);
		e->off = off;
		off += e->len;
		if(align == Page)	/* its last page holds nothing else */
			off = (off+Page-1) & ~(uint64_t)(Page-1);
	}
	return (off+Page-1) & ~(uint64_t)(Page-1);
}

static void put(unsigned char *p, uint64_t v, int n)
{
	for(; n > 0; n--){
		*p++ = v;
		v >>= 8;
	}
}

static void putent(unsigned char *p, Ent *e)
{
	put(p, e->off, 8);
	put(p+8, e->len, 8);
	put(p+16, e->mode, 4);
	put(p+20, e->mtime, 4);
	put(p+24, e->parent->index, 4);
	put(p+28, e->nameoff, 4);
	put(p+32, e->uidoff, 4);
	put(p+36, e->gidoff, 4);
}

static void writeall(char *name)
{
	unsigned char *b;
	uint64_t len;
	uint32_t i;
	FILE *f;

	len = place();
	b = more(NULL, len);
	memset(b, 0, len);
	memcpy(b, "pintlear", 8);
	put(b+8, 1, 4);
	put(b+12, nent, 4);
	put(b+16, len, 8);
	put(b+24, Hdrlen + (uint64_t)nent*Entlen, 8);
	put(b+32, nstrs, 8);
	for(i = 0; i < nent; i++){
		putent(b+Hdrlen+(uint64_t)i*Entlen, ents[i]);
		if(!(ents[i]->mode & DMDIR))
			memcpy(b+ents[i]->off, ents[i]->data, ents[i]->len);
	}
	memcpy(b+Hdrlen+(uint64_t)nent*Entlen, strs, nstrs);
	f = fopen(name, "wb");
	if(f == NULL || fwrite(b, 1, len, f) != len || fclose(f) != 0)
		fatal("%s: %s", name, strerror(errno));
}

int main(int argc, char **argv)
{
	char *out, **ex;
	int i, nex;

	out = NULL;
	ex = NULL;
	nex = 0;
	for(i = 1; i+1 < argc && argv[i][0] == '-'; i += 2){
		if(argv[i][1] == 'o')
			out = argv[i+1];
		else if(argv[i][1] == 'x')
			readlist(argv[i+1], &ex, &nex, 1);
	}
	if(out == NULL || i >= argc){
		fprintf(stderr, "usage: mkar -o out [-x list] list...\n");
		return 1;
	}
	root = entnew(NULL, "/", DMDIR|0775);
	for(; i < argc; i++)
		readlist(argv[i], &ex, &nex, 0);
	order();
	writeall(out);
	return 0;
}
