/* string.h: its functions are in libc.h */
#pragma once
#include <u.h>
#include <libc.h>
char *strerror(int);
