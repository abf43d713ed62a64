/*
 * disk.h: disks.  A driver fills in a Disk and calls diskadd; #S
 * (srv/sd.c) serves it as bytes.
 */
#pragma once
#include "9p.h"
typedef struct Disk Disk;

enum { DiskSector = 512 };

struct Disk {
	char name[16];		/* sdv0 */
	char *model;
	u64int size;		/* bytes */
	u8int readonly;
	u32int maxio;		/* bytes of one transfer, whole sectors */
	/*
	 * n bytes, at most maxio, at off, both whole sectors: 0, or -1 with the error string.
	 * Sleeps; not interruptible, since the device may use the pages until it is done.
	 */
	int (*transfer)(Disk*, int write, vlong off, Buf *b, u32int n);
	int (*flush)(Disk*);	/* what was written is on the medium; or nil */
	void *aux;

	/* #S's */
	int index;
	RWLock edge;		/* who writes a part of a sector writes alone */
	Disk *next;
};

void diskadd(Disk*);		/* at boot, not locked; it lives for ever */
