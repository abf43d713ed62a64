/*
 * stdio.h: buffered files as the C standard has them, for the programs of
 * 9base that want them.  New programs use bio(2).  Formats are print(2)'s,
 * which take those of the standard.
 */
#pragma once
#include <u.h>
#include <libc.h>
#include <stddef.h>

typedef struct FILE FILE;
struct FILE {
	int fd;			/* -1: not in use */
	int how;		/* what open was asked for: 'r', 'w' or '+' */
	int eof, err;
	int pid;		/* of popen's process */
	int line;		/* flush at the end of each line */
	uchar *r, *re;		/* read ahead */
	uchar *w;		/* written, not yet flushed: from buf to here */
	uchar *buf;		/* BUFSIZ bytes */
};

#define EOF (-1)
#define BUFSIZ 8192
#define FOPEN_MAX 64
#define FILENAME_MAX 1024
#define L_tmpnam 64
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#ifndef NULL
#define NULL 0
#endif

extern FILE stdio_files[];
#define stdin (&stdio_files[0])
#define stdout (&stdio_files[1])
#define stderr (&stdio_files[2])

FILE *fopen(const char *name, const char *how);
FILE *fdopen(int fd, const char *how);
FILE *freopen(const char *name, const char *how, FILE *f);
FILE *popen(const char *cmd, const char *how);
int pclose(FILE *f);
int fclose(FILE *f);
int fflush(FILE *f);
int fgetc(FILE *f);
int ungetc(int c, FILE *f);
int fputc(int c, FILE *f);
char *fgets(char *s, int n, FILE *f);
int fputs(const char *s, FILE *f);
int puts(const char *s);
size_t fread(void *p, size_t size, size_t n, FILE *f);
size_t fwrite(const void *p, size_t size, size_t n, FILE *f);
int fseek(FILE *f, long off, int whence);
long ftell(FILE *f);
void rewind(FILE *f);
int printf(const char *fmt, ...);
int fprintf(FILE *f, const char *fmt, ...);
int sprintf(char *s, const char *fmt, ...);
int snprintf(char *s, size_t n, const char *fmt, ...);
int vfprintf(FILE *f, const char *fmt, va_list args);
int vsprintf(char *s, const char *fmt, va_list args);
int vsnprintf(char *s, size_t n, const char *fmt, va_list args);
int fscanf(FILE *f, const char *fmt, ...);
int sscanf(const char *s, const char *fmt, ...);
#define getc(f) fgetc(f)
#define putc(c, f) fputc(c, f)
#define getchar() fgetc(stdin)
#define putchar(c) fputc(c, stdout)
#define feof(f) ((f)->eof)
#define ferror(f) ((f)->err)
#define clearerr(f) ((f)->eof = (f)->err = 0)
#define fileno(f) ((f)->fd)
