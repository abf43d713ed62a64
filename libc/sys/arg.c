/* arg.c: behind ARGBEGIN (arg(2)); argc and argv move on as words are used up. */
#include "u.h"
#include "libc.h"

static void shift(int *argc, char ***argv)
{
	(*argc)--;
	(*argv)++;
}

void argstart(int *argc, char ***argv)
{
	if(*argc <= 0)
		return;
	argv0 = **argv;
	shift(argc, argv);
}

/* Find the next option: 1 with a->c set, 0 when only arguments are left. */
int argnext(Args *a, int *argc, char ***argv)
{
	char *word;

	if(a->rest == nil || *a->rest == 0){
		word = *argc > 0? **argv: nil;
		if(word == nil || word[0] != '-' || word[1] == 0)
			return 0;
		shift(argc, argv);
		a->rest = word+1;
		if(word[1] == '-' && word[2] == 0)
			return 0;
	}
	a->rest += chartorune(&a->c, a->rest);
	return 1;
}

/* The option's value: the rest of its word, or the next; nil if there is none. */
char *argvalue(Args *a, int *argc, char ***argv)
{
	char *s;

	s = a->rest;
	a->rest = nil;
	if(s != nil && *s != 0)
		return s;
	if(*argc <= 0 || **argv == nil)
		return nil;
	s = **argv;
	shift(argc, argv);
	return s;
}
