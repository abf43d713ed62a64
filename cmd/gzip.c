/*
 * gzip: compress files, and with -d expand them, in the format of RFC 1952;
 * zlib does the work.  The result is a file of its own in the working
 * directory, or standard output with -c or without arguments; the source stays.  gunzip
 * and zcat are scripts that call it.
 *
 * A file to expand may be anybody's: memory use does not depend on it, the
 * check sum and length at its end are checked, and what is cut short or followed by
 * rubbish is an error.
 */
#include <u.h>
#include <libc.h>
#include <zlib.h>

enum {
	Bufsz = 64*1024,
	Gzipwindow = 15 + 16,	/* zlib's number for the greatest window, gzip's header */
};

static int tostdout, expand, level = 6, verbose;
static uchar in[Bufsz], out[Bufsz];

static voidpf zalloc(voidpf opaque, uInt n, uInt size)
{
	USED(opaque);
	return malloc((usize)n * size);
}

static void zfree(voidpf opaque, voidpf p)
{
	USED(opaque);
	free(p);
}

static int fail(char *name, char *why)
{
	fprint(2, "gzip: %s: %s\n", name, why);
	return -1;
}

static int failr(char *name)
{
	fprint(2, "gzip: %s: %r\n", name);
	return -1;
}

static int put(z_stream *z, int fd)
{
	long n = Bufsz - z->avail_out;

	z->next_out = out;
	z->avail_out = Bufsz;
	return write(fd, out, n) == n ? 0 : -1;
}

static int squeeze(int from, int to, char *name)
{
	z_stream z = { .zalloc = zalloc, .zfree = zfree, .next_out = out, .avail_out = Bufsz };
	long n;
	int e = Z_OK, r = -1;

	if(deflateInit2(&z, level, Z_DEFLATED, Gzipwindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return fail(name, "not enough memory");
	while(e != Z_STREAM_END){
		n = read(from, in, sizeof in);
		if(n < 0){
			failr(name);
			goto out;
		}
		z.next_in = in;
		z.avail_in = n;
		do{
			e = deflate(&z, n == 0 ? Z_FINISH : Z_NO_FLUSH);
			if((z.avail_out == 0 || e == Z_STREAM_END) && put(&z, to) < 0){
				failr("write");
				goto out;
			}
		}while(z.avail_in > 0 || (n == 0 && e != Z_STREAM_END));
	}
	r = 0;
out:
	deflateEnd(&z);
	return r;
}

/* the next bytes to expand: 1, 0 at the end of the file, -1 */
static int refill(z_stream *z, int from, char *name)
{
	long n;

	if(z->avail_in > 0)
		return 1;
	n = read(from, in, sizeof in);
	if(n < 0)
		return failr(name);
	z->next_in = in;
	z->avail_in = n;
	return n > 0;
}

static int inflateone(z_stream *z, int from, int to, char *name)
{
	int e, more;

	do{
		more = refill(z, from, name);
		if(more <= 0)
			return more < 0 ? -1 : fail(name, "ends too early");
		e = inflate(z, Z_NO_FLUSH);
		if(e != Z_OK && e != Z_STREAM_END && e != Z_BUF_ERROR)
			return fail(name, z->msg != nil ? z->msg : "damaged");
		if((z->avail_out == 0 || e == Z_STREAM_END) && put(z, to) < 0)
			return failr("write");
	}while(e != Z_STREAM_END);
	return 0;
}

/* a file may be several members, one after the other */
static int swell(int from, int to, char *name)
{
	z_stream z = { .zalloc = zalloc, .zfree = zfree, .next_out = out, .avail_out = Bufsz };
	int r = 0, more;

	if(inflateInit2(&z, Gzipwindow) != Z_OK)
		return fail(name, "not enough memory");
	do{
		r = inflateone(&z, from, to, name);
		more = r == 0 ? refill(&z, from, name) : 0;
		if(more > 0)
			inflateReset(&z);
	}while(more > 0);
	inflateEnd(&z);
	return more < 0 ? -1 : r;
}

/* of the result, in the working directory: malloced, or nil */
static char *outname(char *name)
{
	char *base = strrchr(name, '/'), *s;
	usize n;

	base = base != nil ? base+1 : name;
	if(!expand)
		return smprint("%s.gz", base);
	s = strdup(base);
	if(s == nil)
		return nil;
	n = strlen(s);
	if(n > 3 && strcmp(s+n-3, ".gz") == 0)
		s[n-3] = 0;
	else if(n > 4 && strcmp(s+n-4, ".tgz") == 0)
		strcpy(s+n-3, "tar");
	else{
		free(s);
		werrstr("name does not end in .gz or .tgz");
		return nil;
	}
	return s;
}

static int dofile(char *name)
{
	int from, to = 1, r;
	char *result = nil;

	from = open(name, OREAD);
	if(from < 0)
		return failr(name);
	if(!tostdout){
		result = outname(name);
		to = result != nil ? create(result, OWRITE, 0666) : -1;
		if(to < 0){
			failr(result != nil ? result : name);
			free(result);
			close(from);
			return -1;
		}
		if(verbose)
			fprint(2, "%s: %s\n", name, result);
	}
	r = expand ? swell(from, to, name) : squeeze(from, to, name);
	close(from);
	if(to != 1 && close(to) < 0)
		r = failr(result);
	if(r < 0 && result != nil)
		remove(result);
	free(result);
	return r;
}

int main(int argc, char **argv)
{
	int i, bad = 0;

	ARGBEGIN{
	case 'c':
		tostdout = 1;
		break;
	case 'd':
		expand = 1;
		break;
	case 'v':
		verbose = 1;
		break;
	case '1': case '2': case '3': case '4': case '5':
	case '6': case '7': case '8': case '9':
		level = ARGC() - '0';
		break;
	default:
		fprint(2, "usage: gzip [-cdv] [-1..9] [file ...]\n");
		exits("usage");
	}ARGEND
	if(argc == 0)
		bad = (expand ? swell : squeeze)(0, 1, "standard input") < 0;
	for(i = 0; i < argc; i++)
		bad |= dofile(argv[i]) < 0;
	exits(bad ? "errors" : nil);
}
