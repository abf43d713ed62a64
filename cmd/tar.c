/*
 * tar: archives in POSIX's ustar format (IEEE 1003.1, pax), with long names
 * read from pax and GNU headers and written as ustar prefixes or pax paths.
 *
 *	tar c[fvz] archive file ...	create
 *	tar t[fvz] archive [name ...]	list
 *	tar x[fvzkT] archive [name ...]	extract
 *
 * An archive may come from anyone: extraction goes below the working directory
 * only; absolute names lose their slash, names with .. are refused, links and
 * devices are told of and skipped, and sizes are checked before use.
 */
#include <u.h>
#include <libc.h>

enum {
	Blk = 512,
	Nname = 100,
	Nprefix = 155,
	Maxext = 64*1024,	/* greatest extended header taken */
};

typedef struct Hdr Hdr;
struct Hdr {	/* a header block */
	char name[Nname];
	char mode[8], uid[8], gid[8];
	char size[12], mtime[12], chksum[8];
	char type;
	char link[Nname];
	char magic[8];
	char uname[32], gname[32];
	char devmajor[8], devminor[8];
	char prefix[Nprefix];
	char pad[12];
};

typedef struct Entry Entry;
struct Entry {	/* a file in the archive */
	char *name;		/* malloced */
	int type;
	u32int mode, mtime;
	vlong size;
};

static int verbose, keep, settime;
static int arch = -1;
static int bad;

static void *must(void *p)
{
	if(p == nil)
		sysfatal("%r");
	return p;
}

static void complain(char *name)
{
	fprint(2, "tar: %s: %r\n", name);
	bad = 1;
}

/* octal, or base 256 where the top bit is set; -1: neither */
static vlong number(char *s, int n)
{
	uvlong v = 0;
	int i;

	if((uchar)s[0] & 0x80){
		if((uchar)s[0] != 0x80)
			return -1;
		for(i = 1; i < n; i++){
			if(v >> 54)
				return -1;
			v = v<<8 | (uchar)s[i];
		}
		return v;
	}
	for(i = 0; i < n && s[i] == ' '; i++)
		;
	for(; i < n && s[i] >= '0' && s[i] <= '7'; i++)
		v = v<<3 | (s[i]-'0');
	return i < n && s[i] != ' ' && s[i] != 0 ? -1 : (vlong)v;
}

static long checksum(Hdr *h)
{
	uchar *p = (uchar*)h;
	long sum = 0;
	int i;

	for(i = 0; i < Blk; i++)
		sum += p >= (uchar*)h->chksum && p < (uchar*)h->chksum + 8 ? (p++, ' ') : *p++;
	return sum;
}

/* --- reading --- */

static void readblocks(void *buf, long n)
{
	long m = readn(arch, buf, n);

	if(m < 0)
		sysfatal("archive: %r");
	if(m != n)
		sysfatal("archive: unexpected end");
}

static vlong padded(vlong n)
{
	return (n + Blk-1) & ~(vlong)(Blk-1);
}

/* the body of an entry is given to fd, or passed over when fd is -1; 0, -1 on a write error */
static int copybody(vlong size, int fd)
{
	static char buf[64*Blk];
	vlong left = padded(size);
	long n, m;
	int e = 0;

	for(; left > 0; left -= n, size -= n){
		n = left < (vlong)sizeof buf ? left : (vlong)sizeof buf;
		readblocks(buf, n);
		m = size < n ? size : n;
		if(fd >= 0 && e == 0 && m > 0 && write(fd, buf, m) != m)
			e = -1;
	}
	return e;
}

static char *extbody(vlong size)
{
	char *s;

	if(size < 0 || size > Maxext)
		sysfatal("archive: extended header of %lld bytes", size);
	s = must(malloc(padded(size) + 1));
	readblocks(s, padded(size));
	s[size] = 0;
	return s;
}

/* pax records: "length key=value\n" */
static void paxrecords(char *s, vlong size, char **path, vlong *fsize)
{
	char *e = s + size, *next, *key, *val;
	long len;

	for(; s < e; s = next){
		len = strtol(s, &key, 10);
		if(len <= 0 || len > e - s || *key != ' ' || s[len-1] != '\n')
			sysfatal("archive: malformed pax header");
		next = s + len;
		next[-1] = 0;
		key++;
		val = strchr(key, '=');
		if(val == nil)
			continue;
		*val++ = 0;
		if(strcmp(key, "path") == 0){
			free(*path);
			*path = must(strdup(val));
		}else if(strcmp(key, "size") == 0)
			*fsize = strtoll(val, nil, 10);
	}
}

static char *hdrname(Hdr *h)
{
	if(memcmp(h->magic, "ustar\0", 6) == 0 && h->prefix[0] != 0)
		return must(smprint("%.*s/%.*s", Nprefix, h->prefix, Nname, h->name));
	return must(smprint("%.*s", Nname, h->name));
}

static int iszero(void *p, int n)
{
	char *s = p;

	while(n > 0)
		if(s[--n] != 0)
			return 0;
	return 1;
}

/* 0 at the end, which is a block of zeros or the file's */
static int readheader(Hdr *h)
{
	long n = readn(arch, h, Blk);

	if(n < 0)
		sysfatal("archive: %r");
	if(n > 0 && n < Blk)
		sysfatal("archive: unexpected end: not a tar archive, or cut short");
	return n > 0 && !iszero(h, Blk);
}

/* e from a file's header; the name is e's from now on */
static void entry(Entry *e, Hdr *h, char *name, vlong size)
{
	e->name = name;
	e->type = h->type == 0 ? '0' : h->type;
	if(e->type == '0' && name[0] != 0 && name[strlen(name)-1] == '/')
		e->type = '5';
	e->mode = number(h->mode, sizeof h->mode) & 0777;
	e->mtime = number(h->mtime, sizeof h->mtime);
	e->size = e->type >= '1' && e->type <= '6' ? 0 : size;
}

/* the next file's header, after those that only add to it: 1, 0 at the end */
static int nextentry(Entry *e)
{
	Hdr h;
	char *longname = nil, *ext;
	vlong size, paxsize = -1;

	while(readheader(&h)){
		if(number(h.chksum, 8) != checksum(&h))
			sysfatal("archive: header checksum is wrong: not a tar archive, or damaged");
		size = number(h.size, sizeof h.size);
		if(size < 0)
			sysfatal("archive: header with a bad size");
		if(h.type == 'L'){
			free(longname);
			longname = extbody(size);
		}else if(h.type == 'x'){
			ext = extbody(size);
			paxrecords(ext, size, &longname, &paxsize);
			free(ext);
		}else if(h.type == 'g' || h.type == 'K')
			copybody(size, -1);
		else{
			entry(e, &h, longname != nil ? longname : hdrname(&h), paxsize >= 0 ? paxsize : size);
			return 1;
		}
	}
	free(longname);
	return 0;
}

static int wanted(char *name, int n, char **want)
{
	int i;
	usize len;

	if(n == 0)
		return 1;
	for(i = 0; i < n; i++){
		len = strlen(want[i]);
		if(strncmp(name, want[i], len) == 0 && (name[len] == 0 || name[len] == '/'))
			return 1;
	}
	return 0;
}

static void list(Entry *e)
{
	if(verbose)
		print("%c%.3uo %11lld %ud %s\n", e->type == '5' ? 'd' : '-', e->mode, e->size, e->mtime, e->name);
	else
		print("%s\n", e->name);
	copybody(e->size, -1);
}

/* below the working directory, or nil */
static char *safename(char *name)
{
	char *s, *p;

	while(*name == '/')
		name++;
	s = must(strdup(name));
	cleanname(s);
	for(p = s; p != nil; p = strchr(p, '/')){
		if(*p == '/')
			p++;
		if(strncmp(p, "..", 2) == 0 && (p[2] == 0 || p[2] == '/')){
			free(s);
			return nil;
		}
	}
	return s;
}

/* the directories on the way to a name */
static void makeparents(char *name)
{
	char *p;
	int fd;

	for(p = strchr(name, '/'); p != nil; p = strchr(p+1, '/')){
		*p = 0;
		if(access(name, AEXIST) < 0 && (fd = create(name, OREAD, DMDIR|0777)) >= 0)
			close(fd);
		*p = '/';
	}
}

static void extractdir(char *name, Entry *e)
{
	int fd;

	if(access(name, AEXIST) == 0)
		return;
	fd = create(name, OREAD, DMDIR | 0700 | e->mode);
	if(fd < 0)
		complain(name);
	else
		close(fd);
}

static void extractfile(char *name, Entry *e)
{
	Dir d;
	int fd;

	if(keep && access(name, AEXIST) == 0){
		copybody(e->size, -1);
		return;
	}
	fd = create(name, OWRITE, e->mode);
	if(fd < 0)
		complain(name);
	if(copybody(e->size, fd) < 0)
		complain(name);
	if(fd < 0)
		return;
	if(settime){
		nulldir(&d);
		d.mtime = e->mtime;
		dirfwstat(fd, &d);
	}
	if(close(fd) < 0)
		complain(name);
}

static void extract(Entry *e)
{
	char *name = safename(e->name);

	if(name == nil){
		fprint(2, "tar: %s: not below the working directory: skipped\n", e->name);
		bad = 1;
		copybody(e->size, -1);
		return;
	}
	if(verbose)
		print("%s\n", name);
	makeparents(name);
	if(e->type == '5')
		extractdir(name, e);
	else if(e->type == '0' || e->type == '7')
		extractfile(name, e);
	else{
		fprint(2, "tar: %s: a link or device: skipped\n", e->name);
		copybody(e->size, -1);
	}
	free(name);
}

static void readarchive(void (*f)(Entry*), int n, char **want)
{
	Entry e;

	while(nextentry(&e)){
		if(wanted(e.name, n, want))
			f(&e);
		else
			copybody(e.size, -1);
		free(e.name);
	}
}

/* --- writing --- */

static void writeblocks(void *p, long n)
{
	if(write(arch, p, n) != n)
		sysfatal("archive: %r");
}

static void octal(char *p, int n, uvlong v)
{
	char b[32];

	snprint(b, sizeof b, "%.*lluo", n-1, v);
	memmove(p, b, n);
}

/* sizes from 8 GB on in base 256 */
static void setsize(Hdr *h, vlong v)
{
	int i;

	if(v < 1LL<<33){
		octal(h->size, sizeof h->size, v);
		return;
	}
	for(i = 11; i > 0; i--, v >>= 8)
		h->size[i] = v;
	h->size[0] = (char)0x80;
}

static void writehdr(Hdr *h)
{
	snprint(h->chksum, sizeof h->chksum, "%.6luo", checksum(h));
	h->chksum[7] = ' ';
	writeblocks(h, Blk);
}

static void writepax(char *name)
{
	char *rec;
	Hdr h;
	long len = strlen(name) + 7, n;
	char body[Blk];

	/* the length counts its own digits */
	for(n = len + 2; snprint(body, sizeof body, "%ld", n) + len != n; n++)
		;
	rec = must(mallocz(padded(n+1), 1));
	snprint(rec, n+1, "%ld path=%s\n", n, name);
	memset(&h, 0, sizeof h);
	strcpy(h.name, "pax");
	octal(h.mode, sizeof h.mode, 0644);
	setsize(&h, n);
	h.type = 'x';
	memcpy(h.magic, "ustar\00000", 8);
	writehdr(&h);
	writeblocks(rec, padded(n));
	free(rec);
}

static int splitname(Hdr *h, char *name)
{
	usize n = strlen(name);
	char *p;

	if(n <= Nname){
		memmove(h->name, name, n);
		return 0;
	}
	for(p = strchr(name, '/'); p != nil && p - name <= Nprefix; p = strchr(p+1, '/'))
		if(strlen(p+1) <= Nname && p[1] != 0){
			memmove(h->prefix, name, p - name);
			memmove(h->name, p+1, strlen(p+1));
			return 0;
		}
	return -1;
}

static void writeentry(char *name, Dir *d)
{
	Hdr h;
	char *full = must(smprint("%s%s", name, d->mode & DMDIR ? "/" : ""));

	memset(&h, 0, sizeof h);
	if(splitname(&h, full) < 0){
		writepax(full);
		memmove(h.name, full, Nname);
	}
	free(full);
	octal(h.mode, sizeof h.mode, d->mode & 0777);
	octal(h.uid, sizeof h.uid, 0);
	octal(h.gid, sizeof h.gid, 0);
	setsize(&h, d->mode & DMDIR ? 0 : d->length);
	octal(h.mtime, sizeof h.mtime, d->mtime);
	h.type = d->mode & DMDIR ? '5' : '0';
	memcpy(h.magic, "ustar\00000", 8);
	strecpy(h.uname, h.uname + sizeof h.uname, d->uid);
	strecpy(h.gname, h.gname + sizeof h.gname, d->gid);
	writehdr(&h);
}

/* exactly size bytes, whatever the file does meanwhile */
static void writebody(int fd, char *name, vlong size)
{
	static char buf[64*Blk];
	long n, want;

	for(; size > 0; size -= want){
		want = size < (vlong)sizeof buf ? size : (vlong)sizeof buf;
		n = readn(fd, buf, want);
		if(n < want){
			fprint(2, "tar: %s: became shorter: filled with zeros\n", name);
			bad = 1;
			memset(buf + (n > 0 ? n : 0), 0, want - (n > 0 ? n : 0));
		}
		memset(buf + want, 0, padded(want) - want);
		writeblocks(buf, padded(want));
	}
}

static void add(char *name);

static void addchildren(int fd, char *name)
{
	Dir *d;
	long i, n = dirreadall(fd, &d);
	char *child;

	if(n < 0)
		complain(name);
	for(i = 0; i < n; i++){
		child = must(smprint("%s/%s", name, d[i].name));
		add(child);
		free(child);
	}
	if(n > 0)
		free(d);
}

static void add(char *name)
{
	Dir *d;
	int fd = open(name, OREAD);

	if(fd < 0){
		complain(name);
		return;
	}
	d = dirfstat(fd);
	if(d == nil)
		complain(name);
	else{
		if(verbose)
			fprint(2, "%s\n", name);
		writeentry(name, d);
		if(d->mode & DMDIR)
			addchildren(fd, name);
		else
			writebody(fd, name, d->length);
	}
	free(d);
	close(fd);
}

/* the archive goes through gzip or comes from gunzip */
static int filter(char *cmd, int fd, int reading)
{
	int p[2];

	if(pipe(p) < 0)
		sysfatal("pipe: %r");
	switch(fork()){
	case -1:
		sysfatal("fork: %r");
	case 0:
		dup(reading ? fd : p[1], 0);
		dup(reading ? p[1] : fd, 1);
		close(p[0]);
		close(p[1]);
		execl("/bin/gzip", cmd, reading ? "-dc" : "-c", nil);
		sysfatal("gzip: %r");
	}
	close(p[1]);
	return p[0];
}

static void usage(void)
{
	fprint(2, "usage: tar {ctx}[fkTvz] [archive] [file ...]\n");
	exits("usage");
}

int main(int argc, char **argv)
{
	char *key, *file = nil, zero[2*Blk];
	int op = 0, gz = 0, i;
	Waitmsg *w;

	if(argc < 2)
		usage();
	argv++;
	argc--;
	for(key = *argv[0] == '-' ? argv[0]+1 : argv[0]; *key != 0; key++)
		switch(*key){
		case 'c': case 't': case 'x':
			op = *key;
			break;
		case 'f':
			if(argc < 2)
				usage();
			file = argv[1];
			argv[1] = argv[0];
			argv++;
			argc--;
			break;
		case 'k':
			keep = 1;
			break;
		case 'T':
			settime = 1;
			break;
		case 'v':
			verbose = 1;
			break;
		case 'z':
			gz = 1;
			break;
		default:
			usage();
		}
	argv++;
	argc--;
	if(op == 'c')
		arch = file ? create(file, OWRITE, 0666) : 1;
	else
		arch = file ? open(file, OREAD) : 0;
	if(arch < 0)
		sysfatal("%s: %r", file);
	if(gz)
		arch = filter("gzip", arch, op != 'c');
	switch(op){
	case 'c':
		for(i = 0; i < argc; i++)
			add(argv[i]);
		memset(zero, 0, sizeof zero);
		writeblocks(zero, sizeof zero);
		break;
	case 't':
		readarchive(list, argc, argv);
		break;
	case 'x':
		readarchive(extract, argc, argv);
		break;
	default:
		usage();
	}
	close(arch);
	if(gz){
		w = wait();
		if(w != nil && w->msg[0] != 0)
			bad = 1;
	}
	exits(bad ? "errors" : nil);
}
