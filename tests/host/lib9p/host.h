/* host.h: what the tests may do with their host, see host.c */
extern long hostfail;
extern long hostallocs;
extern usize hostbiggest;
extern vlong hostclock;
extern void (*hostunlock)(void);	/* called before each qunlock; set before there are threads */
