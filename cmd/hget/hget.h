/* hget.h: the parts of hget to each other */
#pragma once

typedef struct Url Url;
struct Url {	/* http://host:port/path */
	char host[256];
	char port[16];
	char path[4096];	/* begins with a slash; no fragment */
	char auth[256];		/* user:password, or "" */
};

typedef struct Resp Resp;
struct Resp {	/* the head of an answer */
	int code;
	char reason[128];
	vlong length;		/* -1: not told */
	vlong first;		/* of a part: its offset, or -1 */
	int chunked;
	char location[4096];
};

/* url.c: 0, or -1 and errstr */
int urlparse(Url *u, char *s);
int urlrelative(Url *u, char *s);	/* u becomes what s means there */

/* body.c: 0, or -1 and errstr */
int resphead(Biobuf *b, Resp *r, int verbose);
int respbody(Biobuf *b, Resp *r, int fd);	/* all of it, to fd; it must be whole */
