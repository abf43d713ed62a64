/*
 * err.c: the error strings that programs test for.
 *
 * Programs compare these texts, and Linux's v9fs turns them into errno by
 * exact match, so a string here is an interface and does not change.  A
 * server that has one of these conditions uses the name, never a copy of
 * the text.  The arrays are writable only because handlers and respond pass
 * char*; nobody writes them.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"

/* names */
char Enonexist[] = "file does not exist";
char Eexist[] = "file already exists";
char Enotdir[] = "not a directory";
char Eisdir[] = "file is a directory";
char Enotempty[] = "directory is not empty";
char Ebadname[] = "illegal name";
char Etoolong[] = "file name too long";
char Eremoved[] = "file has been removed";
char Eroot[] = "cannot remove root";

/* permission */
char Eperm[] = "permission denied";
char Enotowner[] = "not owner";
char Enotmember[] = "not a member of proposed group";
char Eexcl[] = "exclusive use file already open";
char Erofs[] = "read only file system";
char Enoauth[] = "authentication not required";
char Eauth[] = "authentication failed";
char Ebadattach[] = "bad attach specifier";

/* what a server does not do */
char Enoread[] = "read prohibited";
char Enowrite[] = "write prohibited";
char Enocreate[] = "create prohibited";
char Enoremove[] = "remove prohibited";
char Enostat[] = "stat prohibited";
char Enowstat[] = "wstat prohibited";
char Eimmutable[] = "attempt to change an immutable attribute";
char Edirchange[] = "wstat can't convert between files and directories";
char Ebadstat[] = "bogus wstat buffer";

/* requests that make no sense */
char Eunknownfid[] = "fid unknown or out of range";
char Edupfid[] = "fid already in use";
char Efidinuse[] = "fid in use";
char Ebaduse[] = "bad use of fid";
char Enofids[] = "too many fids";
char Enoreqs[] = "too many requests";
char Ebadtag[] = "duplicate or reserved tag";
char Eopen[] = "file already open for I/O";
char Enotopen[] = "file not open";
char Ebadmode[] = "illegal mode";
char Ebadoffset[] = "bad offset in directory read";
char Enegoff[] = "negative i/o offset";
char Ebadcount[] = "i/o count too large";
char Eshort[] = "i/o count too small";
char Ebadmsg[] = "malformed message";
char Ebotch[] = "protocol botch";
char Ebadarg[] = "bad arg in system call";

/* resources and trouble */
char Eio[] = "i/o error";
char Einuse[] = "device or object already in use";
char Enomem[] = "out of memory";
char Enospace[] = "file system is full";
char Etoobig[] = "file too big";
char Eintr[] = "interrupted";
char Ehungup[] = "i/o on hungup channel";
char Egreg[] = "internal error";
char Ebadimage[] = "malformed image";
