/* runetab.h: the tables of runetab.c, for runetype.c */
#pragma once
typedef struct Range Range;
typedef struct Casemap Casemap;
struct Range {
	Rune lo, hi;
};
struct Casemap {
	Rune lo, hi;
	int delta;
	int step;
};
extern const Range runealpha[], runedigit[], runeupper[], runelower[], runetitle[], runespace[];
extern const int nrunealpha, nrunedigit, nruneupper, nrunelower, nrunetitle, nrunespace;
extern const Casemap runetoupper[], runetolower[], runetotitle[];
extern const int nrunetoupper, nrunetolower, nrunetotitle;
