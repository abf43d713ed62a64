/*
 * host.h: a server in one of its hosts, for as long as a transcript plays.
 */
#pragma once

typedef struct Host Host;
struct Host {
	int kernel;	/* in the kernel; otherwise a process */
	char name[32];	/* of its post in /srv */
	int ctl;
	int nclient;	/* ever */
	int nopen;	/* there now */
};

Host *hostopen(char *where, Srv *s, char *arg);	/* where is kernel or user; nil and errstr */
int hostclient(Host *h);			/* a new client's end; -1 and errstr */
int hostwait(Host *h);				/* a client has gone: until the server knows; likewise */
int hostclose(Host *h);				/* and free it */
