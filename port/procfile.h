/*
 * procfile.h: between the files of #p: srv/proc.c procread.c procmem.c
 * procctl.c proctrace.c.
 */
#pragma once
typedef struct Procfile Procfile;
typedef struct Snap Snap;

/*
 * A file of a process's directory.  read and write answer r, for p, which is
 * referenced; they may sleep.  A file with text gives n bytes at most into a
 * malloced *buf instead: its reads come from what it was when offset 0 was read.
 */
struct Procfile {
	char *name;
	u32int mode;
	u8int secret;		/* not of a private process */
	void (*read)(Req*, Proc*);
	void (*write)(Req*, Proc*);
	int (*text)(Proc*, char **buf);	/* bytes; -1 and errstr */
};

extern char Eexited[];
#define reply(r, e) ((e) < 0? responderr(r): respond(r, nil))

/* procread.c */
int procargstext(Proc*, char**);
int procfdtext(Proc*, char**);
int procnstext(Proc*, char**);
int procsegtext(Proc*, char**);
int procstatustext(Proc*, char**);
int procnoteidtext(Proc*, char**);
int procsyscalltext(Proc*, char**);
void procargswrite(Req*, Proc*);
void procnoteidwrite(Req*, Proc*);
void procnoteread(Req*, Proc*);
void procnotewrite(Req*, Proc*);
void procnotepgwrite(Req*, Proc*);
void procwaitread(Req*, Proc*);

/* procmem.c */
void procmemread(Req*, Proc*);
void procmemwrite(Req*, Proc*);
void procregsread(Req*, Proc*);
void procregswrite(Req*, Proc*);
void prockregsread(Req*, Proc*);
void procfpregsread(Req*, Proc*);
void procfpregswrite(Req*, Proc*);
void procprocread(Req*, Proc*);
void proctextread(Req*, Proc*);
void procprofread(Req*, Proc*);
int procprofile(Proc*);			/* begin to count; -1 and errstr */

/* procctl.c */
void procctlwrite(Req*, Proc*);

/* proctrace.c: #p/trace */
void traceopen(Req*);
void traceread(Req*);
void traceclose(void);
