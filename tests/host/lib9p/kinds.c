/* kinds.c: see kinds.h */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "gen.h"
#include "kinds.h"

extern Srv ramfssrv, envsrv, mboxsrv, fifosrv;

#define CHOICE(m, ...) .m = (char*[]){ __VA_ARGS__ }, .n##m = nelem(((char*[]){ __VA_ARGS__ }))

Kind kinds[] = {
	{ .name = "ramfs", .table = &ramfssrv, .arg = "max=200000", .fixed = 8 },	/* its limit */
	{ .name = "env", .table = &envsrv, .reorders = 1, .like = {
		CHOICE(aname, "1", "2", "3", "4", "ctl"),
		CHOICE(line, "copy 1 2", "copy 2 1", "clear 1", "clear 2", "copy 1 3", "clear 3", "x"),
	}},
	{ .name = "mbox", .table = &mboxsrv, .like = {
		.writer = 1,
		CHOICE(name, "new", "new", "new", "event", "event", "ctl", "1", "2", "3", "raw", "flags", "subject", ".."),
		CHOICE(line, "Subject: one\n\nbody\n", "From: a@b\nTo: c\n", "Subject:", "\n", "seen", "-seen", "delete 1", "delete 2"),
	}},
	{ .name = "fifo", .table = &fifosrv, .like = {
		.writer = 1,
		CHOICE(name, "a", "b"),
		CHOICE(line, "a", "bcdef", "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
	}},
};
int nkinds = nelem(kinds);
