/* os.c: rows that only Linux has: none. */
#include "os.h"
#include "row.h"

Row osrows[] = {
	{nil, 0, nil, nil},
};
