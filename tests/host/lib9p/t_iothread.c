/* needs: lib9p fs/ramfs.c */
/* sanitize: thread,undefined */
#include "t_io.c"
