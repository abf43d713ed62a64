/*
 * screen.c: text on a screen, for any driver that can draw one character in
 * one cell.  A copy of what is shown is kept in memory, for reading the
 * screen's is slow; to scroll is to draw the cells that differ.  Called by one
 * processor at a time (cons.h), and in a panic whoever had it.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "cons.h"
#include "x86.h"
#include "pc.h"
#include "screen.h"

enum { Tab = 8 };

static Screen *scr;
static u32int *cells;		/* cols*rows runes */
static int col, row;
static char part[UTFmax];	/* a rune whose rest has not come */
static int npart;
static Consout out;

static void set(int c, int r, Rune v)
{
	u32int *p;

	p = &cells[r*scr->cols + c];
	if(*p == v)
		return;
	*p = v;
	scr->draw(c, r, v);
}

static void scroll(void)
{
	int c, r;

	for(r = 0; r < scr->rows-1; r++)
		for(c = 0; c < scr->cols; c++)
			set(c, r, cells[(r+1)*scr->cols + c]);
	for(c = 0; c < scr->cols; c++)
		set(c, r, ' ');
}

static void newline(void)
{
	col = 0;
	if(row < scr->rows-1)
		row++;
	else
		scroll();
}

static void putrune(Rune r)
{
	switch(r){
	case '\n':
		newline();
		break;
	case '\r':
		col = 0;
		break;
	case '\b':
		if(col > 0)
			col--;
		else if(row > 0){
			row--;
			col = scr->cols-1;
		}
		break;
	case '\t':
		do{
			putrune(' ');
		}while(col % Tab != 0);
		break;
	default:
		if(r < ' ' || r == 0x7f)
			break;
		set(col, row, r);
		if(++col == scr->cols)
			newline();
	}
}

/* Runes may come in pieces; what is none shows as Runeerror. */
static void puttext(char *s, int n)
{
	Rune r;
	int used;

	for(; n > 0; n--, s++){
		if(npart == 0 && (uchar)*s < Runeself){
			putrune((uchar)*s);
			continue;
		}
		part[npart++] = *s;
		while(npart > 0 && (npart == UTFmax || fullrune(part, npart))){
			used = chartorune(&r, part);
			putrune(r);
			npart -= used;
			memmove(part, part+used, npart);
		}
	}
	scr->cursor(col, row);
}

static int put(Consout *o, char *s, int n)
{
	USED(o);
	puttext(s, n);
	return n;
}

int screenstart(Screen *s)
{
	int i;

	if(scr != nil)
		return seterr("there is a screen already");
	cells = malloc(s->cols * s->rows * sizeof *cells);
	if(cells == nil)
		return seterr("no memory for the screen");
	scr = s;
	for(i = 0; i < s->cols*s->rows; i++){
		cells[i] = ' ';
		s->draw(i % s->cols, i / s->cols, ' ');
	}
	s->cursor(0, 0);
	screenputs = puttext;
	out.put = put;
	consoutadd(&out, 1);
	return 0;
}
