/*
 * memtest: runs in the system and tests memory: copies on write, segments,
 * stacks, programs good and bad, what happens when memory runs out, programs
 * that come from servers, and the vector registers.
 *
 *	memtest own-file [name ...]
 *
 * As in proctest, each test is a function in a child of its own that calls
 * need for what must hold.  After each, reserved memory and the number of
 * processes must be what they were.
 */
#include <u.h>
#include <libc.h>

#define need(e) do{ if(!(e)) fail(__LINE__, #e); }while(0)

enum { Page = 4096, MB = 1024*1024, Slack = 8*MB/Page };

static char *self;	/* this program's file */

static void noreturn_ fail(int line, char *what)
{
	char err[ERRMAX];

	rerrstr(err, sizeof err);
	fprint(2, "memtest.c:%d: %s [%s]\n", line, what, err);
	exits("failed");
}

static int errhas(char *s)
{
	char err[ERRMAX];

	rerrstr(err, sizeof err);
	if(strstr(err, s) != nil)
		return 1;
	return 0;
}

static int child(void (*f)(void*), void *arg, int flags)
{
	int pid;

	pid = rfork(RFPROC|flags);
	need(pid >= 0);
	if(pid == 0){
		f(arg);
		exits("");
	}
	return pid;
}

/* waits for that child; its message without the name and number */
static char *waitmsg(int pid)
{
	Waitmsg *w;
	char *s;

	for(;;){
		w = wait();
		need(w != nil);
		if(w->pid == pid)
			break;
		free(w);
	}
	s = strchr(w->msg, ':');
	return s ? s+2 : w->msg;
}

/* waits for n children, all with that message */
static void waitall(int n, char *want)
{
	Waitmsg *w;
	char *s;

	for(; n > 0; n--){
		w = wait();
		need(w != nil);
		s = strchr(w->msg, ':');
		need(strcmp(s ? s+2 : w->msg, want) == 0);
		free(w);
	}
}

static void ctl1(int pid, char *file, char *msg)
{
	char name[64];
	int fd;

	snprint(name, sizeof name, "/proc/%d/%s", pid, file);
	fd = open(name, OWRITE);
	if(fd >= 0){
		write(fd, msg, strlen(msg));
		close(fd);
	}
}

static void ctl(int pid, char *msg)
{
	ctl1(pid, "ctl", msg);
}

static void kill1(int pid)
{
	ctl1(pid, "notepg", "kill");
	ctl1(pid, "ctl", "kill");
}

/* a note for this process's group but itself */
static void notegroup(void)
{
	ctl1(getpid(), "notepg", "enough");
}

static int mkdir1(char *name)
{
	int fd;

	fd = create(name, OREAD, DMDIR|0777);
	if(fd < 0)
		return 0;
	close(fd);
	return 1;
}

static void quiet(void)
{
	close(2);
	open("/dev/null", OWRITE);
}

/* f in a child that breaks: its note begins so, and it is cleared away */
static void breaks(void (*f)(void*), void *arg, char *note)
{
	char *msg;
	int pid;

	pid = child(f, arg, RFFDG);
	msg = waitmsg(pid);
	if(strncmp(msg, note, strlen(note)) != 0){
		fprint(2, "it says: %s, not %s\n", msg, note);
		need(!"the note");
	}
	ctl(pid, "kill");
}

static void writefile(char *name, void *p, long n)
{
	int fd;

	fd = create(name, OWRITE, 0777);
	need(fd >= 0);
	need(write(fd, p, n) == n);
	close(fd);
}

static void copyself(char *to)
{
	static char buf[65536];
	int in, out;
	long n;

	in = open(self, OREAD);
	out = create(to, OWRITE, 0777);
	need(in >= 0 && out >= 0);
	while((n = read(in, buf, sizeof buf)) > 0)
		need(write(out, buf, n) == n);
	need(n == 0);
	close(in);
	close(out);
}

/* --- fork --- */

enum { Many = 1000 };
static ulong big[Many*Page/sizeof(ulong)];

static ulong *slot(int page)
{
	return &big[page*Page/sizeof(ulong) + page%512];
}

static void cowchild(void *arg)
{
	int i, fd, *p;
	char c;

	p = arg;
	fd = p[1];
	for(i = 0; i < Many; i++){
		need(*slot(i) == (ulong)i+1);
		if(i%3 == 0)
			*slot(i) = i+1000000;
	}
	need(write(fd, "x", 1) == 1);
	need(read(fd, &c, 1) == 1);	/* the parent has written */
	for(i = 0; i < Many; i++)
		need(*slot(i) == (ulong)(i%3 == 0 ? i+1000000 : i+1));
	exits("kept");
}

static void tcow(void)
{
	int p[2], i, n;
	char c;

	for(i = 0; i < Many; i++)
		*slot(i) = i+1;
	need(pipe(p) >= 0);
	for(n = 0; n < 3; n++)
		child(cowchild, p, 0);
	for(n = 0; n < 3; n++)
		need(read(p[0], &c, 1) == 1);
	for(i = 0; i < Many; i++){
		need(*slot(i) == (ulong)i+1);
		if(i%2 == 0)
			*slot(i) = i+2000000;
	}
	need(write(p[0], "y", 1) == 1 && write(p[0], "y", 1) == 1 && write(p[0], "y", 1) == 1);
	waitall(3, "kept");
	for(i = 0; i < Many; i++)
		need(*slot(i) == (ulong)(i%2 == 0 ? i+2000000 : i+1));
}

/* generations, each with the pages of all before */
static void generation(void *arg)
{
	int n, i;

	n = (int)(uintptr)arg;
	for(i = 0; i < 100; i++){
		need(*slot(i) == (ulong)(i < n ? 7000+i : 0));
		if(i == n)
			*slot(i) = 7000+i;
	}
	if(n < 8)
		need(strcmp(waitmsg(child(generation, (void*)(uintptr)(n+1), 0)), "") == 0);
	for(i = 0; i < 100; i++)
		need(*slot(i) == (ulong)(i <= n ? 7000+i : 0));
}

static void tgenerations(void)
{
	memset(big, 0, sizeof big);
	generation(nil);
}

/* a system call's buffer in shared pages: the copy is the caller's alone */
static void readchild(void *arg)
{
	USED(arg);
	need(big[0] == 0 && big[512] == 0);
}

static void treadcow(void)
{
	int pid, fd, i;

	memset(big, 0, 64*Page);
	for(i = 0; i < 20; i++){
		pid = child(readchild, nil, 0);
		fd = open(self, OREAD);
		need(read(fd, big, 64*Page) == 64*Page);
		need(memcmp(big, "\177ELF", 4) == 0);
		close(fd);
		need(strcmp(waitmsg(pid), "") == 0);
		memset(big, 0, 64*Page);
	}
}

static void sharer(void *arg)
{
	int i;

	for(i = (int)(uintptr)arg; i < Many; i += 4)
		*slot(i) = i*5;
	if(arg == nil)
		sbrk(8*Page);
}

static void trfmem(void)
{
	char *end;
	int i;

	memset(big, 0, sizeof big);
	end = sbrk(0);
	for(i = 0; i < 4; i++)
		child(sharer, (void*)(uintptr)i, RFMEM);
	waitall(4, "");
	for(i = 0; i < Many; i++)
		need(*slot(i) == (ulong)i*5);
	need((char*)sbrk(0) == end+8*Page);	/* libc's own idea is shared */
	memset(end, 1, 8*Page);			/* and the kernel's */
}

/* --- segments --- */

static void touch(void *arg)
{
	quiet();
	*(volatile char*)arg = 1;
}

static void look(void *arg)
{
	quiet();
	(void)*(volatile char*)arg;
}

static int allare(char *p, long n, int c)
{
	long i;

	for(i = 0; i < n; i++)
		if(p[i] != c)
			return 0;
	return 1;
}

static void tbrk(void)
{
	char *a;

	a = (char*)(((uintptr)sbrk(0) + Page-1) & ~(uintptr)(Page-1));
	need(brk(a + MB) == 0);
	need(allare(a, MB, 0));
	memset(a, 7, MB);
	need(brk(a + Page) == 0);
	need(allare(a, Page, 7));
	breaks(touch, a+Page, "sys: trap: fault write");
	need(brk(a + MB) == 0);
	need(allare(a+Page, MB-Page, 0));
	need(brk((void*)0x7fffffffffff0000UL) < 0);
	need(brk((void*)~0UL) < 0);
	need(brk((void*)16) < 0);
	need(allare(a, Page, 7));
	need(brk(a) == 0);
}

static void tattach(void)
{
	char *m, *s, *x;

	need(segattach(0, "nonsense", nil, Page) == (void*)-1);
	need(segattach(0, "memory", nil, 0) == (void*)-1);
	need(segattach(0x1000, "memory", nil, Page) == (void*)-1);
	need(segattach(0, "memory", (void*)0xffff800000000000UL, Page) == (void*)-1);
	need(segattach(0, "memory", nil, 1UL<<62) == (void*)-1);
	need(segattach(0, (char*)16, nil, Page) == (void*)-1);
	m = segattach(0, "memory", nil, 10*Page);
	s = segattach(0, "shared", nil, 10*Page);
	need(m != (void*)-1 && s != (void*)-1 && m != s);
	need(allare(m, 10*Page, 0) && allare(s, 10*Page, 0));
	need(segattach(0, "memory", m-Page, 2*Page) == (void*)-1 && errhas("overlap"));
	need(segattach(0, "memory", (void*)tattach, Page) == (void*)-1 && errhas("overlap"));
	x = segattach(0, "memory", (void*)0x10000000000UL, 2*Page);
	need(x == (void*)0x10000000000UL);
	waitmsg(child(touch, m, 0));
	waitmsg(child(touch, s, 0));
	need(m[0] == 0 && s[0] == 1);	/* a copy, and the same */
	memset(m, 3, 10*Page);
	memset(s, 3, 10*Page);
	need(segfree(m+10, 3*Page) == 0 && segfree(s+Page, 2*Page) == 0);
	need(allare(m, Page, 3) && allare(m+Page, 2*Page, 0) && allare(m+3*Page, 7*Page, 3));
	need(allare(s, Page, 3) && allare(s+Page, 2*Page, 0) && allare(s+3*Page, 7*Page, 3));
	need(segfree(m, 11*Page) < 0 && segfree((void*)16, Page) < 0 && segfree(m, ~0UL) < 0);
	need(segflush(m, 10*Page) == 0 && segflush((void*)16, 1) < 0 && segflush(m, ~0UL) < 0);
	need(segbrk(s, s+20*Page) == (void*)-1 || m != s+10*Page);
	need(segdetach(m) == 0 && segdetach(x+Page) == 0);
	need(segdetach(m) < 0 && segdetach((void*)tattach) < 0 && segdetach(&m) < 0);
	breaks(look, m, "sys: trap: fault read");
	breaks(touch, x, "sys: trap: fault write");
	need(segdetach(s) == 0);
}

static void treadonly(void)
{
	char *m;
	int fd;

	m = segattach(SG_RONLY, "shared", nil, 2*Page);
	need(m != (void*)-1 && m[0] == 0);
	breaks(touch, m, "sys: trap: fault write");
	fd = open(self, OREAD);
	need(read(fd, m, 16) < 0);	/* nor does the kernel write there */
	need(allare(m, 2*Page, 0));
}

static void ttoomany(void)
{
	int i, pid;
	char *m;

	for(i = 0; i < 100; i++){
		m = segattach(0, "memory", nil, Page);
		if(m == (void*)-1)
			break;
		*m = i;
	}
	need(i > 5 && i < 100 && errhas("too many"));
	pid = child(look, &m, 0);
	need(strcmp(waitmsg(pid), "") == 0);
}

/* --- named segments --- */

static void control(char *name, char *msg, int ok)
{
	char file[64];
	int fd;

	snprint(file, sizeof file, "#g/%s/ctl", name);
	fd = open(file, OWRITE);
	need(fd >= 0);
	need((write(fd, msg, strlen(msg)) >= 0) == ok);
	close(fd);
}

static void attacher(void *arg)
{
	ulong *p;

	p = segattach(0, arg, nil, 0);
	need(p == (ulong*)0x20000000000UL);
	need(p[5] == 42);
	p[6] = 43;
	need(semrelease((long*)&p[7], 1) >= 0);
	exits("seen");
}

static void tnamed(void)
{
	char buf[64];
	ulong *p, v;
	int fd, pid;

	fd = create("#g/memtest", OREAD, DMDIR|0700);
	need(fd >= 0);
	close(fd);
	need(create("#g/memtest", OREAD|OEXCL, DMDIR|0700) < 0);
	need(create("#g/memory", OREAD, DMDIR|0700) < 0);
	need(create("#g/file", OWRITE, 0600) < 0);
	need(segattach(0, "memtest", nil, 0) == (void*)-1);
	need(open("#g/memtest/data", OREAD) < 0);
	control("memtest", "va nonsense 1", 0);
	control("memtest", "va 0 4096", 0);
	control("memtest", "va 0x20000000000 0", 0);
	control("memtest", "va 0x20000000000 0xfffffffffffff", 0);
	control("memtest", "va 0x20000000000 8192", 1);
	control("memtest", "va 0x20000000000 8192", 0);
	p = segattach(0, "memtest", nil, 0);
	need(p == (ulong*)0x20000000000UL);
	p[5] = 42;
	need(segdetach(p) == 0);
	pid = child(attacher, "memtest", 0);
	p = segattach(0, "memtest", nil, 0);
	need(semacquire((long*)&p[7], 1) == 1);
	need(strcmp(waitmsg(pid), "seen") == 0 && p[6] == 43);
	fd = open("#g/memtest/data", ORDWR);
	need(fd >= 0);
	need(pread(fd, &v, 8, 48) == 8 && v == 43);
	v = 99;
	need(pwrite(fd, &v, 8, 4096) == 8 && p[512] == 99);
	need(pread(fd, buf, 64, 8192-10) == 10 && pread(fd, buf, 64, 8192) == 0);
	need(pwrite(fd, buf, 1, 8192) < 0);
	need(remove("#g/memtest") == 0);
	need(access("#g/memtest", AEXIST) < 0);
	p[512] = 77;
	need(pread(fd, &v, 8, 4096) == 8 && v == 77);
	need(segdetach(p) == 0);
	need(pread(fd, &v, 8, 4096) == 8 && v == 77);
	close(fd);
}

/* --- stack and text --- */

static int deep(int n)
{
	volatile char pad[Page];
	int r;

	pad[0] = n;
	pad[Page-1] = n;
	r = n == 0 ? 0 : deep(n-1)+1;
	return r + pad[0] - (char)n;
}

static void deepchild(void *arg)
{
	quiet();
	deep((int)(uintptr)arg);
	exits("came back");
}

static void jump(void *arg)
{
	USED(arg);
	quiet();
	/* far below the stack pointer, but in its range */
	*(volatile char*)((uintptr)&arg - 15*MB) = 1;
}

static void tstack(void)
{
	int pid;

	need(deep(1500) == 1500);
	pid = child(deepchild, (void*)3000, 0);
	need(strcmp(waitmsg(pid), "came back") == 0);
	breaks(deepchild, (void*)1000000, "sys: ");
	pid = child(jump, nil, RFFDG);
	waitmsg(pid);
	ctl(pid, "kill");
	breaks(touch, (void*)((uintptr)&pid - 17*MB), "sys: trap: fault write");
}

static void runbytes(void *arg)
{
	quiet();
	((void (*)(void))arg)();
}

static void ttext(void)
{
	char *m;
	int fd;

	breaks(touch, (void*)ttext, "sys: trap: fault write");
	fd = open(self, OREAD);
	need(read(fd, (void*)ttext, 16) < 0);
	close(fd);
	breaks(runbytes, big, "sys: trap: fault");	/* data is not executed */
	m = segattach(0, "memory", nil, Page);
	*m = (char)0xc3;
	breaks(runbytes, m, "sys: trap: fault");
	breaks(look, (void*)0xffffffff80200000UL, "sys: trap: ");
	breaks(look, (void*)0x1234567812345678UL, "sys: trap: ");
}

/* --- exec --- */

static int execfails(char *name)
{
	char *argv[2];
	Waitmsg *w;
	int pid, r;

	argv[0] = name;
	argv[1] = nil;
	pid = rfork(RFPROC|RFFDG);
	if(pid == 0){
		quiet();
		exec(name, argv);
		exits("refused");
	}
	w = wait();
	need(w != nil && w->pid == pid);
	r = strstr(w->msg, "refused") != nil;
	free(w);
	return r;
}

static uchar image[256*1024];
static long imagelen;

static void put(int off, int n, u64int v)
{
	for(; n > 0; n--, v >>= 8)
		image[off++] = v;
}

static void loadself(void)
{
	int fd;
	long n;

	fd = open(self, OREAD);
	need(fd >= 0);
	for(imagelen = 0; (n = read(fd, image+imagelen, sizeof image - imagelen)) > 0; )
		imagelen += n;
	need(n == 0 && imagelen > 64*2);
	close(fd);
}

static void badimage(int off, int n, u64int v)
{
	uchar save[8];

	memmove(save, image+off, n);
	put(off, n, v);
	writefile("/tmp/memtest.bad", image, imagelen);
	if(!execfails("/tmp/memtest.bad")){
		fprint(2, "offset %d of the program's head: %#llux\n", off, (uvlong)v);
		need(!"refused");
	}
	memmove(image+off, save, n);
}

static void tbadelf(void)
{
	int ph, i;
	long n;

	need(execfails("/no/such/file") && execfails("/tmp") && execfails("/dev/null"));
	writefile("/tmp/memtest.bad", "", 0);
	need(execfails("/tmp/memtest.bad"));
	loadself();
	for(n = 1; n < 256; n = n*3/2+1){
		writefile("/tmp/memtest.bad", image, n);
		need(execfails("/tmp/memtest.bad"));
	}
	ph = 64;
	badimage(0, 4, 0x12345678);		/* not the magic number */
	badimage(4, 1, 1);			/* 32 bits */
	badimage(18, 2, 0xb7);			/* another machine */
	badimage(24, 8, 0);			/* entry nowhere */
	badimage(24, 8, 0xffffffff80200000UL);	/* in the kernel */
	badimage(32, 8, ~0UL);			/* program headers elsewhere */
	badimage(32, 8, 1UL<<40);
	badimage(54, 2, 1);			/* their size */
	badimage(56, 2, 0);			/* their number */
	badimage(56, 2, 0xffff);
	for(i = 0; i < 2; i++){
		badimage(ph+16, 8, 0xffff800000000000UL);	/* address */
		badimage(ph+32, 8, ~0UL);		/* size in the file */
		badimage(ph+40, 8, ~0UL);		/* in memory */
		badimage(ph+40, 8, 1UL<<46);
		badimage(ph+40, 8, 0);
		badimage(ph+8, 8, 1UL<<63);		/* where in the file */
	}
	remove("/tmp/memtest.bad");
}

/* noise is refused, or breaks what it starts, and nothing else */
static void tgarbage(void)
{
	uchar save[256];
	uint seed;
	int i, j, pid;

	loadself();
	memmove(save, image, sizeof save);
	seed = 1;
	for(i = 0; i < 60; i++){
		for(j = 0; j < 3; j++){
			seed = seed*1664525 + 1013904223;
			image[4 + (seed>>8)%250] = seed>>24;
		}
		writefile("/tmp/memtest.bad", image, imagelen);
		pid = rfork(RFPROC|RFFDG|RFNOTEG);
		need(pid >= 0);
		if(pid == 0){
			quiet();
			execl("/tmp/memtest.bad", "bad", "-args", "x", nil);
			exits("refused");
		}
		sleep(5);
		kill1(pid);
		waitmsg(pid);
		memmove(image, save, sizeof save);
		remove("/tmp/memtest.bad");
	}
}

/* exits with its arguments as the message */
static void sayargs(char **argv)
{
	char buf[ERRMAX], *p;

	p = buf;
	for(*p = 0; *argv != nil; argv++)
		p = seprint(p, buf+sizeof buf, "%s,", *argv);
	exits(buf);
}

/* the message of the program name, called with arguments a and b */
static char *says(char *name, char *a, char *b)
{
	int pid;

	pid = rfork(RFPROC|RFFDG);
	need(pid >= 0);
	if(pid == 0){
		char err[ERRMAX];
		quiet();
		execl(name, "zero", a, b, nil);
		rerrstr(err, sizeof err);
		exits(err);
	}
	return waitmsg(pid);
}

static void script(char *name, char *text)
{
	writefile(name, text, strlen(text));
}

static void tscript(void)
{
	static char line[600];
	char buf[256];

	snprint(buf, sizeof buf, "#!%s -args one\ttwo\nrest\n", self);
	script("/tmp/m.s", buf);
	need(strcmp(says("/tmp/m.s", "a b", "c"), "one,two,/tmp/m.s,a b,c,") == 0);
	need(strcmp(says("/tmp/m.s", nil, nil), "one,two,/tmp/m.s,") == 0);
	snprint(buf, sizeof buf, "#!  %s -args", self);
	script("/tmp/m.s", buf);	/* no newline */
	need(strcmp(says("/tmp/m.s", "x", nil), "/tmp/m.s,x,") == 0);
	script("/tmp/m.t", "#!/tmp/m.s\n");
	need(strstr(says("/tmp/m.t", nil, nil), "script") != nil);
	script("/tmp/m.s", "#!/tmp/m.s\n");	/* itself */
	need(strstr(says("/tmp/m.s", nil, nil), "script") != nil);
	script("/tmp/m.s", "#!\n");
	need(strstr(says("/tmp/m.s", nil, nil), "interpreter") != nil);
	script("/tmp/m.s", "#! \t \nx");
	need(strstr(says("/tmp/m.s", nil, nil), "interpreter") != nil);
	script("/tmp/m.s", "#!/no/such/program\n");
	need(strstr(says("/tmp/m.s", nil, nil), "not exist") != nil);
	script("/tmp/m.s", "#!/tmp\n");
	need(strcmp(says("/tmp/m.s", nil, nil), "") != 0);
	memset(line, 'x', sizeof line - 1);
	line[0] = '#';
	line[1] = '!';
	script("/tmp/m.s", line);
	need(strstr(says("/tmp/m.s", nil, nil), "long") != nil);
	remove("/tmp/m.s");
	remove("/tmp/m.t");
}

/* exits with the number of its arguments and their bytes */
static void countargs(char **argv)
{
	char buf[64];
	long n, len;

	len = 0;
	for(n = 0; argv[n] != nil; n++)
		len += strlen(argv[n])+1;
	snprint(buf, sizeof buf, "%ld %ld", n, len);
	exits(buf);
}

static char *callmany(long n, long each)
{
	static char *argv[300000], *s;
	char err[ERRMAX];
	int pid;
	long i;

	s = realloc(s, each);
	memset(s, 'y', each-1);
	s[each-1] = 0;
	argv[0] = self;
	argv[1] = "-count";
	for(i = 0; i < n; i++)
		argv[i+2] = s;
	argv[i+2] = nil;
	pid = rfork(RFPROC|RFFDG);
	need(pid >= 0);
	if(pid == 0){
		quiet();
		exec(self, argv);
		rerrstr(err, sizeof err);
		exits(err);
	}
	return waitmsg(pid);
}

static void targs(void)
{
	long ok, bad, mid;
	char want[64], *s;

	need(strcmp(callmany(1000, 100), "1000 100000") == 0);
	need(strcmp(callmany(1, 400000), "1 400000") == 0);
	need(strstr(callmany(1, 600000), "too long") != nil);
	need(strstr(callmany(250000, 1), "too long") != nil);
	/* at the very limit there is either all of it or an error */
	for(ok = 1000, bad = 100000; bad-ok > 1; ){
		mid = (ok+bad)/2;
		s = callmany(mid, 10);
		snprint(want, sizeof want, "%ld %ld", mid, mid*10);
		if(strcmp(s, want) == 0)
			ok = mid;
		else{
			need(strstr(s, "too long") != nil);
			bad = mid;
		}
	}
	need(ok > 20000);
}

/* --- no more memory --- */

static long takeall(long step)
{
	char *p;
	long n, i;

	for(n = 0; (p = sbrk(step)) != (void*)-1; n++){
		need(n < 100000);
		for(i = 0; i < step; i += Page)
			p[i] = n;
	}
	need(errhas("memory"));
	return n;
}

static void taker(void *arg)
{
	int *p;
	char c;

	p = arg;
	takeall(MB);
	takeall(Page);
	need(rfork(RFPROC) < 0);	/* no room for another such */
	need(segattach(0, "memory", nil, 64*MB) == (void*)-1);
	execl(self, "x", "-args", "y", nil);	/* may work, or fail */
	if(p != nil){
		write(p[1], "x", 1);
		read(p[1], &c, 1);
	}
	exits("full");
}

static void tone(void)
{
	char *s;
	int i;

	for(i = 0; i < 3; i++){
		s = waitmsg(child(taker, nil, 0));
		need(strcmp(s, "full") == 0 || strcmp(s, "y,") == 0);
	}
}

static void hog(void *arg)
{
	int *p;
	char c;

	p = arg;
	takeall(MB);
	takeall(64*1024);
	write(p[1], "x", 1);
	read(p[1], &c, 1);
	exits("full");
}

static void tmanyhogs(void)
{
	int p[2], i, n, pid;
	char c;

	need(pipe(p) >= 0);
	for(i = 0; i < 8; i++){
		pid = rfork(RFPROC);
		if(pid < 0)
			break;
		if(pid == 0){
			hog(p);
			exits("");
		}
	}
	n = i;
	need(n > 0);
	for(i = 0; i < n; i++)
		need(read(p[0], &c, 1) == 1);
	/* this process lives on what it has */
	*slot(0) = 1;
	need(open(self, OREAD) >= 0);
	for(i = 0; i < n; i++)
		need(write(p[0], "y", 1) == 1);
	waitall(n, "full");
}

static void forkbomb(void *arg)
{
	int i, n;

	USED(arg);
	memset(big, 1, sizeof big);
	for(i = 0; i < 1000; i++)
		switch(rfork(RFPROC|RFNOWAIT)){
		case 0:
			for(n = 0; n < Many; n++)
				*slot(n) = i;
			for(;;)
				sleep(100000);
		case -1:
			notegroup();
			exits("limited");
		}
	exits("no limit");
}

static void tforks(void)
{
	need(strcmp(waitmsg(child(forkbomb, nil, RFNOTEG)), "limited") == 0);
}

/* a file in memory that grows until it cannot; then others can again */
static void tramfs(void)
{
	static char buf[MB];
	vlong n;
	int fd;

	fd = create("/tmp/memtest.big", ORDWR|ORCLOSE, 0600);
	need(fd >= 0);
	for(n = 0; n < 4096LL*MB && write(fd, buf, sizeof buf) == sizeof buf; n += sizeof buf)
		;
	need(n < 4096LL*MB && n > MB);
	close(fd);
	need(access("/tmp/memtest.big", AEXIST) < 0);
	need(strcmp(says(self, "-args", "fine"), "fine,") == 0);
}

/* --- programs from servers --- */

/* a ramfs at that place, run from that file; a process group of its own */
static int serve(char *prog, char *where)
{
	int p[2], pid;

	need(pipe(p) >= 0);
	pid = rfork(RFPROC|RFFDG|RFNOTEG|RFNAMEG);
	need(pid >= 0);
	if(pid == 0){
		dup(p[0], 0);
		dup(p[0], 1);
		close(p[0]);
		close(p[1]);
		execl(prog, "ramfs", "-i", nil);
		exits("exec");
	}
	close(p[0]);
	need(mount(p[1], -1, where, MREPL|MCREATE, "") >= 0);
	close(p[1]);
	return pid;
}

static void copyfile(char *from, char *to)
{
	char *old;

	old = self;
	self = from;
	copyself(to);
	self = old;
}

/* far writes a byte when it runs, and goes on when it gets one */
static int startfar(char *prog, int *fd)
{
	int p[2], pid;
	char c;

	need(pipe(p) >= 0);
	pid = rfork(RFPROC|RFFDG|RFNOTEG);
	need(pid >= 0);
	if(pid == 0){
		dup(p[0], 0);
		dup(p[0], 1);
		close(p[0]);
		close(p[1]);
		quiet();
		execl(prog, "far", nil);
		exits("exec");
	}
	close(p[0]);
	*fd = p[1];
	need(read(*fd, &c, 1) == 1);
	return pid;
}

static void tnested(void)
{
	int a, b, c, fd;

	copyfile("/bin/ramfs", "/tmp/ramfs");
	need(mkdir1("/tmp/a") && mkdir1("/tmp/b"));
	a = serve("/tmp/ramfs", "/tmp/a");
	copyfile("/bin/ramfs", "/tmp/a/ramfs");
	b = serve("/tmp/a/ramfs", "/tmp/b");
	copyfile("/n/host/far", "/tmp/b/far");
	c = startfar("/tmp/b/far", &fd);
	need(write(fd, "x", 1) == 1);
	need(strcmp(waitmsg(c), "right") == 0);
	close(fd);
	/* a second run finds what was kept of the first */
	c = startfar("/tmp/b/far", &fd);
	need(write(fd, "x", 1) == 1);
	need(strcmp(waitmsg(c), "right") == 0);
	close(fd);
	need(unmount(nil, "/tmp/b") >= 0);
	waitmsg(b);
	need(unmount(nil, "/tmp/a") >= 0);
	waitmsg(a);
	need(remove("/tmp/a") >= 0 && remove("/tmp/b") >= 0 && remove("/tmp/ramfs") >= 0);
}

static void tdeadserver(void)
{
	int s, c, fd;
	char *msg;

	need(mkdir1("/tmp/a"));
	s = serve("/bin/ramfs", "/tmp/a");
	copyfile("/n/host/far", "/tmp/a/far");
	c = startfar("/tmp/a/far", &fd);
	kill1(s);
	waitmsg(s);
	need(write(fd, "x", 1) == 1);
	msg = waitmsg(c);
	need(strncmp(msg, "sys: ", 5) == 0);
	kill1(c);
	close(fd);
	need(access("/tmp/a/far", AEXIST) < 0);
	need(unmount(nil, "/tmp/a") >= 0);
	need(remove("/tmp/a") >= 0);
}

/* while it waits for the page, and the server is stopped: only a kill ends it */
static void tsilentserver(void)
{
	int s, c, fd;

	need(mkdir1("/tmp/a"));
	s = serve("/bin/ramfs", "/tmp/a");
	copyfile("/n/host/far", "/tmp/a/far");
	c = startfar("/tmp/a/far", &fd);
	/* it stops as soon as it is asked for something */
	if(rfork(RFPROC|RFNOWAIT|RFFDG) == 0){
		ctl(s, "stop");
		exits(nil);
	}
	sleep(50);
	need(write(fd, "x", 1) == 1);
	sleep(200);
	ctl(c, "kill");
	need(strcmp(waitmsg(c), "killed") == 0);
	close(fd);
	kill1(s);
	waitmsg(s);
	unmount(nil, "/tmp/a");
	need(remove("/tmp/a") >= 0);
}

static void ttruncated(void)
{
	int c, n;
	char *msg;
	Dir *d, w;

	copyfile("/n/host/far", "/tmp/far");
	d = dirstat("/tmp/far");
	need(d != nil);
	nulldir(&w);
	w.length = d->length/2;
	need(dirwstat("/tmp/far", &w) >= 0);
	for(n = 0; n < 2; n++){
		c = rfork(RFPROC|RFFDG|RFNOTEG);
		if(c == 0){
			int p[2];
			quiet();
			need(pipe(p) >= 0);
			dup(p[0], 0);
			dup(p[0], 1);
			write(p[1], "x", 1);
			execl("/tmp/far", "far", nil);
			exits("refused");
		}
		msg = waitmsg(c);
		need(strcmp(msg, "refused") == 0 || strncmp(msg, "sys: ", 5) == 0);
		kill1(c);
	}
	need(remove("/tmp/far") >= 0);
}

/* --- vector registers --- */

static int hasavx(void)
{
	u32int a, b, c, d;

	a = 1;
	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
	return (c & 1<<27) != 0 && (c & 1<<28) != 0;
}

#define LOAD "vmovdqu (%0), %%ymm0\n vmovdqu 32(%0), %%ymm1\n vmovdqu 64(%0), %%ymm7\n vmovdqu 96(%0), %%ymm15\n"
#define STORE "vmovdqu %%ymm0, (%1)\n vmovdqu %%ymm1, 32(%1)\n vmovdqu %%ymm7, 64(%1)\n vmovdqu %%ymm15, 96(%1)\n"
#define SLOAD "movdqu (%0), %%xmm0\n movdqu 32(%0), %%xmm1\n movdqu 64(%0), %%xmm7\n movdqu 96(%0), %%xmm15\n"
#define SSTORE "movdqu %%xmm0, (%1)\n movdqu %%xmm1, 32(%1)\n movdqu %%xmm7, 64(%1)\n movdqu %%xmm15, 96(%1)\n"
#define TURNS "mov $3000000, %%rcx\n 1: dec %%rcx\n jnz 1b\n"

static volatile int nwipe;

static void wipe(void *u, char *note)
{
	USED(u);
	USED(note);
	if(hasavx())
		__asm__ volatile("vpcmpeqb %%xmm0, %%xmm0, %%xmm0\n vzeroall" ::: "memory");
	else
		__asm__ volatile("pxor %%xmm0, %%xmm0\n pxor %%xmm1, %%xmm1\n pxor %%xmm7, %%xmm7\n"
			"pxor %%xmm15, %%xmm15" ::: "xmm0", "xmm1", "xmm7", "xmm15");
	nwipe++;
	alarm(3);
	noted(NCONT);
}

static void vector(void *arg)
{
	uchar in[128], out[128];
	int i, j, avx;

	avx = hasavx();
	nwipe = 0;
	if((uintptr)arg % 2 == 0){
		notify(wipe);
		alarm(3);
	}
	for(i = 0; i < 30; i++){
		for(j = 0; j < 128; j++)
			in[j] = i*7 + j*3 + (int)(uintptr)arg*29;
		memset(out, 0, sizeof out);
		if(avx)
			__asm__ volatile(LOAD TURNS STORE :: "r"(in), "r"(out)
				: "rcx", "cc", "memory", "xmm0", "xmm1", "xmm7", "xmm15");
		else
			__asm__ volatile(SLOAD TURNS SSTORE :: "r"(in), "r"(out)
				: "rcx", "cc", "memory", "xmm0", "xmm1", "xmm7", "xmm15");
		for(j = 0; j < 128; j++)
			need((!avx && j%32 >= 16) || out[j] == in[j]);
	}
	alarm(0);
	need((uintptr)arg % 2 == 1 || nwipe > 3);
}

static void tvector(void)
{
	int i;

	for(i = 0; i < 6; i++)
		child(vector, (void*)(uintptr)i, 0);
	waitall(6, "");
}

/* --- all of it --- */

/* files: the heap of a ramfs may grow, and stays */
static struct { char *name; void (*f)(void); int files; } tests[] = {
	{ "cow", tcow, 0 }, { "generations", tgenerations, 0 }, { "readcow", treadcow, 0 }, { "rfmem", trfmem, 0 },
	{ "brk", tbrk, 0 }, { "attach", tattach, 0 }, { "readonly", treadonly, 0 }, { "toomany", ttoomany, 0 },
	{ "named", tnamed, 0 }, { "stack", tstack, 0 }, { "text", ttext, 0 },
	{ "badelf", tbadelf, 1 }, { "garbage", tgarbage, 1 }, { "script", tscript, 1 }, { "args", targs, 0 },
	{ "one", tone, 0 }, { "manyhogs", tmanyhogs, 0 }, { "forks", tforks, 0 }, { "ramfs", tramfs, 1 },
	{ "nested", tnested, 1 }, { "deadserver", tdeadserver, 1 }, { "silentserver", tsilentserver, 1 },
	{ "truncated", ttruncated, 1 }, { "vector", tvector, 0 },
};

static long reserved(void)
{
	char buf[512], *p;
	int fd;
	long n;

	fd = open("/dev/swap", OREAD);
	need(fd >= 0);
	n = read(fd, buf, sizeof buf - 1);
	need(n > 0);
	close(fd);
	buf[n] = 0;
	p = strstr(buf, " reserved");
	need(p != nil);
	while(p > buf && p[-1] != '\n')
		p--;
	return atoi(p);
}

static long nproc(void)
{
	Dir *d;
	int fd;
	long n;

	fd = open("/proc", OREAD);
	need(fd >= 0);
	n = dirreadall(fd, &d);
	need(n > 0);
	free(d);
	close(fd);
	return n;
}

/* what a test took must come back, though perhaps not at once */
static int settled(long mem, long procs)
{
	int i;

	for(i = 0; i < 60; i++){
		if(reserved() <= mem && nproc() <= procs)
			return 1;
		sleep(50);
	}
	print("reserved %ld, was %ld; processes %ld, were %ld\n", reserved(), mem, nproc(), procs);
	return 0;
}

static int run(int i)
{
	long mem, procs;
	Waitmsg *w;
	int pid, ok;

	free(malloc(256*1024));
	procs = nproc();
	mem = reserved();
	pid = rfork(RFPROC|RFFDG|RFENVG|RFNAMEG|RFNOTEG|RFREND);
	if(pid == 0){
		tests[i].f();
		exits("");
	}
	do
		w = wait();
	while(w && w->pid != pid);
	ok = w && w->msg[0] == 0;
	ok &= settled(mem + tests[i].files*Slack, procs);
	print("%s %s%s%s\n", ok ? "ok" : "FAIL", tests[i].name, ok ? "" : " ", ok ? "" : w ? w->msg : "?");
	free(w);
	return ok;
}

int main(int argc, char **argv)
{
	int j, bad;
	uint i;

	if(argc > 1 && strcmp(argv[1], "-args") == 0)
		sayargs(argv+2);
	if(argc > 1 && strcmp(argv[1], "-count") == 0)
		countargs(argv+2);
	if(argc < 2)
		sysfatal("usage: memtest own-file [name ...]");
	self = argv[1];
	bad = 0;
	for(i = 0; i < nelem(tests); i++){
		for(j = 2; j < argc; j++)
			if(strcmp(argv[j], tests[i].name) == 0)
				break;
		if(argc == 2 || j < argc)
			bad += !run(i);
	}
	exits(bad ? "failed" : nil);
}
