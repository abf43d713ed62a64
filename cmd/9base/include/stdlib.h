/* stdlib.h: what programs of 9base use of it beyond libc.h */
#pragma once
#include <u.h>
#include <libc.h>
#include <stddef.h>

#define RAND_MAX 0x7fff
#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1
#ifndef MB_CUR_MAX
#define MB_CUR_MAX 4
#endif

void exit(int status) noreturn_;
int system(const char *cmd);
int mblen(const char *s, size_t n);
int mbtowc(wchar_t *w, const char *s, size_t n);
int wctomb(char *s, wchar_t w);
size_t mbstowcs(wchar_t *w, const char *s, size_t n);
