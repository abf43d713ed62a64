/* needs: lib9p fs/ninep/name.c fs/ninep/node.c fs/ninep/rpc.c fs/ninep/wstat.c cmd/9pplay/play.c cmd/9pplay/text.c tests/host/lib9p/trans.c host */
/* flags: -Ifs/ninep */
/*
 * f_ninep: the 9P2000.L translator between a client, whose requests are made
 * of some of the bytes, and a hostile host, whose answers are the others.
 * Every answer to the client is well-formed 9P2000.
 */
#include <stdlib.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "trans.h"
#include "ninep.h"
#include "../../fs/ninep/ninep.c"
#include "fuzz.h"

enum { Msize = 4096+IOHDRSZ };

static Bytes host;

/* bytes of a proper answer to the dialect's message of that type, as far as they are fixed */
static u32int bodysize(int type)
{
	switch(type){
	case 12: case 14:	/* Tlopen Tlcreate */
		return QIDSZ+4;
	case 22:	/* Treadlink */
		return 2+4;
	case 24:	/* Tgetattr */
		return 8+QIDSZ+4+4+4+15*8;
	case 40:	/* Treaddir */
		return 4+60;
	case 72: case Tattach:	/* Tmkdir */
		return QIDSZ;
	case Twalk:
		return 2+QIDSZ;
	case Tread: case Twrite:
		return 4;
	}
	return 0;
}

/* make the answer in m one that leads on: there is a root, walks arrive, attributes are told; its length */
static u32int kind(const uchar *t, uchar *m, u32int n)
{
	int i, k;

	switch(t[4]){
	case Tattach:
		m[7] = QTDIR;
		break;
	case Twalk:
		k = t[15] < MAXWELEM? t[15]: MAXWELEM;
		for(i = 0; i < k; i++){
			memset(m+9+i*QIDSZ, 0, QIDSZ);
			m[9+i*QIDSZ] = take1(&host)&1? QTDIR: take1(&host)&2;
			m[9+i*QIDSZ+5] = take1(&host)&7;
		}
		m[7] = k;
		m[8] = 0;
		return 9+k*QIDSZ;
	case 24:
		m[7] = 0xFF;
		m[8] = 7;
		break;
	}
	return n;
}

static long evilrpc(L9io *io, uchar *t, u32int nt, Buf *out, u32int nout, uchar *r, u32int nr, Buf *in)
{
	uchar m[1024];
	u32int n;
	u8int how;

	USED(io);
	USED(out);
	must(nt >= 7 && nt+nout <= 2*Msize);
	how = take1(&host);
	if(how == 0xFF || (how > 8 && !more(&host))){
		werrstr("%s", how & 1? Eintr: Ehungup);
		return -1;
	}
	memset(m, 0, sizeof m);
	m[4] = how & 0x40? 7: t[4]+1;
	n = 7+bodysize(t[4]);
	if(how & 0x20)
		n = 7+2*take1(&host);
	if(t[4] == Tversion && how < 0x80){
		memmove(m+7, t+7, nt-7 < 32? nt-7: 32);
		n = nt;
	}else if(how < 0x80 || n > 7)
		taken(&host, m+7, n-7);
	if(how < 0x20)
		n = kind(t, m, n);
	m[0] = n;
	m[1] = n>>8;
	if(in != nil && m[4] == Rread && n >= 11){
		n = m[7] | m[8]<<8;
		if(n > in->n)
			n = in->n;
		bufput(in, 0, m, n < sizeof m? n: sizeof m);
		n += 11;
		memmove(r, m, nr < 11? nr: 11);
		return n;
	}
	memmove(r, m, nr < n? nr: n);
	return n;
}

static L9io *evildial(char *tag)
{
	static L9io io;

	USED(tag);
	io = (L9io){ .msize = 2*Msize, .uid = ~0U, .rpc = evilrpc };
	return &io;
}

static void answers(Trans *t)
{
	static uchar ans[MAXMSIZE];
	Fcall f;
	int n;

	while((n = t->recv(t, ans, sizeof ans)) > 0)
		must(n <= Msize && convM2S(ans, n, &f) == (u32int)n && f.type&1);
}

int LLVMFuzzerTestOneInput(const uchar *p, usize n)
{
	static uchar version[] = { 19,0,0,0, Tversion, 0xFF,0xFF, (uchar)Msize,Msize>>8,0,0, 6,0, '9','P','2','0','0','0' };
	static uchar attach[] = { 24,0,0,0, Tattach, 1,0, 1,0,0,0, 0xFF,0xFF,0xFF,0xFF, 4,0,'h','o','s','t', 1,0,'x' };
	uchar m[Maxmessage];
	Bytes b;
	Trans *t;
	Srv s;
	L9 *l;
	usize half;
	int i;

	if(n < 2)
		return 0;
	ninepdial = evildial;
	half = p[0]*(n-1)/256;
	b = (Bytes){ p+1, p+1+half };
	host = (Bytes){ p+1+half, p+n };
	s = ninepsrv;
	s.owner = "glenda";
	s.msize = Msize;
	if(s.init != nil)
		must(s.init(&s, "") == 0);
	t = msgtrans(&s);
	t->send(t, version, sizeof version);
	t->send(t, attach, sizeof attach);
	answers(t);
	for(i = 0; i < 100 && more(&b); i++){
		t->send(t, m, message(&b, m));
		answers(t);
	}
	t->close(t);
	while((l = sessions) != nil){
		sessions = l->next;
		free(l->tag);
		l9free(l);
	}
	if(s.fini != nil)
		s.fini(&s);
	return 0;
}
