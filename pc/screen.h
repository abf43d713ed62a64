/*
 * screen.h: a console on a grid of characters.
 */
#pragma once
typedef struct Screen Screen;
struct Screen {		/* the driver's */
	int cols, rows;
	void (*draw)(int col, int row, Rune r);
	void (*cursor)(int col, int row);	/* show it there */
};
int screenstart(Screen*);	/* from now on the console's text is shown; -1: no memory.  It lives for ever */
