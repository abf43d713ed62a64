/*
 * mntflag.c: the letters with which commands and namespace(6) say the flags
 * of bind(2) and mount.
 */
#include "u.h"
#include "libc.h"

int mntflag(int flag, int c)
{
	switch(c){
	case 'a':
		flag |= MAFTER;
		break;
	case 'b':
		flag |= MBEFORE;
		break;
	case 'c':
		flag |= MCREATE;
		break;
	case 'C':
		flag |= MCACHE;
		break;
	default:
		return -1;
	}
	return (flag & MORDER) == MORDER? -1: flag;
}
