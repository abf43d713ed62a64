/* stdlib.h: for lwIP, which wants it: lib.h has what it uses. */
#pragma once
#include "u.h"
#include "lib.h"
