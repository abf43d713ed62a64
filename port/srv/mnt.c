/*
 * mnt.c: #M, the connections on which the kernel speaks 9P.
 *
 * The trees themselves are mounted, never attached to by this letter; here
 * is one file, status, with a line for each connection: its state, message
 * size, requests under way, those abandoned, clunks on the way, answers to
 * nothing, kind of transport, and the name of its channel.
 * Locks: none of its own.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "dev.h"

enum { Linemax = 512 };

/* a read gives whole lines' bytes from the offset on; lines come and go between reads */
static void statusread(Req *r)
{
	char line[Linemax];
	vlong at;
	int i, n, skip;

	at = 0;
	for(i = 0; r->rcount < r->count && (n = muxinfo(i, line, sizeof line)) >= 0; i++){
		skip = r->offset > at? MIN(r->offset - at, n): 0;
		at += n;
		r->rcount += reqput(r, r->rcount, line+skip, MIN((u32int)(n-skip), r->count - r->rcount));
	}
	respond(r, nil);
}

static Sfile files[] = {
	{ .name = "/", .mode = DMDIR|0555 },
	{ .name = "status", .mode = 0444, .read = statusread },
};

Srv mntsrv = {
	.name = "mnt",
	.dc = 'M',
	.flags = SrvBlocks,
	.files = files,
	.nfiles = nelem(files),
	.open = devopen,
};
