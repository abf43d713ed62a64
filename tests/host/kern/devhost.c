/*
 * devhost.c: port/user.c's part for the kernel's own servers, by the mode
 * alone.
 */
#include "filehost.h"
#include "../../../port/dev.h"

char *devmayopen(Req *r, Dir *d)
{
	return hasperm(d, up->user, omode2perm(r->mode))? nil: Eperm;
}

void devopen(Req *r)
{
	Dir d;

	streedir(r->srv, (u32int)r->fid->qid.path, &d);
	respond(r, devmayopen(r, &d));
}

int devtext(Req *r, char *buf, int max)
{
	int n;

	if(r->count >= (u32int)max)
		return seterr(Etoolong);
	n = reqget(r, 0, buf, r->count);
	buf[n] = 0;
	return n;
}

void devwritten(Req *r, int err)
{
	if(err < 0){
		responderr(r);
		return;
	}
	r->rcount = r->count;
	respond(r, nil);
}
