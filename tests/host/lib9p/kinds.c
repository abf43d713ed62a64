/* kinds.c: see kinds.h */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "gen.h"
#include "kinds.h"

extern Srv ramfssrv, envsrv, mboxsrv, consmuxsrv, fifosrv;

#define CHOICE(m, ...) .m = (char*[]){ __VA_ARGS__ }, .n##m = nelem(((char*[]){ __VA_ARGS__ }))

Kind kinds[] = {
	{ .name = "ramfs", .table = &ramfssrv, .arg = "max=200000", .fixed = 8 },	/* its limit */
	{ .name = "env", .table = &envsrv, .reorders = 1, .like = {
		CHOICE(aname, "1", "2", "3", "4", "ctl"),
		CHOICE(line, "copy 1 2", "copy 2 1", "clear 1", "clear 2", "copy 1 3", "clear 3", "x"),
	}},
	{ .name = "mbox", .table = &mboxsrv, .arg = "max=50000", .like = {
		CHOICE(name, "new", "new", "event", "ctl", "1", "2", "3", "..", "1/from", "2/subject", "3/body", "4/raw",
			"1/header", "2/flags", "3/flags", "../event", "../new", "../1/raw"),
		CHOICE(line, "From: a\nSubject: b\n c\n\nbody\n", "from: x\r\n\r\ny", "Subject:", "\n",
			"delete 1", "delete 2 3", "delete 4", "+seen", "answered", "-seen"),
	}},
	{ .name = "consmux", .table = &consmuxsrv, .arg = "log=1K key=^A", .like = {
		CHOICE(name, "clone", "clone", "host", "host/in", "host/out", "host/event", "1", "2", "..", "1/cons", "2/cons",
			"1/consctl", "2/ctl", "1/ctl", "1/log", "2/note", "1/status", "../status", "../ctl", "../../host/in"),
		CHOICE(line, "hold", "give 1", "give 2", "show on", "rawon", "rawoff", "keep on", "keep off", "clear", "key ^A",
			"typed\n", "\0012", "\001n", "\001c", "half", "\x03\x04", "0123456789 0123456789 0123456789 0123456789\n"),
	}},
	{ .name = "fifo", .table = &fifosrv, .like = {
		.writer = 1,
		CHOICE(name, "a", "b"),
		CHOICE(line, "a", "bcdef", "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
	}},
};
int nkinds = nelem(kinds);
