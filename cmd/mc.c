/*
 * mc: arrange lines in columns, down first, as wide as the window ($COLUMNS, else 80).
 */
#include <u.h>
#include <libc.h>
#include <bio.h>

static char **word;
static int nword, maxwidth;

static void readwords(Biobuf *b)
{
	char *s;
	int w;

	while((s = Brdstr(b, '\n', 1)) != nil){
		if(nword % 64 == 0){
			word = realloc(word, (nword+64) * sizeof word[0]);
			if(word == nil)
				sysfatal("%r");
		}
		word[nword++] = s;
		w = utflen(s);
		if(w > maxwidth)
			maxwidth = w;
	}
}

static void columns(Biobuf *out, int width)
{
	int ncol, nrow, r, c, i;

	if(nword == 0)
		return;
	ncol = width / (maxwidth+1);
	if(ncol < 1)
		ncol = 1;
	nrow = (nword + ncol-1) / ncol;
	for(r = 0; r < nrow; r++){
		for(c = 0; (i = c*nrow + r) < nword; c++){
			Bprint(out, "%s", word[i]);
			if(i + nrow < nword)
				Bprint(out, "%*s", maxwidth + 1 - utflen(word[i]), "");
		}
		Bputc(out, '\n');
	}
}

int main(int argc, char **argv)
{
	Biobuf in, out;
	char *cols = getenv("COLUMNS");
	int i, fd, width = 80;

	if(cols != nil && atoi(cols) > 0)
		width = atoi(cols);
	if(argc > 1 && argv[1][0] == '-'){
		width = atoi(argv[1]+1);
		if(width <= 0){
			fprint(2, "usage: mc [-N] [file ...]\n");
			exits("usage");
		}
		argc--;
		argv++;
	}
	Binit(&out, 1, OWRITE);
	if(argc == 1){
		Binit(&in, 0, OREAD);
		readwords(&in);
	}
	for(i = 1; i < argc; i++){
		fd = open(argv[i], OREAD);
		if(fd < 0)
			sysfatal("%s: %r", argv[i]);
		Binit(&in, fd, OREAD);
		readwords(&in);
		Bterm(&in);
		close(fd);
	}
	columns(&out, width);
	if(Bterm(&out) < 0)
		sysfatal("write: %r");
	exits(nil);
}
