/*
 * peer.c: what a Linux does with a mounted 9P file system, and whether each
 * file is then as it should be: peer dir [test ...].
 *
 * Each test works in a folder of its own below dir and leaves nothing.  One
 * line for each, "ok name"; the exit status is 0 if all went well.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define need(e) do{ if(!(e)) fail(__LINE__, #e); }while(0)

typedef unsigned char uchar;

static uint32_t seed;

static void __attribute__((noreturn)) fail(int line, char *what)
{
	printf("peer.c:%d: %s: %s (seed %u)\n", line, what, strerror(errno), seed);
	exit(1);
}

static uint32_t rnd(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % n;
}

static char *path(char *fmt, ...)
{
	static char bufs[4][256];
	static int n;
	va_list arg;
	char *s;

	s = bufs[n++ % 4];
	va_start(arg, fmt);
	vsnprintf(s, sizeof bufs[0], fmt, arg);
	va_end(arg);
	return s;
}

/* --- whole files --- */

enum { Most = 400*1024 };

static uchar buf[Most], got[Most];

static void pattern(uchar *p, long n, uint32_t tag)
{
	long i;

	for(i = 0; i < n; i++)
		p[i] = tag + i*7 + (i>>8)*13;
}

static void put(char *name, long n, uint32_t tag)
{
	long i, k;
	int fd;

	pattern(buf, n, tag);
	fd = open(name, O_WRONLY|O_CREAT|O_TRUNC, 0644);
	need(fd >= 0);
	for(i = 0; i < n; i += k){
		k = write(fd, buf+i, n-i);
		need(k > 0);
	}
	need(close(fd) == 0);
}

static void same(char *name, long n, uint32_t tag)
{
	struct stat st;
	long i, k;
	int fd;

	need(stat(name, &st) == 0 && st.st_size == n);
	fd = open(name, O_RDONLY);
	need(fd >= 0);
	for(i = 0; (k = read(fd, got+i, sizeof got - i)) > 0; )
		i += k;
	need(k == 0 && i == n);
	close(fd);
	pattern(buf, n, tag);
	need(memcmp(buf, got, n) == 0);
}

static int entries(char *name)
{
	struct dirent *e;
	DIR *d;
	int n;

	d = opendir(name);
	need(d != NULL);
	for(n = 0; (e = readdir(d)) != NULL; )
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

/* --- tests, each with the name of its folder --- */

static long sizes[] = { 0, 1, 4095, 4096, 4097, 8168, 8169, 65536, 100001, Most };

static void twrite(char *d)
{
	int i;

	for(i = 0; i < (int)(sizeof sizes/sizeof sizes[0]); i++)
		put(path("%s/f%d", d, i), sizes[i], i);
	need(entries(d) == i);
	for(i = 0; i < (int)(sizeof sizes/sizeof sizes[0]); i++)
		same(path("%s/f%d", d, i), sizes[i], i);
	for(i = 0; i < (int)(sizeof sizes/sizeof sizes[0]); i++)
		need(unlink(path("%s/f%d", d, i)) == 0);
	need(entries(d) == 0);
}

static int shell(char *fmt, char *a, char *b)
{
	char cmd[1024];

	snprintf(cmd, sizeof cmd, fmt, a, b);
	return system(cmd);
}

static void ttree(char *d)
{
	int i, j;

	need(mkdir(path("%s/from", d), 0755) == 0);
	for(i = 0; i < 4; i++){
		need(mkdir(path("%s/from/d%d", d, i), 0755) == 0);
		for(j = 0; j < 5; j++)
			put(path("%s/from/d%d/f%d", d, i, j), 1+i*3000+j*777, i*5+j);
	}
	need(shell("cp -r %s %s", path("%s/from", d), path("%s/to", d)) == 0);
	need(shell("diff -r %s %s", path("%s/from", d), path("%s/to", d)) == 0);
	need(shell("tar cf /tmp/t -C %s . && mkdir %s", path("%s/to", d), path("%s/tar", d)) == 0);
	need(shell("tar xf /tmp/t -C %s && diff -r %s", path("%s/tar", d), path("%s/tar %s/from", d, d)) == 0);
	need(shell("rm -r %s %s", path("%s/from", d), path("%s/to %s/tar", d, d)) == 0);
	need(entries(d) == 0);
}

static void trename(char *d)
{
	struct stat st;

	put(path("%s/a", d), 5000, 1);
	need(rename(path("%s/a", d), path("%s/b", d)) == 0);
	need(stat(path("%s/a", d), &st) < 0 && errno == ENOENT);
	same(path("%s/b", d), 5000, 1);
	need(mkdir(path("%s/dir", d), 0755) == 0);
	need(rename(path("%s/dir", d), path("%s/folder", d)) == 0);
	need(stat(path("%s/folder", d), &st) == 0 && S_ISDIR(st.st_mode));
	need(rename(path("%s/nothere", d), path("%s/c", d)) < 0);
	need(unlink(path("%s/b", d)) == 0 && rmdir(path("%s/folder", d)) == 0);
}

static void tmode(char *d)
{
	struct stat st;
	int fd;

	put(path("%s/m", d), 10, 1);
	need(chmod(path("%s/m", d), 0600) == 0);
	need(stat(path("%s/m", d), &st) == 0 && (st.st_mode & 0777) == 0600);
	need(chmod(path("%s/m", d), 0640) == 0);
	need(stat(path("%s/m", d), &st) == 0 && (st.st_mode & 0777) == 0640);
	need((fd = open(path("%s/m", d), O_WRONLY|O_CREAT|O_EXCL, 0644)) < 0 && errno == EEXIST);
	need(unlink(path("%s/m", d)) == 0);
	need(open(path("%s/m", d), O_RDONLY) < 0 && errno == ENOENT);
}

static void ttruncate(char *d)
{
	long i;

	put(path("%s/t", d), 20000, 3);
	need(truncate(path("%s/t", d), 7000) == 0);
	same(path("%s/t", d), 7000, 3);
	need(truncate(path("%s/t", d), 0) == 0);
	same(path("%s/t", d), 0, 3);
	put(path("%s/t", d), 300, 4);
	need(truncate(path("%s/t", d), 9000) == 0);
	i = open(path("%s/t", d), O_RDONLY);
	need(i >= 0 && read(i, got, 300) == 300 && pread(i, got, 8700, 300) == 8700);
	close(i);
	for(i = 0; i < 8700; i++)
		need(got[i] == 0);
	need(unlink(path("%s/t", d)) == 0);
}

static void tremove(char *d)
{
	int fd;

	need(rmdir(path("%s/nothere", d)) < 0 && errno == ENOENT);
	need(mkdir(path("%s/full", d), 0755) == 0);
	put(path("%s/full/f", d), 1, 1);
	need(rmdir(path("%s/full", d)) < 0);
	need(unlink(path("%s/full/f", d)) == 0 && rmdir(path("%s/full", d)) == 0);
	fd = open(path("%s/open", d), O_RDWR|O_CREAT, 0644);
	need(fd >= 0 && write(fd, "still", 5) == 5);
	close(fd);
	need(unlink(path("%s/open", d)) == 0);
	need(access(path("%s/open", d), F_OK) < 0);
}

static void tappend(char *d)
{
	int fd, i;

	fd = open(path("%s/log", d), O_WRONLY|O_CREAT|O_APPEND, 0644);
	need(fd >= 0);
	for(i = 0; i < 50; i++){
		snprintf((char*)buf, 16, "line %05d\n", i);
		need(write(fd, buf, 11) == 11);
	}
	close(fd);
	fd = open(path("%s/log", d), O_RDONLY);
	need(read(fd, got, sizeof got) == 550);
	close(fd);
	for(i = 0; i < 50; i++){
		snprintf((char*)buf, 16, "line %05d\n", i);
		need(memcmp(got+11*i, buf, 11) == 0);
	}
	need(unlink(path("%s/log", d)) == 0);
}

static void tmany(char *d)
{
	int i;

	for(i = 0; i < 300; i++)
		put(path("%s/name%03d", d, i), i%40, i);
	need(entries(d) == 300);
	for(i = 0; i < 300; i++)
		same(path("%s/name%03d", d, i), i%40, i);
	for(i = 0; i < 300; i += 2)
		need(unlink(path("%s/name%03d", d, i)) == 0);
	need(entries(d) == 150);
	for(i = 1; i < 300; i += 2)
		need(unlink(path("%s/name%03d", d, i)) == 0);
}

/* --- random reads, writes and truncations against a copy in memory --- */

enum { Fsx = 200*1024 };

static void fsxread(int fd, uchar *model, long size)
{
	long off, n;

	off = rnd(Fsx);
	n = 1 + rnd(rnd(4) ? 5000 : 60000);
	n = off + n > size ? size - off : n;
	if(n < 0)
		n = 0;
	need(pread(fd, got, n ? n : 100, n ? off : size) == n);
	need(memcmp(got, model+off, n) == 0);
}

static long fsxwrite(int fd, uchar *model, long size)
{
	long off, n;

	off = rnd(size + 3000);
	n = 1 + rnd(rnd(4) ? 5000 : 60000);
	if(off > Fsx-1)
		off = Fsx-1;
	if(off + n > Fsx)
		n = Fsx - off;
	pattern(model+off, n, seed);
	need(pwrite(fd, model+off, n, off) == n);
	return off + n > size ? off + n : size;
}

static long fsxcut(int fd, uchar *model, long size)
{
	long n;

	n = rnd(Fsx);
	need(ftruncate(fd, n) == 0);
	memset(model + (n < size ? n : size), 0, Fsx - (n < size ? n : size));
	return n;
}

static void fsx(char *f, int ops)
{
	struct stat st;
	uchar *model;
	long size;
	int fd, i;

	model = calloc(1, Fsx);
	size = 0;
	fd = open(f, O_RDWR|O_CREAT|O_EXCL, 0644);
	need(model != NULL && fd >= 0);
	for(i = 0; i < ops; i++){
		switch(rnd(8)){
		case 0: case 1: case 2:
			fsxread(fd, model, size);
			break;
		case 3: case 4: case 5:
			size = fsxwrite(fd, model, size);
			break;
		case 6:
			size = fsxcut(fd, model, size);
			break;
		case 7:
			close(fd);
			fd = open(f, O_RDWR);
			need(fd >= 0 && fstat(fd, &st) == 0 && st.st_size == size);
			break;
		}
	}
	need(pread(fd, got, Fsx, 0) == size && memcmp(got, model, size) == 0);
	close(fd);
	free(model);
	need(unlink(f) == 0);
}

static void tfsx(char *d)
{
	fsx(path("%s/fsx", d), 300);
}

static void tparallel(char *d)
{
	int i, pid, st;

	put(path("%s/shared", d), 50000, 9);
	for(i = 0; i < 8; i++){
		pid = fork();
		need(pid >= 0);
		if(pid == 0){
			seed += 7919*(i+1);
			same(path("%s/shared", d), 50000, 9);
			need(mkdir(path("%s/p%d", d, i), 0755) == 0);
			fsx(path("%s/p%d/fsx", d, i), 60);
			same(path("%s/shared", d), 50000, 9);
			need(rmdir(path("%s/p%d", d, i)) == 0);
			exit(0);
		}
	}
	for(i = 0; i < 8; i++)
		need(wait(&st) > 0 && st == 0);
	need(unlink(path("%s/shared", d)) == 0);
}

static struct { char *name; void (*f)(char*); } tests[] = {
	{ "write", twrite }, { "tree", ttree }, { "rename", trename }, { "mode", tmode }, { "truncate", ttruncate },
	{ "remove", tremove }, { "append", tappend }, { "many", tmany }, { "fsx", tfsx }, { "parallel", tparallel },
};

static int run(int i, char *dir)
{
	char d[200];
	int pid, st;

	snprintf(d, sizeof d, "%s/%s", dir, tests[i].name);
	pid = fork();
	if(pid == 0){
		setvbuf(stdout, NULL, _IOLBF, 0);
		need(mkdir(d, 0755) == 0);
		tests[i].f(d);
		need(rmdir(d) == 0);
		exit(0);
	}
	need(pid > 0 && waitpid(pid, &st, 0) == pid);
	printf("%s %s\n", st == 0 ? "ok" : "FAIL", tests[i].name);
	fflush(stdout);
	return st == 0;
}

int main(int argc, char **argv)
{
	int i, j, bad;

	if(argc < 2){
		fprintf(stderr, "usage: peer dir [test ...]\n");
		return 2;
	}
	seed = getenv("SEED") ? strtoul(getenv("SEED"), NULL, 0) | 1 : 1;
	bad = 0;
	for(i = 0; i < (int)(sizeof tests/sizeof tests[0]); i++){
		for(j = 2; j < argc; j++)
			if(strcmp(argv[j], tests[i].name) == 0)
				break;
		if(argc == 2 || j < argc)
			bad += !run(i, argv[1]);
	}
	return bad != 0;
}
