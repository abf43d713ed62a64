/*
 * askall.c: the client's side of a file that answers questions, askfile(2),
 * for the commands that put them by hand.
 */
#include <u.h>
#include <libc.h>
#include <bio.h>
#include <askfile.h>

enum {
	Maxquestion = 1024,
	Maxanswer = 4096,
};

/* 0, or -1: there was no answer */
static int question(int fd, char *q)
{
	char buf[Maxanswer+1];
	long n;
	int r;

	if(write(fd, q, strlen(q)) < 0){
		fprint(2, "%r\n");
		return -1;
	}
	seek(fd, 0, 0);
	r = -1;
	while((n = read(fd, buf, Maxanswer)) > 0){
		buf[n] = 0;
		print("%s\n", buf);
		r = 0;
	}
	return r;
}

static int ask(int fd, char *s, void (*complete)(char*, int))
{
	char q[Maxquestion];

	strecpy(q, q+sizeof q, s);
	if(complete != nil)
		complete(q, sizeof q);
	return question(fd, q);
}

int askall(char *file, int argc, char **argv, void (*complete)(char*, int))
{
	Biobuf in;
	char *s;
	int fd, i, bad;

	if((fd = open(file, ORDWR|OCEXEC)) < 0)
		return -1;
	bad = 0;
	for(i = 0; i < argc; i++)
		bad += ask(fd, argv[i], complete) < 0;
	if(argc == 0){
		Binit(&in, 0, OREAD);
		for(;;){
			print("> ");
			if((s = Brdstr(&in, '\n', 1)) == nil)
				break;
			if(*s != 0)
				bad += ask(fd, s, complete) < 0;
			free(s);
		}
		print("\n");
		Bterm(&in);
	}
	close(fd);
	return bad;
}
