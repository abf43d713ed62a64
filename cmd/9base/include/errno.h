/* errno.h: nothing sets errno; errors are strings here */
#pragma once
extern int errno;
enum {
	ENOENT = 2,
	EINTR = 4,
	EDOM = 33,
	ERANGE = 34,
};
