/* os.c: rows that only Pintle has. */
#include "os.h"
#include "row.h"

Row osrows[] = {
	{nil, 0, nil, nil},
};
