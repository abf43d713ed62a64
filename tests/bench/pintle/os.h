/*
 * os.h: what the operations of ops.c are in Pintle: its calls, with nothing
 * put between.
 */
#include <u.h>
#include <libc.h>

/* a call that does nothing: it sets no alarm */
static inline void osnull(void)
{
	alarm(0);
}

static inline int osfork(void)
{
	return rfork(RFPROC|RFFDG);
}

static inline _Noreturn void osexit(int bad)
{
	_exits(bad ? "failed" : nil);
}

static inline void osexec(char *path)
{
	execl(path, path, nil);
}

static inline void oswait(void)
{
	free(wait());
}

static inline int osopen(char *path)
{
	return open(path, OREAD);
}

static inline int osstat(char *path)
{
	uchar d[512];

	return stat(path, d, sizeof d) > 0;
}

/* fresh memory of n bytes, nil when there is none */
static inline char *osmem(usize n)
{
	char *p = segattach(0, "memory", nil, n);

	return p == (char*)-1 ? nil : p;
}

static inline void osmemfree(char *p, usize n)
{
	USED(n);
	segdetach(p);
}

static inline void osfatal(char *what)
{
	sysfatal("%s: %r", what);
}

/* no more of a child; it may be asleep */
void osend(int pid);

/* TCP, in the stack osnet, on its loopback interface, which is there after osannounce */
extern char *osnet;
int osannounce(void);
int osaccept(int announced);
int osdial(void);

#define osprint print
