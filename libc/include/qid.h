/*
 * qid.h: what names and describes a file, and the bits of modes and flags;
 * one definition for the kernel, lib9p and user programs (intro(5), open(2),
 * stat(5), bind(2)).
 */
#pragma once
typedef struct Qid Qid;
typedef struct Dir Dir;

struct Qid {
	u64int path;	/* unique in its server, for ever */
	u32int vers;	/* goes up when the contents change */
	u8int type;	/* QTxxx */
};

/*
 * One stat(5) record.  The strings are borrowed or owned as the function
 * that fills it in says.
 */
struct Dir {
	u16int type;	/* of the server, for the kernel's use */
	u32int dev;	/* of the server's instance, for the kernel's use */
	Qid qid;
	u32int mode;
	u32int atime;	/* seconds since 1970 */
	u32int mtime;
	vlong length;
	char *name;
	char *uid;
	char *gid;
	char *muid;
};

enum {	/* Qid.type: the top byte of Dir.mode */
	QTDIR = 0x80,
	QTAPPEND = 0x40,
	QTEXCL = 0x20,
	QTMOUNT = 0x10,
	QTAUTH = 0x08,
	QTTMP = 0x04,
	QTFILE = 0x00,
};

#define DMDIR 0x80000000U
#define DMAPPEND 0x40000000U
#define DMEXCL 0x20000000U
#define DMMOUNT 0x10000000U
#define DMAUTH 0x08000000U
#define DMTMP 0x04000000U
#define DMREAD 4U
#define DMWRITE 2U
#define DMEXEC 1U

enum {	/* open and create modes */
	OREAD = 0,
	OWRITE = 1,
	ORDWR = 2,
	OEXEC = 3,
	OTRUNC = 0x10,
	OCEXEC = 0x20,
	ORCLOSE = 0x40,
	OEXCL = 0x1000,
};

enum {	/* bind and mount flags */
	MREPL = 0,
	MBEFORE = 1,
	MAFTER = 2,
	MORDER = 3,
	MCREATE = 4,
	MCACHE = 16,
};

enum {	/* access(2) */
	AEXIST = 0,
	AEXEC = 1,
	AWRITE = 2,
	AREAD = 4,
};
