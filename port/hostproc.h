/*
 * hostproc.h: what a server that #h runs has from the kernel besides
 * requests: processes of its own.  They wait for something else than a
 * client, and see to the instance only between hostenter and hostleave.
 *
 * An instance cannot end while it has processes; when it is removed, or goes
 * on elsewhere, their sleeps are interrupted, and hostenter says so.
 */
#pragma once
typedef struct Hostproc Hostproc;

/*
 * Start one for the instance that s is of: f(h, arg).  Called with the
 * instance lock held, as handlers and restore are.  The reference on h is the
 * caller's until he calls hostprocend.  Nil and errstr: no memory.
 */
Hostproc *hostproc(Srv *s, char *name, void (*f)(Hostproc*, void*), void *arg);
void hostprocend(Hostproc *h);	/* it is to end: its sleeps are interrupted.  Instance lock, or fini */
/*
 * In the process: the instance lock, as soon as the instance runs; while it
 * is frozen, or not yet committed, this sleeps.  0, or -1: it is to end.
 */
mustcheck int hostenter(Hostproc *h);
void hostleave(Hostproc *h);	/* lets go of it, and sends the answers that were given */
/*
 * The root of the server posted as name, attached to as the current user.
 * If there is no such post, and the current user is the host owner, one of
 * that kind is made.  Nil and errstr.  Sleeps.
 */
struct Chan *hostroot(char *kind, char *name);
