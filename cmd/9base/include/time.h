/* time.h: types beside those of libc.h */
#pragma once
#include <u.h>
#include <libc.h>
typedef long time_t;
