/*
 * reset.c: off and on again.  Each way that PCs know is tried, the
 * politest first.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "x86.h"
#include "pc.h"

enum {
	Kbdctl = 0x64, Kbdreset = 0xfe,
	Chipreset = 0xcf9,
};

void machreset(int halt)
{
	struct { u16int limit; u64int base; } __attribute__((packed)) none = { 0, 0 };

	splhi();
	stopothers();
	if(halt){
		acpipower();
		machputs("the power can be switched off\n", 30);
		for(;;)
			__asm__ volatile("hlt");
	}
	acpireset();
	outb(Kbdctl, Kbdreset);
	usdelay(20000);
	outb(Chipreset, 2);
	outb(Chipreset, 6);
	usdelay(20000);
	__asm__ volatile("lidt %0; int3" :: "m"(none));
	machhalt();
}
