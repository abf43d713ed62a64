/* math.h: its functions are in libc.h; none of them sets errno */
#pragma once
#include <u.h>
#include <libc.h>
#define HUGE_VAL __builtin_huge_val()
