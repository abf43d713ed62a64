/* needs: port/elf.c kern */
/* flags: -include tests/host/kern/khost.h -Iport */
/* f_elf: the headers of programs: what is accepted lies in user memory, in order, and is never both written and executed. */
#include <stdlib.h>
#include "lib.h"
#include "../../port/kern.h"
#include "../../port/elf.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uchar *p, usize n)
{
	uintptr lo, hi, end;
	Elfseg *s;
	Elf e;
	int i;

	lo = 0x200000;
	hi = 0x00007fffff000000UL;
	if(n > 4096)
		n = 4096;
	if(elfparse(p, n, lo, hi, &e) != nil)
		return 0;
	must(e.nseg >= 1 && e.nseg <= ElfMaxseg);
	end = lo;
	for(i = 0; i < e.nseg; i++){
		s = &e.seg[i];
		must(s->base >= end && s->top > s->base && s->top <= hi);
		must((s->base | s->top | s->off)%PGSZ == 0 && s->flen <= s->top-s->base);
		must((s->prot & ElfExec) == 0 || (s->prot & ElfWrite) == 0);
		end = s->top;
	}
	must(e.entry >= lo && e.entry < end);
	return 0;
}
