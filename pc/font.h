/*
 * font.h: the built-in characters.
 */
#pragma once
enum { FontW = 8, FontH = 16 };
const uchar *fontglyph(Rune r);		/* never nil */
int fontrow(const uchar *glyph, int y);
