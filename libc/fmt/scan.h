/* scan.h: the input of doscan, for strings (sscan) and Biobufs (Bscan) */
#pragma once
typedef struct Scan Scan;
struct Scan {
	int (*get)(Scan*);		/* next byte, -1 at the end */
	void (*unget)(Scan*);		/* put the last byte back; at most once in a row */
	void *arg;
	long nread;			/* bytes taken so far */
	int over;			/* the end has been seen */
};
int doscan(Scan *s, char *fmt, va_list args);
