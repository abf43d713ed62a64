/* needs: libc/9p/redo.c libc/base/crc32.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c libc/base/token.c lib9p tests/host/lib9p/host.c */
/* flags: -Itests/host/include -Itests/host/lib9p -pthread -Wl,--wrap=malloc,--wrap=realloc */
/*
 * f_redo: a restart log in memory of which the bytes change a part, as a
 * program that ran wild would have left it: what is accepted can be read to
 * its end, within its memory, and written on.
 */
#include <stdlib.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "redo.h"
#include "fuzz.h"

enum { Size = 64*1024, Slots = 2, Slotcap = 512 };

static u8int sum(uchar *p, u64int n)
{
	u8int s;

	for(s = 0; n > 0; n--)
		s += *p++;
	return s;
}

static volatile u8int sink;

static void readall(Redo *r)
{
	Redorec *x;
	u64int n;
	u32int i, have, num;
	uchar *p;

	if((p = redopre(r, &n)) != nil)
		sink = sum(p, n);
	if((p = redoimage(r, &n)) != nil)
		sink = sum(p, n);
	for(x = redonext(r, nil); x != nil; x = redonext(r, x))
		sink = sum(x->data, x->n);
	for(i = 0; i < r->nslot; i++){
		redosettle(r, i);
		p = redoslot(r, i, &have, &num);
		sink = sum(p, have);
	}
}

int LLVMFuzzerTestOneInput(const uchar *p, usize n)
{
	static uchar mem[Size];
	uchar *m;
	Bytes b = { p, p+n };
	Redo r = { .size = Size, .leastlog = 4096 };
	u32int at;
	int i;

	m = malloc(Size);	/* of its own, so that what lies past it is seen */
	memset(mem, 0, sizeof mem);
	memset(m, 0, Size);
	r.p = m;
	must(redoformat(&r, "fuzz", Slots, Slotcap) == 0);
	redocheckpoint(&r, "pre", 3, "the image", 9);
	for(i = 0; i < 5; i++)
		redolog(&r, 1, 0, i, i, "message", 7);
	for(i = 0; i < 20 && more(&b); i++){
		at = take2(&b)%Size;
		if(at > 6000)
			at %= 6000;
		taken(&b, m+at, 1+(take1(&b)&7));
	}
	r = (Redo){ .p = m, .size = Size, .leastlog = 4096 };
	if(redoopen(&r, "fuzz") == 0){
		readall(&r);
		redolog(&r, 1, 0, 9, 9, "more", 4);
		redocheckpoint(&r, "p", 1, "img", 3);
		readall(&r);
	}
	free(m);
	return 0;
}
