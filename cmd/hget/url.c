/*
 * url.c: names of resources (RFC 3986), of the kind http.  Characters that
 * cannot be in a request line are refused.
 */
#include <u.h>
#include <libc.h>
#include <bio.h>
#include "hget.h"

static int copy(char *to, int n, char *from, char *end)
{
	if(end-from >= n){
		werrstr("url too long");
		return -1;
	}
	memmove(to, from, end-from);
	to[end-from] = 0;
	return 0;
}

/* the first of set in s, or its end */
static char *upto(char *s, char *set)
{
	return s+strcspn(s, set);
}

static int clean(char *s)
{
	for(; *s != 0; s++)
		if((uchar)*s <= ' ' || *s == 0x7F){
			werrstr("bad character in url");
			return -1;
		}
	return 0;
}

/* host[:port], [v6]:port */
static int authority(Url *u, char *s, char *end)
{
	char *colon, *at;

	for(at = end; at > s && at[-1] != '@'; at--)
		;
	u->auth[0] = 0;
	if(at > s){
		if(copy(u->auth, sizeof u->auth, s, at-1) < 0)
			return -1;
		s = at;
	}
	if(*s == '['){
		colon = upto(++s, "]/");
		if(*colon != ']' || copy(u->host, sizeof u->host, s, colon) < 0)
			goto Bad;
		colon++;
	}else{
		colon = upto(s, ":/?#");
		if(copy(u->host, sizeof u->host, s, colon) < 0)
			return -1;
	}
	if(u->host[0] == 0 || strchr(u->host, '!') != nil)
		goto Bad;
	strecpy(u->port, u->port+sizeof u->port, "80");
	if(colon == end)
		return 0;
	s = colon+1;
	if(*colon != ':' || strspn(s, "0123456789") != (usize)(end-s) || end-s > 5)
		goto Bad;
	if(end == s)
		return 0;
	return copy(u->port, sizeof u->port, s, end);

Bad:
	werrstr("bad host in url");
	return -1;
}

static int setpath(Url *u, char *s)
{
	char *end;

	end = upto(s, "#");
	if(*s == '/')
		return copy(u->path, sizeof u->path, s, end);
	u->path[0] = '/';
	return copy(u->path+1, sizeof u->path-1, s, end);
}

int urlparse(Url *u, char *s)
{
	char *end;

	if(clean(s) < 0)
		return -1;
	if(cistrncmp(s, "http://", 7) == 0)
		s += 7;
	else if(strstr(s, "://") != nil){
		werrstr("only http is spoken here");
		return -1;
	}
	end = upto(s, "/?#");
	if(authority(u, s, end) < 0)
		return -1;
	return setpath(u, end);
}

int urlrelative(Url *u, char *s)
{
	char path[sizeof u->path], *end;

	if(clean(s) < 0)
		return -1;
	if(strstr(s, "://") != nil && strcspn(s, "/?#") == strcspn(s, ":")+1)
		return urlparse(u, s);
	if(s[0] == '/' && s[1] == '/')
		return urlparse(u, s+2);
	if(s[0] == '/')
		return setpath(u, s);
	end = upto(u->path, "?");
	if(*s == '?')
		*end = 0;
	else{
		*end = 0;
		end = strrchr(u->path, '/');
		end[1] = 0;
	}
	if(snprint(path, sizeof path, "%s%s", u->path, s) == sizeof path-1){
		werrstr("url too long");
		return -1;
	}
	return setpath(u, path);
}
