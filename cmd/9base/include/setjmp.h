/* setjmp.h: what there is of it is in libc.h */
#pragma once
#include <u.h>
#include <libc.h>
