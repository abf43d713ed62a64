/* needs: port/archive.c kern */
/* flags: -include tests/host/kern/khost.h -Iport */
/* f_archive: the root's archive: what is accepted can be walked whole, within its bytes, and ends. */
#include <stdlib.h>
#include "lib.h"
#include "qid.h"
#include "archive.h"
#include "fuzz.h"

int print(char *fmt, ...)
{
	USED(fmt);
	return 0;
}

static void bytes(Archive *a, Arent *e)
{
	volatile uchar c;

	must(e->off <= a->len && e->len <= a->len - e->off);
	if(e->len > 0){
		c = a->p[e->off];
		c = a->p[e->off+e->len-1];
	}
	USED(c);
}

int LLVMFuzzerTestOneInput(const uchar *p, usize n)
{
	Archive a;
	Arent e, f;
	u32int i;
	u64int k;

	if(archiveopen(&a, p, n) < 0)
		return 0;
	for(i = 0; i < a.nent; i++){
		archiveent(&a, i, &e);
		must(strlen(e.name) < n && strlen(e.uid) < n && strlen(e.gid) < n);
		must(e.parent < a.nent && (i == 0 || e.parent < i));
		if((e.mode & DMDIR) == 0){
			bytes(&a, &e);
			continue;
		}
		for(k = 0; k < e.len; k++){
			archiveent(&a, e.off+k, &f);
			must(f.parent == i && f.index > i);
			must(archivewalk(&a, &e, f.name, &f));
		}
		archivewalk(&a, &e, "nothing", &f);
	}
	return 0;
}
