/*
 * proto.c: the telnet protocol, RFC 854 and 855, as far as somebody at a
 * terminal needs it.  The other side may echo (RFC 857) and leave out
 * go-aheads (RFC 858), and is told the terminal's type, dumb (RFC 1091), if
 * it asks.  Everything else is refused.  What is so already is not answered,
 * so two sides never go on answering each other.
 */
#include <u.h>
#include <libc.h>
#include "telnet.h"

enum {
	Iac = 255, Dont = 254, Do = 253, Wont = 252, Will = 251, Sb = 250, Se = 240,
	Optecho = 1, Optsga = 3, Opttype = 24,
	Typeis = 0, Typesend = 1,
};

enum {	/* Proto.state */
	Data,
	Command,	/* behind IAC */
	Option,		/* behind one of the four */
	Subopt,		/* behind IAC SB */
	Sub,
	Subiac,
};

static void answer(Proto *p, int cmd, int opt)
{
	p->answer[0] = Iac;
	p->answer[1] = cmd;
	p->answer[2] = opt;
	p->nanswer = 3;
}

/* it will, or will not: *is says what was agreed on */
static void theirs(Proto *p, uchar *is, int will, int opt)
{
	if(is == nil){
		if(will)
			answer(p, Dont, opt);
	}else if(*is != will){
		*is = will;
		answer(p, will? Do: Dont, opt);
	}
}

static void option(Proto *p, int opt)
{
	int yes;

	switch(p->cmd){
	case Will:
	case Wont:
		yes = p->cmd == Will;
		theirs(p, opt == Optecho? &p->echo: opt == Optsga? &p->sga: nil, yes, opt);
		break;
	case Do:
	case Dont:
		yes = p->cmd == Do;
		if(opt != Opttype){
			if(yes)
				answer(p, Wont, opt);
		}else if(p->type != yes){
			p->type = yes;
			answer(p, yes? Will: Wont, opt);
		}
		break;
	}
}

static void subend(Proto *p)
{
	static const uchar dumb[] = { Iac, Sb, Opttype, Typeis, 'd', 'u', 'm', 'b', Iac, Se };

	if(p->sub != Opttype || !p->type || p->subn != 1 || p->ask != Typesend)
		return;
	memmove(p->answer, dumb, sizeof dumb);
	p->nanswer = sizeof dumb;
}

static int command(Proto *p, int c)
{
	p->state = Data;
	if(c == Iac)
		return c;
	if(c >= Will){
		p->cmd = c;
		p->state = Option;
	}else if(c == Sb)
		p->state = Subopt;
	return -1;
}

static int data(Proto *p, int c)
{
	int cr;

	cr = p->cr;
	p->cr = c == '\r';
	if(c == Iac){
		p->cr = cr;
		p->state = Command;
		return -1;
	}
	return p->cr || (cr && c == 0)? -1: c;	/* \r\n ends a line; \r alone and \r\0 are of no use to a dumb terminal */
}

static void subbyte(Proto *p, int c)
{
	if(p->subn == 0)
		p->ask = c;
	if(p->subn < 2)
		p->subn++;
}

int protobyte(Proto *p, int c)
{
	p->nanswer = 0;
	switch(p->state){
	case Data:
		return data(p, c);
	case Command:
		return command(p, c);
	case Option:
		p->state = Data;
		option(p, c);
		break;
	case Subopt:
		p->sub = c;
		p->subn = 0;
		p->state = Sub;
		break;
	case Sub:
		if(c == Iac)
			p->state = Subiac;
		else
			subbyte(p, c);
		break;
	case Subiac:
		p->state = c == Se? Data: Sub;
		if(c == Se)
			subend(p);
		else if(c == Iac)
			subbyte(p, c);
		break;
	}
	return -1;
}

int protoout(uchar *to, uchar *from, int n)
{
	uchar *p;
	int i;

	p = to;
	for(i = 0; i < n; i++){
		if(from[i] == '\n')
			*p++ = '\r';
		*p++ = from[i];
		if(from[i] == Iac)
			*p++ = Iac;
		else if(from[i] == '\r')
			*p++ = 0;
	}
	return p-to;
}
