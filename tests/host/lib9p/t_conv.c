/* needs: lib9p/conv.c lib9p/dirconv.c lib9p/data.c lib9p/err.c */
/*
 * t_conv: message and stat conversion.  Every type there and back, every
 * truncation and every one-byte change of every message, counts that lie,
 * and records whose inner sizes do not add up.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"

static char *long16(void)
{
	static char s[65536];

	memset(s, 'x', 65535);
	return s;
}

static Fcall sample(int type)
{
	Fcall f;
	int i;

	memset(&f, 0, sizeof f);
	f.type = type;
	f.tag = 0x1234;
	f.fid = 0x11223344;
	f.msize = 8192;
	f.version = "9P2000";
	f.oldtag = 0xBEEF;
	f.ename = "it broke";
	f.qid = (Qid){ .path = 0x0102030405060708UL, .vers = 9, .type = QTDIR };
	f.iounit = 4096;
	f.aqid = (Qid){ .path = ~0UL, .vers = ~0U, .type = QTAUTH };
	f.afid = NOFID;
	f.uname = "glenda";
	f.aname = "";
	f.perm = DMDIR|0755;
	f.name = "na\xC3\xADve";
	f.mode = ORDWR|OTRUNC;
	f.newfid = 7;
	f.nwname = f.nwqid = MAXWELEM;
	for(i = 0; i < MAXWELEM; i++){
		f.wname[i] = i%2? "..": "element";
		f.wqid[i] = (Qid){ .path = i, .vers = 2*i, .type = i };
	}
	f.offset = 0x7FFFFFFFFFFFFFFFLL;
	f.count = 11;
	f.data = "hello world";
	f.nstat = 5;
	f.stat = (uchar*)"stat!";
	return f;
}

static int real(int type)
{
	return type >= Tversion && type <= Rwstat && type != Rerror-1;
}

/* two Fcalls of one type encode alike exactly when they are alike */
static int alike(Fcall *a, Fcall *b)
{
	static uchar x[1<<17], y[1<<17];
	u32int n;

	n = convS2M(a, x, sizeof x);
	return n > 0 && convS2M(b, y, sizeof y) == n && memcmp(x, y, n) == 0;
}

static void roundtrips(void)
{
	static uchar m[1<<17], save[1<<17];
	Fcall f, g;
	u32int n;
	int t;

	for(t = 0; t < 256; t++){
		f = sample(t);
		n = convS2M(&f, m, sizeof m);
		checkint(n != 0, real(t));
		checkint(sizeS2M(&f), n);
		if(n == 0)
			continue;
		memmove(save, m, n);
		memset(&g, 0xEE, sizeof g);
		checkint(convM2S(m, n, &g), n);
		check(alike(&f, &g));
		memmove(m, save, n);
		checkint(convM2S(m, n+100, &g), n);	/* more may follow */
		checkint(convS2M(&f, m, n-1), 0);
		checkint(convS2M(&f, m, 0), 0);
	}
}

static void limits(void)
{
	static uchar m[1<<18];
	Fcall f;

	f = sample(Tattach);
	f.uname = long16();
	checkint(convS2M(&f, m, sizeof m), 7+4+4+2+65535+2);
	check(convM2S(m, sizeof m, &f) && strlen(f.uname) == 65535);
	f = sample(Twalk);
	f.nwname = 17;
	checkint(convS2M(&f, m, sizeof m), 0);
	f = sample(Rwalk);
	f.nwqid = 17;
	checkint(convS2M(&f, m, sizeof m), 0);
	f = sample(Twrite);
	f.count = 0xFFFFFFFF;
	checkint(sizeS2M(&f), 0);
	checkint(convS2M(&f, m, sizeof m), 0);
}

static volatile int touched;

/* a message alone in memory, so that ASan sees any byte read beyond it */
static u32int decode(uchar *m, u32int n)
{
	uchar *p;
	Fcall f;
	u32int k;
	int i;

	p = malloc(n);
	memmove(p, m, n);
	memset(&f, 0, sizeof f);
	k = convM2S(p, n, &f);
	if(k != 0){	/* touch all that it claims */
		check(k == n);
		if(f.type == Twrite || f.type == Rread)
			for(i = 0; i < (int)f.count; i++)
				touched += f.data[i];
		if(f.type == Twalk)
			for(i = 0; i < f.nwname; i++)
				check(strlen(f.wname[i]) < n);
	}
	free(p);
	return k;
}

static void truncations(void)
{
	uchar m[1024], x[1024];
	Fcall f;
	u32int n, k;
	int t, b;

	for(t = Tversion; t <= Rwstat; t++){
		if(!real(t))
			continue;
		f = sample(t);
		n = convS2M(&f, m, sizeof m);
		for(k = 0; k < n; k++){
			checkint(decode(m, k), 0);	/* size field says more */
			if(k < 7)
				continue;
			memmove(x, m, n);
			x[0] = k;
			x[1] = k>>8;
			checkint(decode(x, k), 0);	/* size agrees, fields do not */
		}
		memmove(x, m, n);
		x[n] = 0;
		x[0] = n+1;
		x[1] = (n+1)>>8;
		checkint(decode(x, n+1), 0);	/* a byte too many */
		for(k = 0; k < n; k++)
			for(b = 0; b < 256; b += 17){
				memmove(x, m, n);
				x[k] = b;
				decode(x, n);
			}
	}
}

static void lies(void)
{
	/* Twrite whose count is more than there is, and wraps */
	uchar w[] = { 25,0,0,0, Twrite, 1,0, 1,0,0,0, 0,0,0,0,0,0,0,0, 2,0,0,0, 'x','y' };
	/* Twalk of one name with a NUL in it, and with 17 empty names */
	uchar z[] = { 20,0,0,0, Twalk, 1,0, 1,0,0,0, 2,0,0,0, 1,0, 1,0, 0 };
	uchar many[17+17*2] = { 51,0,0,0, Twalk, 1,0, 1,0,0,0, 2,0,0,0, 17,0 };
	Fcall f;

	checkint(decode(w, sizeof w), sizeof w);
	w[19] = 3;
	checkint(decode(w, sizeof w), 0);
	memset(w+19, 0xFF, 4);
	checkint(decode(w, sizeof w), 0);
	w[22] = 0x7F;
	checkint(decode(w, sizeof w), 0);
	checkint(decode(z, sizeof z), 0);
	z[19] = 'a';
	checkint(decode(z, sizeof z), sizeof z);
	checkint(decode(many, sizeof many), 0);
	many[15] = 16;
	many[0] -= 2;
	checkint(decode(many, sizeof many-2), sizeof many-2);
	check(convM2S((uchar*)"\0\0\0\0\0\0\0", 7, &f) == 0);
	check(convM2S((uchar*)"\xFF\xFF\xFF\xFF\x64\0\0", 7, &f) == 0);
}

static void stats(void)
{
	Dir d, g;
	uchar m[256], x[256], strs[256];
	uint n, k;
	int b;

	memset(&d, 0, sizeof d);
	d.type = 0x4D;
	d.dev = 77;
	d.qid = (Qid){ .path = 0x1122334455667788UL, .vers = 3, .type = QTAPPEND };
	d.mode = DMAPPEND|0644;
	d.atime = 1;
	d.mtime = 0xFFFFFFFF;
	d.length = 0x123456789ALL;
	d.name = "name";
	d.uid = "u";
	d.gid = nil;
	d.muid = "";
	n = sizeD2M(&d);
	checkint(n, STATFIXLEN+5);
	checkint(convD2M(&d, m, sizeof m), n);
	checkint(convD2M(&d, x, n-1), 2);
	checkint(x[0], n-2);
	checkint(convD2M(&d, x, 1), 0);
	checkint(statcheck(m, n), 0);
	checkint(convM2D(m, sizeof m, &g, (char*)strs), n);
	check(g.type == d.type && g.dev == d.dev && g.mode == d.mode && g.atime == 1 && g.mtime == d.mtime);
	check(g.length == d.length && g.qid.path == d.qid.path && g.qid.vers == 3 && g.qid.type == QTAPPEND);
	checkstr(g.name, "name");
	checkstr(g.uid, "u");
	checkstr(g.gid, "");
	checkstr(g.muid, "");
	checkint(convM2D(m, n, &g, nil), n);
	check(g.name == nil && g.muid == nil);
	for(k = 0; k < n; k++){
		checkint(statcheck(m, k), -1);
		memmove(x, m, n);
		x[0] = k-2;
		checkint(statcheck(x, k), -1);
		checkint(convM2D(x, k, &g, (char*)strs), 0);
	}
	for(k = 0; k < n; k++)
		for(b = 0; b < 256; b += 5){
			uchar *p = malloc(n);
			memmove(p, m, n);
			p[k] = b;
			if(convM2D(p, n, &g, (char*)strs) != 0)
				check(strlen(g.name)+strlen(g.uid)+strlen(g.gid)+strlen(g.muid) <= 5);
			free(p);
		}
	memmove(x, m, n);
	x[n] = 0;
	x[0]++;			/* a byte more than the strings */
	checkint(statcheck(x, n+1), -1);
	memmove(x, m, n);
	x[STATFIXLEN-8+2] = 0;	/* a NUL in the name */
	checkint(statcheck(x, n), -1);
	checkint(convM2D(m, n, &g, (char*)m), n);	/* in place */
	checkstr(g.name, "name");
	checkstr(g.uid, "u");
	d.name = long16();
	checkint(convD2M(&d, m, sizeof m), 0);
}

static void names(void)
{
	char s[NAMEMAX+2];

	checkint(namecheck("a"), 0);
	checkint(namecheck("..."), 0);
	checkint(namecheck("\xE2\x82\xAC uro"), 0);
	checkint(namecheck(""), -1);
	checkint(namecheck("."), -1);
	checkint(namecheck(".."), -1);
	checkint(namecheck("a/b"), -1);
	checkint(namecheck("a\nb"), -1);
	checkint(namecheck(nil), -1);
	memset(s, 'a', sizeof s);
	s[NAMEMAX] = 0;
	checkint(namecheck(s), 0);
	s[NAMEMAX] = 'a';
	s[NAMEMAX+1] = 0;
	checkint(namecheck(s), -1);
}

int main(void)
{
	roundtrips();
	limits();
	truncations();
	lies();
	stats();
	names();
	return checkdone();
}
