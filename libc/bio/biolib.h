/* biolib.h: what the files of bio share */
#pragma once
int biofail(Biobuf *b, char *what);	/* note an error; Beof */
long biomore(Biobuf *b, uchar *keep);	/* read more behind what is kept from keep on: bytes, 0 at the end, <0 */
