/*
 * memprog.h: a program's file for tests.  Byte i of the file, but for the
 * headers, is progbyte(i, salt).
 */
enum {
	ProgText = 0x200000,
	ProgTextlen = 10*PGSZ,
	ProgRo = ProgText + ProgTextlen,
	ProgRooff = ProgTextlen,
	ProgData = ProgRo + PGSZ,
	ProgDataoff = ProgRooff + PGSZ,
	ProgDatalen = 2*PGSZ + 1000,
	ProgDatamem = 6*PGSZ,
	ProgEnd = ProgData + ProgDatamem,
	ProgLen = ProgDataoff + ProgDatalen + 77,
};
int progbyte(u64int off, int salt);
uchar *progmake(int salt);
