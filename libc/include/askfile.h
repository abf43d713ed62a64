/*
 * askfile.h: a server of one file that answers questions, askfile(2).
 * Include after u.h, libc.h.
 */
#pragma once

typedef struct Question Question;
typedef struct Askfile Askfile;

struct Question {
	char *text;		/* what was written, without white space around it; may be changed */
	char *uid;		/* who asks */
	void *aux;		/* the library's */
};

struct Askfile {
	char *file;		/* its name */
	int max;		/* questions worked on at once */
	/*
	 * Answer q: called in a process of its own, which shares memory, and may
	 * wait.  A wait is interrupted when nobody wants the answer any more, see
	 * unasked.  0 after any number of addanswer; -1 and errstr.
	 */
	int (*answer)(Question *q);
	void (*start)(void);	/* nil, or called first in the serving process */
};

/*
 * Serve it in a new process, in a copy of this one's name space, posted as
 * /srv/name and mounted behind what is in mtpt (nil: not): its pid; -1 and
 * errstr.
 */
int askfile(Askfile *a, char *name, char *mtpt);
int addanswer(Question *q, char *fmt, ...);	/* -1 and errstr: memory, or too much */
int unasked(Question *q);			/* was it given up? */

/*
 * The client's side, for commands: put the arguments, or if there are none
 * each line of standard input, as questions to a file, and print the answers,
 * a line each.  complete, unless nil, may change a question, in n bytes.
 * Errors are printed; how many questions there were without an answer, or -1
 * and errstr: the file cannot be opened.
 */
int askall(char *file, int argc, char **argv, void (*complete)(char *q, int n));
