/*
 * vga.c: the console on a VGA in text mode, as a BIOS leaves it: 80×25 cells
 * of a character of code page 437 and an attribute.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "x86.h"
#include "pc.h"
#include "pci.h"
#include "screen.h"

enum {
	Cols = 80, Rows = 25,
	Textmem = 0xb8000,
	Biosmode = 0x449,	/* the BIOS keeps the mode here */
	Mode3 = 3,		/* 80×25 in colour */
	Crtindex = 0x3d4, Crtdata = 0x3d5, Cursorstart = 0xa, Cursorhi = 0xe, Cursorlo = 0xf,
	Grey = 7<<8,
};

static volatile u16int *cells;

/* code page 437 from 0x80; 0 where it has a rune that is not in Latin-1 */
static Rune cp437[] = {
	0xc7, 0xfc, 0xe9, 0xe2, 0xe4, 0xe0, 0xe5, 0xe7, 0xea, 0xeb, 0xe8, 0xef, 0xee, 0xec, 0xc4, 0xc5,
	0xc9, 0xe6, 0xc6, 0xf4, 0xf6, 0xf2, 0xfb, 0xf9, 0xff, 0xd6, 0xdc, 0xa2, 0xa3, 0xa5, 0, 0,
	0xe1, 0xed, 0xf3, 0xfa, 0xf1, 0xd1, 0xaa, 0xba, 0xbf, 0, 0xac, 0xbd, 0xbc, 0xa1, 0xab, 0xbb,
};

static int codeof(Rune r)
{
	usize i;

	if(r < 0x80)
		return r;
	for(i = 0; i < nelem(cp437); i++)
		if(cp437[i] == r)
			return 0x80 + i;
	switch(r){
	case 0xdf:
		return 0xe1;
	case 0xb5:
		return 0xe6;
	case 0xb1:
		return 0xf1;
	case 0xf7:
		return 0xf6;
	case 0xb0:
		return 0xf8;
	case 0xb7:
		return 0xfa;
	case 0xb2:
		return 0xfd;
	}
	return '?';
}

static void draw(int col, int row, Rune r)
{
	cells[row*Cols + col] = Grey | codeof(r);
}

static void crt(int r, int v)
{
	outb(Crtindex, r);
	outb(Crtdata, v);
}

static void cursor(int col, int row)
{
	int at;

	at = row*Cols + col;
	crt(Cursorhi, at>>8);
	crt(Cursorlo, at);
}

static Screen screen = { .cols = Cols, .rows = Rows, .draw = draw, .cursor = cursor };

static int textmode(void)
{
	if(bootinfo.screen.text)
		return bootinfo.screen.width == Cols && bootinfo.screen.height == Rows;
	return bootinfo.screen.depth == 0 && *(uchar*)kaddr(Biosmode) == Mode3 && pciclass(nil, 0x030000) != nil;
}

void vgainit(void)
{
	if(!textmode() || (cells = kmapdev(Textmem, Cols*Rows*2)) == nil)
		return;
	crt(Cursorstart, 0xd);
	if(screenstart(&screen) < 0)
		kprint("vga: %r\n");
}
