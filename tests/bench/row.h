/*
 * row.h: a row of the table of figures: an operation, how often it is done for
 * one figure, and what is to be there before.  Rows of every system are in
 * ops.c, those that only one has in its os.c; the table printed is in the
 * order of the file figures.
 */
typedef struct Row Row;
struct Row {
	char *name;			/* as in the file figures */
	int rounds;
	void (*run)(int n);		/* n operations; must() where one can fail */
	void (*before)(char *userfile);	/* not counted */
};

extern Row osrows[];	/* ended by a nil name */

void must(int ok, char *what);

/* the rows of TCP, for a system that has another stack too: osnet names the one used */
void echobefore(char*), tcpround(int), callbefore(char*), tcpcall(int), streambefore(char*), tcpstream(int);
