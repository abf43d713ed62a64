/*
 * 9ptrace: show the 9P messages between a server and its clients.  It opens
 * a posted service, posts another name, and passes messages both ways,
 * printing each with its tag, fids and times since the start.  Messages that
 * cannot be taken apart are passed on all the same, and said to be so.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>

enum { Maxdata = 32 };	/* bytes of data shown */

static int showdata;
static vlong start;

static char *typename(int t)
{
	static char *name[] = {
		"Tversion", "Rversion", "Tauth", "Rauth", "Tattach", "Rattach", "Terror", "Rerror",
		"Tflush", "Rflush", "Twalk", "Rwalk", "Topen", "Ropen", "Tcreate", "Rcreate",
		"Tread", "Rread", "Twrite", "Rwrite", "Tclunk", "Rclunk", "Tremove", "Rremove",
		"Tstat", "Rstat", "Twstat", "Rwstat",
	};

	if(t < Tversion || t > Rwstat)
		return "unknown";
	return name[t - Tversion];
}

static char *putqid(char *p, char *e, Qid *q)
{
	return seprint(p, e, "(%.16llux %ud %c%c%c)", (uvlong)q->path, q->vers,
		q->type & QTDIR ? 'd' : '-', q->type & QTAPPEND ? 'a' : '-', q->type & QTEXCL ? 'l' : '-');
}

static char *putdata(char *p, char *e, Fcall *f)
{
	u32int i;

	p = seprint(p, e, " count %ud", f->count);
	if(!showdata)
		return p;
	p = seprint(p, e, " '");
	for(i = 0; i < f->count && i < Maxdata; i++)
		if(f->data[i] >= ' ' && f->data[i] < 0x7f)
			p = seprint(p, e, "%c", f->data[i]);
		else
			p = seprint(p, e, "\\x%.2ux", (uchar)f->data[i]);
	return seprint(p, e, i < f->count ? "'..." : "'");
}

static char *putstat(char *p, char *e, Fcall *f)
{
	char strs[STATMAX];
	Dir d;

	if(statcheck(f->stat, f->nstat) < 0 || convM2D(f->stat, f->nstat, &d, strs) == 0)
		return seprint(p, e, " malformed stat");
	p = seprint(p, e, " name %q uid %q gid %q muid %q qid ", d.name, d.uid, d.gid, d.muid);
	p = putqid(p, e, &d.qid);
	return seprint(p, e, " mode %#uo atime %ud mtime %ud length %lld", d.mode, d.atime, d.mtime, d.length);
}

static char *putwalk(char *p, char *e, Fcall *f)
{
	int i;

	if(f->type == Twalk){
		p = seprint(p, e, " fid %ud newfid %ud", f->fid, f->newfid);
		for(i = 0; i < f->nwname; i++)
			p = seprint(p, e, " %q", f->wname[i]);
	}else
		for(i = 0; i < f->nwqid; i++){
			p = seprint(p, e, " ");
			p = putqid(p, e, &f->wqid[i]);
		}
	return p;
}

static char *putrequest(char *p, char *e, Fcall *f)
{
	switch(f->type){
	case Tversion:
		return seprint(p, e, " msize %ud version %q", f->msize, f->version);
	case Tauth:
		return seprint(p, e, " afid %ud uname %q aname %q", f->afid, f->uname, f->aname);
	case Tattach:
		return seprint(p, e, " fid %ud afid %d uname %q aname %q", f->fid, (int)f->afid, f->uname, f->aname);
	case Tflush:
		return seprint(p, e, " oldtag %ud", f->oldtag);
	case Twalk:
		return putwalk(p, e, f);
	case Topen:
		return seprint(p, e, " fid %ud mode %#ux", f->fid, f->mode);
	case Tcreate:
		return seprint(p, e, " fid %ud name %q perm %#uo mode %#ux", f->fid, f->name, f->perm, f->mode);
	case Tread:
		return seprint(p, e, " fid %ud offset %lld count %ud", f->fid, f->offset, f->count);
	case Twrite:
		p = seprint(p, e, " fid %ud offset %lld", f->fid, f->offset);
		return putdata(p, e, f);
	case Twstat:
		p = seprint(p, e, " fid %ud", f->fid);
		return putstat(p, e, f);
	}
	return seprint(p, e, " fid %ud", f->fid);	/* clunk remove stat */
}

static char *putreply(char *p, char *e, Fcall *f)
{
	switch(f->type){
	case Rversion:
		return seprint(p, e, " msize %ud version %q", f->msize, f->version);
	case Rerror:
		return seprint(p, e, " %q", f->ename);
	case Rauth:
	case Rattach:
		p = seprint(p, e, " ");
		return putqid(p, e, f->type == Rauth ? &f->aqid : &f->qid);
	case Rwalk:
		return putwalk(p, e, f);
	case Ropen:
	case Rcreate:
		p = seprint(p, e, " ");
		p = putqid(p, e, &f->qid);
		return seprint(p, e, " iounit %ud", f->iounit);
	case Rread:
		return putdata(p, e, f);
	case Rwrite:
		return seprint(p, e, " count %ud", f->count);
	case Rstat:
		return putstat(p, e, f);
	}
	return p;
}

static void show(uchar *msg, long n)
{
	static uchar copy[MAXMSIZE];
	char line[4096], *p, *e = line + sizeof line - 1;
	vlong t = (nsec() - start) / 1000;
	Fcall f;

	memmove(copy, msg, n);
	p = seprint(line, e, "%lld.%.6lld ", t/1000000, t%1000000);
	if(convM2S(copy, n, &f) == 0)
		p = seprint(p, e, "malformed message of %ld bytes, type %d", n, n > 4 ? msg[4] : 0);
	else{
		p = seprint(p, e, "%s tag %ud", typename(f.type), f.tag);
		p = f.type & 1 ? putreply(p, e, &f) : putrequest(p, e, &f);
	}
	*p++ = '\n';
	write(1, line, p - line);
}

static long ioread(Io *io, void *buf, long n)
{
	return read(io->fd, buf, n);
}

static void copymsgs(int from, int to)
{
	static uchar buf[MAXMSIZE];
	Io io = { .read = ioread, .fd = from };
	int n;

	while((n = readmsg(&io, buf, sizeof buf)) > 0){
		show(buf, n);
		if(write(to, buf, n) != n)
			break;
	}
}

static int post(char *name)
{
	char path[128], num[16];
	int p[2], fd, n;

	if(pipe(p) < 0)
		sysfatal("pipe: %r");
	snprint(path, sizeof path, "/srv/%s", name);
	fd = create(path, OWRITE|ORCLOSE, 0600);
	n = snprint(num, sizeof num, "%d", p[1]);
	if(fd < 0 || write(fd, num, n) != n)
		sysfatal("%s: %r", path);
	close(p[1]);
	return p[0];
}

int main(int argc, char **argv)
{
	int server, client;

	ARGBEGIN{
	case 'd':
		showdata = 1;
		break;
	default:
	usage:
		fprint(2, "usage: 9ptrace [-d] /srv/service newname\n");
		exits("usage");
	}ARGEND
	if(argc != 2)
		goto usage;
	quotefmtinstall();
	server = open(argv[0], ORDWR);
	if(server < 0)
		sysfatal("%s: %r", argv[0]);
	client = post(argv[1]);
	start = nsec();
	switch(rfork(RFPROC|RFFDG|RFNOWAIT)){
	case -1:
		sysfatal("rfork: %r");
	case 0:
		copymsgs(server, client);
		break;
	default:
		copymsgs(client, server);
	}
	postnote(PNGROUP, getpid(), "kill");
	exits(nil);
}
