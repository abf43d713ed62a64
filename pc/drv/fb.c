/*
 * fb.c: the console on a linear frame buffer, as an EFI boot loader leaves
 * it: 24 or 32 bits a pixel.  The memory is only written.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "x86.h"
#include "pc.h"
#include "font.h"
#include "screen.h"

enum {
	Paper = 0x000000, Ink = 0xc8c8c8,	/* red, green, blue */
	Maxside = 16384,
};

static uchar *mem;
static Screeninfo *info;
static u32int paper, ink;
static struct { int col, row, shown; } curs;
static Screen screen;
static Rune *shown;		/* by draw: for the cursor */

static u32int pixel(u32int rgb)
{
	return (rgb>>16 & 0xff)<<info->red | (rgb>>8 & 0xff)<<info->green | (rgb & 0xff)<<info->blue;
}

static void putrow(uchar *p, int bits, u32int fg, u32int bg)
{
	u32int v;
	int i;

	for(i = 0; i < FontW; i++){
		v = bits & 0x80>>i? fg: bg;
		if(info->depth == 32){
			*(volatile u32int*)p = v;
			p += 4;
		}else{
			p[0] = v;
			p[1] = v>>8;
			p[2] = v>>16;
			p += 3;
		}
	}
}

static void glyph(int col, int row, Rune r, u32int fg, u32int bg)
{
	const uchar *g;
	uchar *p;
	int y;

	g = fontglyph(r);
	p = mem + (usize)row*FontH*info->pitch + (usize)col*FontW*(info->depth/8);
	for(y = 0; y < FontH; y++, p += info->pitch)
		putrow(p, fontrow(g, y), fg, bg);
}

static void draw(int col, int row, Rune r)
{
	shown[row*screen.cols + col] = r;
	glyph(col, row, r, ink, paper);
	if(curs.shown && curs.col == col && curs.row == row)
		curs.shown = 0;
}

static void cursor(int col, int row)
{
	if(curs.shown)
		glyph(curs.col, curs.row, shown[curs.row*screen.cols + curs.col], ink, paper);
	curs.col = col;
	curs.row = row;
	curs.shown = 1;
	glyph(col, row, shown[row*screen.cols + col], paper, ink);
}

void fbinit(void)
{
	usize size;

	info = &bootinfo.screen;
	if(info->depth == 0 || info->text || info->width > Maxside || info->height > Maxside)
		return;
	if(info->red > 24 || info->green > 24 || info->blue > 24 || info->pitch < info->width*(info->depth/8))
		return;
	size = (usize)info->pitch * info->height;
	screen.cols = info->width/FontW;
	screen.rows = info->height/FontH;
	if(screen.cols < 20 || screen.rows < 5 || info->pa + size < info->pa)
		return;
	mem = kmapscreen(info->pa, size);
	shown = mallocz((usize)screen.cols*screen.rows*sizeof *shown, 1);
	if(mem == nil || shown == nil){
		kprint("screen: no memory\n");
		return;
	}
	ink = pixel(Ink);
	paper = pixel(Paper);
	screen.draw = draw;
	screen.cursor = cursor;
	if(screenstart(&screen) < 0)
		kprint("screen: %r\n");
}
