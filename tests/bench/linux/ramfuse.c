/*
 * ramfuse.c: a file of 1 MiB in the memory of a user program, for Linux: the
 * peer of Pintle's ramfs in the table of figures.  It is written to libfuse's
 * low-level interface and has nothing cached: names and attributes are valid
 * for no time, and reads go to it directly.
 *
 *	ramfuse dir
 *
 * The tree is one directory with one file, `file`.  One thread; nothing is
 * ever changed.
 */
#define FUSE_USE_VERSION 35
#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
	Root = FUSE_ROOT_ID,
	File = 2,
	Size = 1<<20,
};

static char data[2*Size] __attribute__((aligned(2*Size)));	/* so that it can be one large page */

static int attr(fuse_ino_t ino, struct stat *st)
{
	memset(st, 0, sizeof *st);
	st->st_ino = ino;
	st->st_nlink = 1;
	if(ino == Root)
		st->st_mode = S_IFDIR|0755;
	else if(ino == File){
		st->st_mode = S_IFREG|0644;
		st->st_size = Size;
	}else
		return -1;
	return 0;
}

static void lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e = { .ino = File };

	if(parent != Root || strcmp(name, "file") != 0 || attr(File, &e.attr) < 0)
		fuse_reply_err(req, ENOENT);
	else
		fuse_reply_entry(req, &e);
}

static void getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st;

	(void)fi;
	if(attr(ino, &st) < 0)
		fuse_reply_err(req, ENOENT);
	else
		fuse_reply_attr(req, &st, 0);
}

static void openfile(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	fi->direct_io = 1;
	if(ino != File)
		fuse_reply_err(req, EISDIR);
	else
		fuse_reply_open(req, fi);
}

static void readfile(fuse_req_t req, fuse_ino_t ino, size_t n, off_t off, struct fuse_file_info *fi)
{
	(void)ino;
	(void)fi;
	if(off < 0 || off >= Size)
		n = off = 0;
	if(n > (size_t)(Size - off))
		n = Size - off;
	fuse_reply_buf(req, data+off, n);
}

static const struct fuse_lowlevel_ops ops = {
	.lookup = lookup,
	.getattr = getattr,
	.open = openfile,
	.read = readfile,
};

int main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct fuse_session *s;

	if(argc != 2){
		fprintf(stderr, "usage: ramfuse dir\n");
		return 1;
	}
	memset(data, 'x', sizeof data);
	s = fuse_session_new(&args, &ops, sizeof ops, NULL);
	if(s == NULL || fuse_session_mount(s, argv[1]) != 0)
		return 1;
	return fuse_session_loop(s) != 0;
}
