/* signal.h: awk asks for SIGFPE, which cannot come */
#pragma once
enum {
	SIGINT = 2,
	SIGFPE = 8,
};
typedef void (*Sighandler)(int);
#define SIG_IGN ((Sighandler)1)
#define SIG_DFL ((Sighandler)0)
Sighandler signal(int sig, Sighandler f);
