/* dat.h: the program's parts to each other. */
#pragma once
extern char *netroot;		/* net directory: whose udp and tcp */
extern char *dbfile;		/* nil: the usual one */
extern Dnsnet dnsnet;
int dnsserve(void);		/* answer the network's questions, in processes of their own: 0, or -1 and errstr */

typedef struct Watch Watch;
struct Watch {	/* a conversation that will be hung up; in shared memory; watch.c's */
	Watch *next;
	int ctl;
	int left;		/* ms */
	int over;		/* it has been */
	int busy;		/* it is being */
};
int watch(Watch *w, int ctl, int ms);	/* from now on; -1 and errstr */
void unwatch(Watch *w);			/* before ctl is closed; waits for a hang-up under way */
