/*
 * auth.h: name spaces of users, and becoming another user: newns(2),
 * capuser(2).
 */
#pragma once

/*
 * A new name space for user (nil: who we are), made by the commands of the
 * file ns (nil: /lib/namespace); the environment is copied, and user and home
 * set in it.  addns adds to the name space there is.  A command that fails is
 * passed over.  0, or -1 with the error string: the file cannot be read, or a
 * new name space not be had.
 */
int newns(char *user, char *ns);
int addns(char *user, char *ns);
extern int newnsdebug;	/* say on descriptor 2 which commands fail */

/* The process becomes user's: only the host owner's can.  0, or -1 with the error string. */
int capuser(char *user);

/* Is there such a user in the file users(6) at path (nil: /lib/users)?  1, 0, or -1 when it cannot be read. */
int userexists(char *path, char *user);
