/*
 * archive.h: reading an archive(6) in place.  Pure: a host test reads hostile
 * ones.
 */
#pragma once
typedef struct Archive Archive;
typedef struct Arent Arent;

struct Archive {
	const uchar *p;
	u64int len;
	u32int nent;
	const char *strs;
	u64int nstrs;
};

struct Arent {		/* strings and data lie in the archive */
	u32int index;
	u32int mode;	/* with DMDIR */
	u32int mtime;
	u32int parent;
	u64int off;	/* of the data; of a directory: its first child's index */
	u64int len;	/* of the data; of a directory: number of children */
	const char *name, *uid, *gid;
};

int archiveopen(Archive *a, const uchar *p, u64int n);	/* checks all of it; -1 and errstr */
void archiveent(Archive *a, u32int i, Arent *e);	/* i < nent */
int archivewalk(Archive *a, Arent *dir, const char *name, Arent *e);	/* 1 found, 0 not */
int archivechild(Archive *a, u32int dir, const char *name, u32int *i);	/* the same by numbers */
int archiveisdir(Archive *a, u32int i);
