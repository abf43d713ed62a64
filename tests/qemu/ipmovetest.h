/*
 * ipmovetest.h: two IP stacks talk while they move; ipmovetest.c, ipmovestates.c,
 * ipmoveudp.c and ipmoveline.c.  All processes of the program share its memory.
 */
#pragma once

typedef struct Net Net;
typedef struct Call Call;

struct Net {
	char *dir;	/* where the stack is mounted */
	char *addr;
};

struct Call {	/* a connection, from net[0] to net[1]; -1: closed */
	int ctl[2], data[2];
};

extern Net net[2];

#define need(e) do{ if(!(e)) fail(__FILE__, __LINE__, #e); }while(0)
void fail(char *file, int line, char *what) noreturn_;	/* all processes end */
int begin(void (*f)(void*), void *arg);	/* a process: its pid */
void awaitblocked(int pid);		/* until it waits in a call */
int fileof(Net *n, char *proto, int conv, char *name);
int convnew(Net *n, char *proto, int *id);	/* a new one: its ctl */
int convannounce(char *proto, int port, int *id);	/* at net[1]: its ctl */
int callaccept(int lid, int *data);		/* a call for tcp's conversation lid of net[1]: its ctl */
void calldial(Call *c, int port);		/* only net[0]'s end */
void callmake(Call *c, int lid, int port);	/* both ends */
void callend(Call *c, int end);
void put(int fd, uint seed, vlong at, long n);	/* bytes that follow from seed and place */
void get(int fd, uint seed, vlong at, long n);
void talk(Call *c, uint seed);		/* a few bytes both ways */

/* ipmovestates.c: connections in all states; statesend finds them as they were left */
void statesbegin(int lossy);
int statesend(void);			/* how many */

/* ipmoveudp.c: datagrams both ways, of which none may be lost */
void flowsbegin(void);
void flowswent(void);			/* until some have gone each way */
void flowsend(void);

/* ipmoveline.c: join two Ethernet interfaces by a line, which is bad when that file has been made */
#define Badline "/tmp/badline"
void line(char *dev0, char *dev1, int loss, int swap, int twice);
