/*
 * disktest: for disk.sh.  `disktest disk file`: reads and writes at odd
 * places of a disk of 8 MiB and at its end, against a copy in memory, which
 * goes to file at last.  `disktest swap MB`: fills and checks more memory than
 * there is, in two processes that share it copy on write.
 */
#include <u.h>
#include <libc.h>

enum { Size = 8<<20 };

static int faults;
static uchar *disk, buf[300*1024];

#define check(c) ((c) ? (void)0 : fault(__LINE__, #c))

static void fault(int line, char *what)
{
	print("disktest.c:%d: %s (%r)\n", line, what);
	faults++;
}

static void fill(uchar *p, long n, u32int seed)
{
	for(; n > 0; n--){
		seed = seed*1664525 + 1013904223;
		*p++ = seed>>24;
	}
}

static void odd(int fd)
{
	u32int r = 1;
	long off, n;
	int i;

	for(i = 0; i < 400; i++){
		r = r*1103515245 + 12345;
		off = r>>8 & (Size-1);
		n = i%3 == 0 ? 1 + i : 1 + (long)((r>>4)%sizeof buf);
		if(i%4 == 0){
			off &= ~511L;
			n = (n + 511) & ~511L;
		}
		if(n > Size-off)
			n = Size-off;
		if(n > (long)sizeof buf)
			n = sizeof buf;
		if(i%2 == 0){
			fill(buf, n, i);
			memmove(disk+off, buf, n);
			check(pwrite(fd, buf, n, off) == n);
		}else
			check(pread(fd, buf, n, off) == n && memcmp(buf, disk+off, n) == 0);
	}
}

/*
 * Whole sectors while another process writes a part of the same one: what was
 * written is there, but for that part.
 */
static void neighbours(int fd)
{
	uchar sec[512];
	int i, pid;

	pid = fork();
	if(pid == 0)
		for(;;)
			pwrite(fd, "part", 4, 400);
	check(pid > 0);
	for(i = 0; i < 300; i++){
		memset(sec, i, sizeof sec);
		check(pwrite(fd, sec, sizeof sec, 0) == sizeof sec);
		check(pread(fd, sec, sizeof sec, 0) == sizeof sec);
		check(sec[0] == (uchar)i && sec[511] == (uchar)i);
	}
	postnote(PNPROC, pid, "kill");
	free(wait());
	memset(sec, 0, sizeof sec);
	check(pwrite(fd, sec, sizeof sec, 0) == sizeof sec);
	memset(disk, 0, sizeof sec);
}

static void thedisk(char *out)
{
	int fd = open("/dev/sdv0", ORDWR), o;
	Dir *d, nd;
	long i;

	check(fd >= 0);
	disk = malloc(Size);
	d = dirfstat(fd);
	check(d != nil && d->length == Size);
	for(i = 0; i < Size; i += 256*1024)
		check(pread(fd, disk+i, 256*1024, i) == 256*1024);
	odd(fd);
	neighbours(fd);
	check(pread(fd, buf, 1000, Size) == 0 && pread(fd, buf, 1000, Size + (1LL<<40)) == 0);
	check(pread(fd, buf, 1000, Size-10) == 10 && memcmp(buf, disk+Size-10, 10) == 0);
	check(pwrite(fd, buf, 10, Size) < 0);
	check(pwrite(fd, buf, 1000, Size-10) == 10);
	memmove(disk+Size-10, buf, 10);
	nulldir(&nd);
	check(dirfwstat(fd, &nd) >= 0);
	for(i = 0; i < Size; i += 128*1024)
		check(pread(fd, buf, 128*1024, i) == 128*1024 && memcmp(buf, disk+i, 128*1024) == 0);
	o = create(out, OWRITE, 0664);
	check(o >= 0 && write(o, disk, Size) == Size);
	close(o);
}

static void look(uchar *m, long pages, u32int add)
{
	u32int *w;
	long i;

	for(i = 0; i < pages; i++){
		w = (u32int*)(m + i*4096);
		if(w[0] != (u32int)i*7 + add || w[1023] != ~w[0]){
			print("page %ld: %ux %ux, not %ux\n", i, w[0], w[1023], (u32int)i*7 + add);
			faults++;
			return;
		}
	}
}

static void set(uchar *m, long pages, u32int add)
{
	u32int *w;
	long i;

	for(i = 0; i < pages; i++){
		w = (u32int*)(m + i*4096);
		w[0] = i*7 + add;
		w[1023] = ~w[0];
	}
}

static void swapping(long mb)
{
	long pages = mb*256;
	uchar *m = malloc(pages*4096 + 4096);
	Waitmsg *w;
	int pid;

	if(m == nil)
		sysfatal("memory: %r");
	m = (uchar*)(((uintptr)m + 4095) & ~4095UL);
	set(m, pages, 1);
	look(m, pages, 1);
	pid = fork();
	if(pid < 0)
		sysfatal("fork: %r");
	if(pid == 0){
		look(m, pages, 1);
		set(m, pages/4, 2);
		look(m, pages/4, 2);
		exits(faults ? "faults" : nil);
	}
	look(m, pages, 1);
	w = wait();
	check(w != nil && w->msg[0] == 0);
	look(m, pages, 1);
}

int main(int argc, char **argv)
{
	if(argc == 3 && strcmp(argv[1], "disk") == 0)
		thedisk(argv[2]);
	else if(argc == 3 && strcmp(argv[1], "swap") == 0)
		swapping(atoi(argv[2]));
	else
		sysfatal("usage: disktest disk file | swap MB");
	exits(faults ? "faults" : nil);
}
