/*
 * lib.h: the host calls.  This is all that a part which runs in more than
 * one place (lib9p, fs/, ip/) may use of its host; the kernel, the user
 * library and the Linux test host each provide every one of them.
 * Strings are UTF-8, sizes are bytes.  Functions that can fail return -1 or
 * nil and have set the error string (werrstr); %r prints it.
 */
#pragma once
#include <lock.h>	/* Lock, QLock, Rendez: each host's own, first on its include path */

/* memory; malloc returns 16-byte aligned, uninitialised memory, or nil */
void *malloc(usize n);
void *mallocz(usize n, int clr);
void *realloc(void *p, usize n);
void free(void *p);
void *memmove(void *dst, const void *src, usize n);
void *memcpy(void *dst, const void *src, usize n);
void *memset(void *p, int c, usize n);
int memcmp(const void *a, const void *b, usize n);
void *memchr(const void *p, int c, usize n);
u32int crc32(u32int crc, const void *p, usize n);	/* IEEE 802.3; start with 0 */
u32int quicksum(const void *p, usize n);	/* against accidents, of what this machine alone reads */

/* strings */
usize strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, usize n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *sub);
char *strdup(const char *s);
char *strecpy(char *to, char *end, const char *from);	/* copies, cuts at end, always terminates; returns the NUL */
long strtol(const char *s, char **end, int base);
ulong strtoul(const char *s, char **end, int base);
vlong strtoll(const char *s, char **end, int base);
uvlong strtoull(const char *s, char **end, int base);
int atoi(const char *s);
int tokenize(char *s, char **args, int max);	/* white space, rc quoting; cuts s up in place */
int getfields(char *s, char **args, int max, int multi, char *delims);

/* UTF-8 (21-bit runes) */
enum {
	UTFmax = 4,
	Runeself = 0x80,
	Runeerror = 0xFFFD,
	Runemax = 0x10FFFF,
};
int chartorune(Rune *r, const char *s);
int runetochar(char *s, const Rune *r);
int runelen(long r);
int fullrune(const char *s, int n);
int utflen(const char *s);
int utfnlen(const char *s, long n);
char *utfrune(const char *s, long r);

/* a piece of memory that is part of a message, sendread(2) */
typedef struct Iopart Iopart;
struct Iopart {
	void *p;
	ulong n;
};

/*
 * Formatted output.  Verbs: d u x X o b (with h l ll hh and flags), c C s S
 * q (rc-quoted) p r (error string) %; in user programs e f g too.
 * The n-forms never write past n, always terminate, return bytes written.
 */
typedef struct Fmt Fmt;
struct Fmt {
	char *start;		/* of the buffer */
	char *to;		/* next byte to store */
	char *stop;		/* end of the buffer */
	int (*flush)(Fmt*);	/* make room: 1, or 0 when there is none */
	void *farg;		/* flush's own */
	int nfmt;		/* bytes already flushed */
	va_list args;
	Rune r;			/* the verb */
	int width;
	int prec;
	ulong flags;
	int runes;		/* buffer holds Runes, not UTF-8 */
};
enum {	/* Fmt.flags */
	FmtWidth = 1<<0,
	FmtLeft = 1<<1,
	FmtPrec = 1<<2,
	FmtSharp = 1<<3,
	FmtSpace = 1<<4,
	FmtSign = 1<<5,
	FmtZero = 1<<6,
	FmtUnsigned = 1<<7,
	FmtShort = 1<<8,
	FmtLong = 1<<9,
	FmtVLong = 1<<10,
	FmtComma = 1<<11,
	FmtByte = 1<<12,
	FmtLDouble = 1<<13,
	FmtApost = 1<<14,
};
int print(char *fmt, ...);
int snprint(char *buf, int n, char *fmt, ...);
int vsnprint(char *buf, int n, char *fmt, va_list args);
char *seprint(char *buf, char *end, char *fmt, ...);	/* returns the NUL's address */
char *vseprint(char *buf, char *end, char *fmt, va_list args);
char *smprint(char *fmt, ...);				/* malloced, or nil */
char *vsmprint(char *fmt, va_list args);
int fmtinstall(int verb, int (*f)(Fmt*));
int fmtprint(Fmt *f, char *fmt, ...);
int fmtvprint(Fmt *f, char *fmt, va_list args);
int fmtstrcpy(Fmt *f, char *s);
int fmtrune(Fmt *f, int r);

/* the error string, one per process */
enum { ERRMAX = 128 };
void werrstr(char *fmt, ...);
void rerrstr(char *buf, uint n);

/* locks: Lock spins (in user space yields), QLock sleeps; neither nests */
void lock(Lock *l);
int canlock(Lock *l);
void unlock(Lock *l);
void qlock(QLock *q);
int canqlock(QLock *q);
void qunlock(QLock *q);

/* clock, in ns since 1970-01-01 UTC; random bytes fit for keys */
vlong nsec(void);
void genrandom(void *buf, usize n);
