/* export.h: the parts of exportfs to each other */
#pragma once

/* pattern.c: which files are shown */
void patternsread(char *file);	/* a line each; an end of the program if they are not right */
int patternshow(char *path);	/* is it, by its path from the root of what is served? */

/* net.c: clients on a network */
int isnetwork(int fd, char *ctl, int n);	/* is fd a conversation's data?  Its ctl's name */
void netready(char *ctl);	/* small messages are to go at once, and a client that has gone is to be noticed */
void netlisten(char *addr);	/* returns in a process for each call, which is on descriptors 0 and 1 */
