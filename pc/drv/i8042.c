/*
 * i8042.c: the keyboard behind the PC's keyboard controller, US layout.
 * The controller translates to scan code set 1, where a key's release is its
 * code with the top bit set and 0xe0 announces a key that old keyboards had
 * not.  What is typed goes to the console as UTF-8; keys without a
 * character give the runes of keyboard(6).  The state is the interrupt
 * handler's, on processor 0.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "cons.h"
#include "x86.h"

enum {
	Data = 0x60, Cmd = 0x64,
	Full = 1<<0, Busy = 1<<1, Aux = 1<<5,	/* status */
	Getconf = 0x20, Setconf = 0x60, Auxoff = 0xa7, Kbdoff = 0xad, Kbdon = 0xae,
	Confkbd = 1<<0, Confaux = 1<<1, Confoff = 1<<4, Confxlate = 1<<6,
	Irq = 1,
	Polls = 20000,
	Release = 0x80, Ext = 0xe0, Pause = 0xe1,

	/* runes of keys, and of modifiers here only */
	Home = 0xf00d, Up = 0xf00e, Pgup = 0xf00f, Print = 0xf010, Left = 0xf011, Right = 0xf012,
	Pgdown = 0xf013, Ins = 0xf014, End = 0xf018, Down = 0xf800, Fn = 0xf000, Del = 0x7f, Esc = 0x1b,
	Shift = 0x110000, Ctl, Alt, Caps, Num,
	Nkey = 0x60,
};

static Rune plain[Nkey] = {
	0, Esc, '1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '-', '=', '\b', '\t',
	'q', 'w', 'e', 'r', 't', 'y', 'u', 'i', 'o', 'p', '[', ']', '\n', Ctl, 'a', 's',
	'd', 'f', 'g', 'h', 'j', 'k', 'l', ';', '\'', '`', Shift, '\\', 'z', 'x', 'c', 'v',
	'b', 'n', 'm', ',', '.', '/', Shift, '*', Alt, ' ', Caps, Fn|1, Fn|2, Fn|3, Fn|4, Fn|5,
	Fn|6, Fn|7, Fn|8, Fn|9, Fn|10, Num, 0, '7', '8', '9', '-', '4', '5', '6', '+', '1',
	'2', '3', '0', '.', 0, 0, '\\', Fn|11, Fn|12,
};
static Rune shifted[Nkey] = {
	0, Esc, '!', '@', '#', '$', '%', '^', '&', '*', '(', ')', '_', '+', '\b', '\t',
	'Q', 'W', 'E', 'R', 'T', 'Y', 'U', 'I', 'O', 'P', '{', '}', '\n', Ctl, 'A', 'S',
	'D', 'F', 'G', 'H', 'J', 'K', 'L', ':', '"', '~', Shift, '|', 'Z', 'X', 'C', 'V',
	'B', 'N', 'M', '<', '>', '?', Shift, '*', Alt, ' ', Caps, Fn|1, Fn|2, Fn|3, Fn|4, Fn|5,
	Fn|6, Fn|7, Fn|8, Fn|9, Fn|10, Num, 0, '7', '8', '9', '-', '4', '5', '6', '+', '1',
	'2', '3', '0', '.', 0, 0, '|', Fn|11, Fn|12,
};
static Rune extended[Nkey] = {
	[0x1c] = '\n', [0x1d] = Ctl, [0x35] = '/', [0x37] = Print, [0x38] = Alt, [0x47] = Home, [0x48] = Up,
	[0x49] = Pgup, [0x4b] = Left, [0x4d] = Right, [0x4f] = End, [0x50] = Down, [0x51] = Pgdown,
	[0x52] = Ins, [0x53] = Del,
};

static struct {
	int ext;		/* after 0xe0 */
	int skip;		/* codes of a Pause still to come */
	int shift, ctl, alt, caps;
} kbd;

static void modifier(Rune r, int down)
{
	switch(r){
	case Shift:
		kbd.shift = down;
		break;
	case Ctl:
		kbd.ctl = down;
		break;
	case Alt:
		kbd.alt = down;
		break;
	case Caps:
		kbd.caps ^= down;
		break;
	}
}

/* The rune that a key gives in the present state, or 0. */
static Rune keyrune(int code, int ext)
{
	Rune r;

	if(ext)
		r = extended[code];
	else if(kbd.caps && plain[code] >= 'a' && plain[code] <= 'z')
		r = (kbd.shift? plain: shifted)[code];
	else
		r = (kbd.shift? shifted: plain)[code];
	if(kbd.ctl && r >= '@' && r < Del)
		r &= 0x1f;
	else if(kbd.ctl && r == ' ')
		return 0;
	return r;
}

static void key(int code)
{
	char buf[UTFmax];
	Rune r;
	int ext, down;

	if(code == Ext){
		kbd.ext = 1;
		return;
	}
	if(code == Pause)
		kbd.skip = 3;
	if(kbd.skip > 0){
		kbd.skip--;
		return;
	}
	ext = kbd.ext;
	kbd.ext = 0;
	down = !(code & Release);
	code &= ~Release;
	if(code >= Nkey)
		return;
	r = ext? extended[code]: plain[code];
	if(r >= Shift){
		modifier(r, down);
		return;
	}
	if(!down || (r = keyrune(code, ext)) == 0)
		return;
	if(r == Del && kbd.ctl && kbd.alt)
		machreset(0);
	consinput(buf, runetochar(buf, &r));
}

static void interrupt(Ureg *ur, void *arg)
{
	int s, i;

	USED(ur);
	USED(arg);
	for(i = 0; i < 64 && (s = inb(Cmd)) & Full; i++)
		if(s & Aux)
			inb(Data);
		else
			key(inb(Data));
}

/* Until the controller takes a byte: 0, or -1. */
static int writable(void)
{
	int i;

	for(i = 0; i < Polls; i++)
		if(!(inb(Cmd) & Busy))
			return 0;
	return -1;
}

static int command(int c)
{
	if(writable() < 0)
		return -1;
	outb(Cmd, c);
	return 0;
}

static int answer(void)
{
	int i;

	for(i = 0; i < Polls; i++)
		if(inb(Cmd) & Full)
			return inb(Data);
	return -1;
}

static void drain(void)
{
	int i;

	for(i = 0; i < 64 && inb(Cmd) & Full; i++)
		inb(Data);
}

void i8042init(void)
{
	int c;

	if(inb(Cmd) == 0xff)
		return;
	if(command(Kbdoff) < 0 || command(Auxoff) < 0)
		return;
	drain();
	if(command(Getconf) < 0 || (c = answer()) < 0)
		return;
	c = (c & ~(Confaux|Confoff)) | Confkbd|Confxlate;
	if(command(Setconf) < 0 || writable() < 0)
		return;
	outb(Data, c);
	if(command(Kbdon) < 0)
		return;
	if(intrisa(Irq, "keyboard", interrupt, nil) == nil)
		kprint("keyboard: %r\n");
	drain();
}
