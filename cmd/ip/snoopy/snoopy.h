/*
 * snoopy.h: a packet as what its layers say: fields of text, which are
 * printed and which filters ask for.
 */
#pragma once

enum {
	Maxlayers = 10,
	Maxfields = 24,		/* of a layer */
	Maxval = 256,
	Fieldroom = 4096,	/* values of all fields of a packet */
};

typedef struct Layer Layer;
typedef struct Packet Packet;
typedef struct Filter Filter;

struct Layer {
	char *proto;
	int n;
	char *name[Maxfields];
	char *val[Maxfields];
};

struct Packet {
	Layer layer[Maxlayers];
	int n;
	int rest;		/* bytes that no layer has said anything about */
	int used;
	char room[Fieldroom];
};

/* Take n bytes of a frame apart, which may be anything: decode.c.  whole: how long the frame was. */
void decode(Packet *k, uchar *p, int n, int whole);
/* the layers' own: decode.c */
Layer *layer(Packet *k, char *proto);	/* a new one; nil: there are too many */
void field(Packet *k, Layer *l, char *name, char *fmt, ...);
/* above IP: trans.c.  sum is the pseudo header's, of n bytes that are all there are */
void transport(Packet *k, int proto, uchar *p, int n, u32int sum, int whole);
void message(Packet *k, int from, int to, uchar *p, int n);	/* in udp, by the ports: app.c */
u16int wholesum(uchar *p, int n, u32int sum);	/* 0: right */

/*
 * Filters, filter.c: protocol names, alone or with fields they must have,
 * name(field=value,...); ! & | and parentheses.  Nil and errstr: bad syntax.
 */
Filter *filterparse(char *s);
int filtermatch(Filter *f, Packet *k);	/* nil: everything matches */
void filterfree(Filter *f);

/* --- where frames come from and go: source.c --- */
typedef struct Source Source;
struct Source {
	int fd;
	int ctl;		/* of an Ethernet conversation; -1: a file */
	int swap;		/* a file from a machine of the other byte order */
	u32int frac;		/* its parts of a second */
};
int sourceopen(Source *s, char *name, int promiscuous);	/* -1 and errstr */
int sourceread(Source *s, uchar *p, int max, int *whole, vlong *when);	/* bytes of a frame; 0 at the end, -1 and errstr */
int tracebegin(int fd);			/* a file of frames: its head */
int traceadd(int fd, uchar *p, int n, int whole, vlong when);
