/*
 * users.c: the file of users, users(6): lines id:name:leader:members.
 */
#include "u.h"
#include "libc.h"
#include "bio.h"
#include "auth.h"

int userexists(char *path, char *user)
{
	char *line, *f[4];
	Biobuf *b;
	int found;

	b = Bopen(path ? path : "/lib/users", OREAD);
	if(b == nil)
		return -1;
	found = 0;
	while(!found && (line = Brdline(b, '\n')) != nil){
		line[Blinelen(b)-1] = 0;
		if(line[0] != '#' && getfields(line, f, nelem(f), 0, ":") >= 2)
			found = strcmp(f[1], user) == 0;
	}
	Bterm(b);
	return found;
}
