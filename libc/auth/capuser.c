/*
 * capuser.c: becoming another user with a capability, cap(3).
 *
 * The process makes the capability itself, with a key that nobody else sees,
 * and uses it at once; that it may is because it is the host owner's.
 */
#include "u.h"
#include "libc.h"
#include "sha1.h"
#include "auth.h"

enum {
	Keylen = 20,
	Capmax = 2*64 + 2*Keylen + 4,
};

static int writefile(char *file, void *p, long n)
{
	int fd, r;

	fd = open(file, OWRITE|OCEXEC);
	if(fd < 0)
		return -1;
	r = write(fd, p, n) == n ? 0 : -1;
	close(fd);
	return r;
}

/* 2*Keylen hexadecimal digits */
static void makekey(char *key)
{
	uchar rnd[Keylen];
	int i;

	genrandom(rnd, sizeof rnd);
	for(i = 0; i < Keylen; i++)
		snprint(key+2*i, 3, "%.2ux", rnd[i]);
}

int capuser(char *user)
{
	char key[2*Keylen+1], text[Capmax];
	uchar hash[SHA1LEN];
	int n, r;

	n = snprint(text, sizeof text, "%s@%s", getuser(), user);
	if(n >= (int)sizeof text - 2*Keylen - 2){
		werrstr("user name too long");
		return -1;
	}
	makekey(key);
	hmacsha1(key, strlen(key), text, n, hash);
	r = writefile("#¤/caphash", hash, sizeof hash);
	if(r == 0){
		n = snprint(text, sizeof text, "%s@%s@%s", getuser(), user, key);
		r = writefile("#¤/capuse", text, n);
	}
	memset(key, 0, sizeof key);
	memset(text, 0, sizeof text);
	return r;
}
