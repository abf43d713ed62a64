/* needs: libc/regexp/regcomp.c libc/regexp/regexec.c libc/regexp/regsub.c libc/base/utf.c tests/host/libc/shim.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c */
/*
 * regular expressions: a table, random ones against a slow matcher that works
 * on the syntax tree, limits, bad syntax, text of runes
 */
#include "u.h"
#include "libc.h"
#include "regexp.h"
#include "check.h"

static char *complaint;

void regerror(char *msg)
{
	complaint = msg;
}

static const struct {
	char *re;
	char *text;
	char *want;	/* matches of the whole and the parentheses, in (); nil: none */
} table[] = {
	{"abc", "xabcx", "(abc)"},
	{"abc", "xabx", nil},
	{"a*", "baaa", "()"},
	{"a+", "baaab", "(aaa)"},
	{"a?b", "aab", "(ab)"},
	{"a|ab|abc", "abcd", "(abc)"},
	{"(a|ab)(c|bcd)", "abcd", "(abcd)(a)(bcd)"},
	{"(a*)(a*)", "aaa", "(aaa)(aaa)()"},
	{"(a*)+", "aaab", "(aaa)(aaa)"},
	{"(a|b)*c", "abac", "(abac)(a)"},
	{"x(y)?z", "xz", "(xz)-"},
	{"^a", "ba", nil},
	{"^a", "b\na", "(a)"},
	{"a$", "ab", nil},
	{"a$", "a\nb", "(a)"},
	{"^$", "a\n\nb", "()"},
	{"^", "abc", "()"},
	{"$", "abc", "()"},
	{".", "\n", nil},
	{"a.c", "a\nc", nil},
	{".*", "äöü€", "(äöü€)"},
	{"[a-c]+", "xxabcdx", "(abc)"},
	{"[^a-c]+", "abxyzc", "(xyz)"},
	{"[^a]", "a\n", nil},
	{"[a\\-z]+", "x-az", "(-az)"},
	{"[\\]x]+", "a]x]", "(]x])"},
	{"[α-ω]+", "abγδε!", "(γδε)"},
	{"\\.\\*\\\\", "a.*\\", "(.*\\)"},
	{"\\(x\\)", "(x)", "((x))"},
	{"😀+", "x😀😀", "(😀😀)"},
	{"(((a)(b))(c))", "abc", "(abc)(abc)(ab)(a)(b)(c)"},
	{"a**", "aa", "(aa)"},
	{"(a+)*?b", "aab", "(aab)(aa)"},
	{"(^a|b)c", "bc", "(bc)(b)"},
	{"aa$|a", "aab", "(a)"},
	{"x*", "", "()"},
	{"\\", "a\\", "(\\)"},
	{"]", "]", "(])"},
	{"a{2}", "a{2}", "(a{2})"},
	{"(foo|bar)+baz", "xfoobarfoobaz", "(foobarfoobaz)(foo)"},
};

static char *shown(Resub *m, int n)
{
	static char buf[200];
	char *p;
	int i, last;

	p = buf;
	*p = 0;
	last = 0;
	for(i = 0; i < n; i++)
		if(m[i].sp != nil)
			last = i;
	for(i = 0; i <= last || i < 0; i++)
		if(m[i].sp == nil)
			p = seprint(p, buf+sizeof buf, "-");
		else
			p = seprint(p, buf+sizeof buf, "(%.*s)", (int)utfnlen(m[i].sp, m[i].ep-m[i].sp), m[i].sp);
	return buf;
}

static void tables(void)
{
	Resub m[10];
	Reprog *p;
	char *got;
	uint i;

	for(i = 0; i < nelem(table); i++){
		p = regcomp(table[i].re);
		check(p != nil);
		if(p == nil)
			continue;
		memset(m, 0, sizeof m);
		got = regexec(p, table[i].text, m, nelem(m)) == 1? shown(m, nelem(m)): nil;
		if(got && table[i].want && table[i].want[strlen(table[i].want)-1] == '-')
			strcpy(got+strlen(got), "-");	/* a last one that took no part */
		checkstr(got, table[i].want);
		checkint(regexec(p, table[i].text, nil, 0), table[i].want != nil);
		free(p);
	}
}

static void syntax(void)
{
	static char *bad[] = { "", "*", "+a", "?", "(", ")", "a)", "(a", "()", "a|", "|a", "a||b", "(|a)",
		"[", "[]", "[^", "[a", "[z-a]", "[a-", "[a-]", "[\\", "a(*b)" };
	char deep[3000];
	Reprog *p;
	uint i;

	for(i = 0; i < nelem(bad); i++){
		complaint = nil;
		check(regcomp(bad[i]) == nil);
		check(complaint != nil);
	}
	memset(deep, '(', 1000);
	deep[1000] = 0;
	check(regcomp(deep) == nil);
	for(i = 0; i < 100; i++)
		strcpy(deep+i*3, "(a)");
	p = regcomp(deep);
	check(p != nil);
	free(p);
}

static void bounds(void)
{
	char *s = "xxabxxabxx";
	Resub m[1];
	Reprog *p;

	p = regcomp("ab");
	m[0].sp = s+3;
	m[0].ep = nil;
	checkint(regexec(p, s, m, 1), 1);
	check(m[0].sp == s+6 && m[0].ep == s+8);
	m[0].sp = s;
	m[0].ep = s+3;
	checkint(regexec(p, s, m, 1), 0);
	check(m[0].sp == nil);
	m[0].sp = s;
	m[0].ep = s+4;
	checkint(regexec(p, s, m, 1), 1);
	free(p);
	p = regcomp("^x");
	m[0].sp = s+1;
	m[0].ep = nil;
	checkint(regexec(p, s, m, 1), 0);	/* not the beginning of the text */
	free(p);
	p = regcomp("x$");
	m[0].sp = nil;
	m[0].ep = s+2;
	checkint(regexec(p, s, m, 1), 1);
	check(m[0].sp == s+1);
	free(p);
}

static void variants(void)
{
	Rune text[] = { 'x', 0x20AC, 'b', '\n', 'c', 0 }, to[20], from[] = { '<', '&', '>', '\\', '1', '\\', '&', 0 };
	char out[30];
	Resub m[3];
	Reprog *p;

	p = regcomplit("a.*");
	checkint(regexec(p, "aa.*b", nil, 0), 1);
	checkint(regexec(p, "axxb", nil, 0), 0);
	free(p);
	p = regcompnl("b.c");
	memset(m, 0, sizeof m);
	checkint(regexec(p, "ab\ncd", m, 3), 1);
	free(p);
	p = regcomp("€(.)");
	memset(m, 0, sizeof m);
	checkint(rregexec(p, text, m, 3), 1);
	check(m[0].s.rsp == text+1 && m[0].e.rep == text+3 && m[1].rsp == text+2 && m[2].rsp == nil);
	rregsub(from, to, 20, m, 3);
	check(runetochar(out, to) == 1 && to[1] == 0x20AC && to[2] == 'b' && to[3] == '>' && to[4] == 'b' && to[5] == '&' && to[6] == 0);
	rregsub(from, to, 3, m, 3);
	check(to[2] == 0);
	free(p);
	p = regcomp("(b+)(c)?");
	memset(m, 0, sizeof m);
	regexec(p, "abbd", m, 3);
	regsub("[&|\\1|\\2|\\0|\\&|\\\\]", out, sizeof out, m, 3);
	checkstr(out, "[bb|bb||bb|&|\\]");
	regsub("&&&", out, 4, m, 3);
	checkstr(out, "bbb");
	regsub("\\9x\\", out, sizeof out, m, 3);
	checkstr(out, "x\\");
	free(p);
}

/* what would take a backtracking matcher for ever */
static void hard(void)
{
	static char text[60001], re[1000];
	Resub m[2];
	Reprog *p;
	int i, n;

	memset(text, 'a', sizeof text-1);
	p = regcomp("(a*)*b");
	checkint(regexec(p, text, nil, 0), 0);
	free(p);
	p = regcomp("((a|a)*|b)*c");
	checkint(regexec(p, text, nil, 0), 0);
	free(p);
	n = 100;
	for(i = 0; i < n; i++){
		strcpy(re+2*i, "a?");
		re[2*n+i] = 'a';
	}
	re[3*n] = 0;
	text[n] = 0;
	p = regcomp(re);
	memset(m, 0, sizeof m);
	checkint(regexec(p, text, m, 2), 1);
	check(m[0].ep - m[0].sp == n);
	free(p);
}

/* ---- random expressions over a and b */

typedef struct Node Node;
struct Node {
	char op;	/* a b . | & ( * + ? ^ $ */
	Node *l, *r;
};

static Node nodes[100];
static int nnode;
static u64int seed = 7;

static uint rnd(uint n)
{
	seed = seed*6364136223846793005UL + 1442695040888963407UL;
	return (seed>>33)%n;
}

static Node *gen(int depth)
{
	Node *n;

	n = &nodes[nnode++];
	*n = (Node){.op = "ab.^$"[depth > 3? rnd(3): rnd(40) == 0? 3+rnd(2): rnd(3)]};
	if(depth > 3 || rnd(3) == 0)
		return n;
	n->op = "|&&(*+?"[rnd(7)];
	n->l = gen(depth+1);
	if(n->op == '|' || n->op == '&')
		n->r = gen(depth+1);
	return n;
}

static char *text(Node *n, char *p, char *e)
{
	switch(n->op){
	case '|':
		p = seprint(p, e, "(");
		p = text(n->l, p, e);
		p = seprint(p, e, "|");
		p = text(n->r, p, e);
		return seprint(p, e, ")");
	case '&':
		return text(n->r, text(n->l, p, e), e);
	case '(':
	case '*':
	case '+':
	case '?':
		p = seprint(p, e, "(");
		p = text(n->l, p, e);
		p = seprint(p, e, ")");
		return n->op == '('? p: seprint(p, e, "%c", n->op);
	}
	return seprint(p, e, "%c", n->op);
}

/* the set of places where a match of n that begins at one of the set from can end */
static u32int reach(Node *n, char *s, int len, u32int from)
{
	u32int to, more;
	int i;

	switch(n->op){
	case '|':
		return reach(n->l, s, len, from) | reach(n->r, s, len, from);
	case '&':
		return reach(n->r, s, len, reach(n->l, s, len, from));
	case '(':
		return reach(n->l, s, len, from);
	case '?':
		return from | reach(n->l, s, len, from);
	case '*':
	case '+':
		to = n->op == '*'? from: reach(n->l, s, len, from);
		while((more = to | reach(n->l, s, len, to)) != to)
			to = more;
		return to;
	}
	to = 0;
	for(i = 0; i <= len; i++){
		if(!(from>>i & 1))
			continue;
		if((n->op == '^' && (i == 0 || s[i-1] == '\n')) || (n->op == '$' && (i == len || s[i] == '\n')))
			to |= 1U<<i;
		else if(i < len && ((n->op == '.' && s[i] != '\n') || n->op == s[i]))
			to |= 1U<<(i+1);
	}
	return to;
}

static void randoms(void)
{
	char re[600], s[16], got[40], want[40];
	Reprog *p;
	Resub m[1];
	Node *n;
	u32int e;
	int i, k, len, start;

	for(i = 0; i < 20000; i++){
		nnode = 0;
		n = gen(0);
		text(n, re, re+sizeof re);
		len = rnd(15);
		for(k = 0; k < len; k++)
			s[k] = "aaabbbb\n"[rnd(8)];
		s[len] = 0;
		e = 0;
		for(start = 0; start <= len && e == 0; start++)
			e = reach(n, s, len, 1U<<start);
		strcpy(want, "none");
		if(e != 0)
			snprint(want, sizeof want, "%d %d", start-1, 31-__builtin_clz(e));
		p = regcomp(re);
		memset(m, 0, sizeof m);
		strcpy(got, "none");
		if(p != nil && regexec(p, s, m, 1))
			snprint(got, sizeof got, "%d %d", (int)(m[0].sp-s), (int)(m[0].ep-s));
		if(strcmp(got, want) != 0){
			checkstr(re, s);
			checkstr(got, want);
		}else
			check(1);
		free(p);
	}
}

int main(void)
{
	tables();
	syntax();
	bounds();
	variants();
	hard();
	randoms();
	return checkdone();
}
