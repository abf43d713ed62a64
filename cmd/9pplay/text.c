/*
 * text.c: 9P messages as transcripts write them: words, strings, names for
 * fids, tags and qids.  tests/9p/README is the description.
 *
 * A name for a number gets the next free one where the transcript chooses
 * (fids, tags), and takes the server's where it does (qids, versions); two
 * names never mean the same.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "play.h"

/* --- words --- */

/* one character of a string, escapes undone; -1 at its end */
static int strchar(char **sp)
{
	static char hex[] = "0123456789abcdef";
	char *s;
	int c;

	s = *sp;
	c = (uchar)*s++;
	if(c == 0 || c == '"')
		return -1;
	if(c == '\\'){
		c = (uchar)*s++;
		if(c == 'n')
			c = '\n';
		else if(c == 't')
			c = '\t';
		else if(c == 'x' && s[0] != 0 && s[1] != 0 && strchr(hex, s[0]) && strchr(hex, s[1])){
			c = (strchr(hex, s[0])-hex)<<4 | (strchr(hex, s[1])-hex);
			s += 2;
		}else if(c == 0)
			return -1;
	}
	*sp = s;
	return c;
}

/* n copies of a quoted string need more room than the line has: they go to Play.msg's end */
static int repeat(Play *p, Toks *t, int i, char *s, u32int n, u32int times)
{
	uchar *to;

	if(n > 0 && times > 32*1024/n){
		werrstr("string too long");
		return -1;
	}
	to = p->msg+32*1024;
	t->s[i] = (char*)to;
	t->n[i] = n*times;
	for(; times > 0; times--, to += n)
		memmove(to, s, n);
	*to = 0;
	return 0;
}

/*
 * Cut the line into words, in place.  "..." is a string, 8*"..." that many
 * of it; # begins a comment.
 */
int toksplit(Play *p, char *s, Toks *t)
{
	char *start, *to;
	u32int times;
	int c;

	for(t->ntok = 0;; t->ntok++){
		while(*s == ' ' || *s == '\t')
			s++;
		if(*s == 0 || *s == '#')
			return 0;
		if(t->ntok == Maxtok){
			werrstr("too many words");
			return -1;
		}
		start = s;
		times = strtoul(s, &to, 10);
		if(*s == '"' || (to > s && to[0] == '*' && to[1] == '"')){
			if(*s == '"')
				times = 1;
			s = strchr(s, '"')+1;
			start = to = s;
			while((c = strchar(&s)) >= 0)
				*to++ = c;
			if(*s++ != '"'){
				werrstr("unterminated string");
				return -1;
			}
			*to = 0;
			t->s[t->ntok] = start;
			t->n[t->ntok] = to-start;
			if(times != 1 && repeat(p, t, t->ntok, start, to-start, times) < 0)
				return -1;
			continue;
		}
		while(*s != 0 && *s != ' ' && *s != '\t')
			s++;
		t->s[t->ntok] = start;
		t->n[t->ntok] = s-start;
		if(*s != 0)
			*s++ = 0;
		if(strcmp(start, "$owner") == 0){
			t->s[t->ntok] = p->owner;
			t->n[t->ntok] = strlen(p->owner);
		}
	}
}

/* --- names --- */
static Bind *bindfind(Bind *b, int nb, char *name)
{
	int i;

	for(i = 0; i < nb; i++)
		if(strcmp(b[i].name, name) == 0)
			return &b[i];
	return nil;
}

static Bind *bindadd(Bind *b, int *nb, char *name, u64int num)
{
	Bind *x;

	if(*nb == Maxbind)
		return nil;
	x = &b[(*nb)++];
	strecpy(x->name, x->name+sizeof x->name, name);
	x->num = num;
	return x;
}

static int textnum(Bind *b, int *nb, char *name, u64int *num)
{
	Bind *x;

	if((x = bindfind(b, *nb, name)) == nil && (x = bindadd(b, nb, name, *nb+1)) == nil){
		werrstr("too many names");
		return -1;
	}
	*num = x->num;
	return 0;
}

int texttag(Client *c, char *name, u16int *tag)
{
	u64int num;

	if(strcmp(name, "notag") == 0)
		num = NOTAG;
	else if(name[0] >= '0' && name[0] <= '9')
		num = strtoul(name, nil, 0);
	else if(textnum(c->tag, &c->ntag, name, &num) < 0)
		return -1;
	*tag = num;
	return 0;
}

char *textname(Bind *b, int nb, u64int num)
{
	int i;

	for(i = 0; i < nb; i++)
		if(b[i].num == num)
			return b[i].name;
	return "?";
}

/* is num what name stands for, or can it be? */
static int bindmatch(Bind *b, int *nb, char *name, u64int num)
{
	Bind *x;
	int i;

	if((x = bindfind(b, *nb, name)) != nil)
		return x->num == num;
	for(i = 0; i < *nb; i++)
		if(b[i].num == num)
			return 0;
	return bindadd(b, nb, name, num) != nil;
}

/* --- modes and permissions --- */
static const struct {
	char c;
	u8int qt;
} letters[] = {
	{'d', QTDIR}, {'a', QTAPPEND}, {'x', QTEXCL}, {'m', QTMOUNT}, {'A', QTAUTH}, {'t', QTTMP},
};

/* letters at *s and the bits they mean */
static u8int typebits(char **s)
{
	u8int t;
	uint i;

	t = 0;
	for(; **s != 0; ++*s){
		for(i = 0; i < nelem(letters) && letters[i].c != **s; i++)
			;
		if(i == nelem(letters))
			break;
		t |= letters[i].qt;
	}
	return t;
}

static char *typetext(u8int t, char *s)
{
	uint i;

	for(i = 0; i < nelem(letters); i++)
		if(t & letters[i].qt)
			*s++ = letters[i].c;
	*s = 0;
	return s;
}

static u32int permof(char *s)
{
	u32int t;

	if(strncmp(s, "0x", 2) == 0)
		return strtoul(s, nil, 16);
	t = typebits(&s);
	return t<<24 | strtoul(s, nil, 8);
}

/* r, w, rw or x, then +trunc and the like; or a number */
static int modeof(char *s)
{
	static const struct {
		char *name;
		int mode;
	} words[] = {
		{"r", OREAD}, {"w", OWRITE}, {"rw", ORDWR}, {"x", OEXEC},
		{"trunc", OTRUNC}, {"rclose", ORCLOSE}, {"cexec", OCEXEC},
	};
	usize n;
	uint i;
	int m;

	if(*s >= '0' && *s <= '9')
		return strtol(s, nil, 0);
	for(m = 0;; s += n+1){
		for(n = 0; s[n] != 0 && s[n] != '+'; n++)
			;
		for(i = 0; i < nelem(words); i++)
			if(strlen(words[i].name) == n && strncmp(words[i].name, s, n) == 0)
				break;
		if(i == nelem(words))
			return -1;
		m |= words[i].mode;
		if(s[n] == 0)
			return m;
	}
}

/* --- T-messages --- */
static int fidof(Play *p, char *s, u32int *fid)
{
	u64int num;

	if(strcmp(s, "nofid") == 0){
		*fid = NOFID;
		return 0;
	}
	if(textnum(p->cur->fid, &p->cur->nfid, s, &num) < 0)
		return -1;
	*fid = num;
	return 0;
}

/* key=value words of a Twstat, the rest of d says don't touch */
static int wstatof(Toks *t, int at, Dir *d)
{
	char *k, *v;

	dirnull(d);
	for(; at < t->ntok; at++){
		k = t->s[at];
		if((v = strchr(k, '=')) == nil){
			werrstr("no value for %s", k);
			return -1;
		}
		*v++ = 0;
		if(strcmp(k, "name") == 0)
			d->name = v;
		else if(strcmp(k, "uid") == 0)
			d->uid = v;
		else if(strcmp(k, "gid") == 0)
			d->gid = v;
		else if(strcmp(k, "muid") == 0)
			d->muid = v;
		else if(strcmp(k, "mode") == 0)
			d->mode = permof(v);
		else if(strcmp(k, "length") == 0)
			d->length = strtoll(v, nil, 0);
		else if(strcmp(k, "mtime") == 0)
			d->mtime = strtoul(v, nil, 0);
		else if(strcmp(k, "atime") == 0)
			d->atime = strtoul(v, nil, 0);
		else if(strcmp(k, "path") == 0)
			d->qid.path = strtoull(v, nil, 0);
		else{
			werrstr("unknown key %s", k);
			return -1;
		}
	}
	return 0;
}

/*
 * How a T-message's words are read: f fid, F its second one (newfid, afid),
 * s strings in order, o offset, c count, d data, m mode, p perm, t a tag,
 * n msize, * names, w wstat words.
 */
static const struct {
	char *name;
	u8int type;
	char *args;
} tmsgs[] = {
	{"Tversion", Tversion, "ns"}, {"Tauth", Tauth, "Fss"}, {"Tattach", Tattach, "fFss"},
	{"Tflush", Tflush, "t"}, {"Twalk", Twalk, "fF*"}, {"Topen", Topen, "fm"},
	{"Tcreate", Tcreate, "fspm"}, {"Tread", Tread, "foc"}, {"Twrite", Twrite, "fod"},
	{"Tclunk", Tclunk, "f"}, {"Tremove", Tremove, "f"}, {"Tstat", Tstat, "f"}, {"Twstat", Twstat, "fw"},
};

static int putstrs(Fcall *f, int i, char *s)
{
	switch(f->type){
	case Tversion:
		f->version = s;
		break;
	case Tcreate:
		f->name = s;
		break;
	default:
		*(i == 0? &f->uname: &f->aname) = s;
		break;
	}
	return 0;
}

static int getnames(Toks *t, int at, Fcall *f)
{
	for(; at < t->ntok; at++){
		if(f->nwname == MAXWELEM){
			werrstr("too many names");
			return -1;
		}
		f->wname[f->nwname++] = t->s[at];
	}
	return 0;
}

static int arg(Play *p, Toks *t, int at, int kind, Fcall *f)
{
	char *s;
	int m;

	s = t->s[at];
	switch(kind){
	case 'f':
		return fidof(p, s, &f->fid);
	case 'F':
		return fidof(p, s, f->type == Twalk? &f->newfid: &f->afid);
	case 'n':
		f->msize = strtoul(s, nil, 0);
		return 0;
	case 'o':
		f->offset = strcmp(s, "next") == 0? p->next: strtoll(s, nil, 0);
		if(f->type == Tread)
			p->next = f->offset;
		return 0;
	case 'c':
		f->count = strtoul(s, nil, 0);
		return 0;
	case 'd':
		f->data = s;
		f->count = t->n[at];
		return 0;
	case 'p':
		f->perm = permof(s);
		return 0;
	case 'm':
		f->mode = m = modeof(s);
		return m < 0? -1: 0;
	case 't':
		return texttag(p->cur, s, &f->oldtag);
	}
	return -1;
}

int textfcall(Play *p, Toks *t, int at, Fcall *f, Dir *d)
{
	char *a;
	uint i;
	int nstr;

	for(i = 0; i < nelem(tmsgs) && strcmp(tmsgs[i].name, t->s[at]) != 0; i++)
		;
	if(i == nelem(tmsgs)){
		werrstr("unknown message %s", t->s[at]);
		return -1;
	}
	f->type = tmsgs[i].type;
	nstr = 0;
	at++;
	for(a = tmsgs[i].args; *a != 0; a++, at++){
		if(*a == 'w')
			return wstatof(t, at, d);
		if(*a == '*')
			return getnames(t, at, f);
		if(at >= t->ntok){
			werrstr("too few words");
			return -1;
		}
		if(*a == 's'? putstrs(f, nstr++, t->s[at]): arg(p, t, at, *a, f) < 0)
			return -1;
	}
	return 0;
}

/* --- R-messages --- */

/* name, name.vers, either with +letters before the dot; or * */
static int qidmatch(Play *p, char *s, Qid *q)
{
	char name[64], *vers, *type;
	u8int t;

	if(strcmp(s, "*") == 0)
		return 1;
	strecpy(name, name+sizeof name, s);
	if((vers = strchr(name, '.')) != nil)
		*vers++ = 0;
	t = 0;
	if((type = strchr(name, '+')) != nil){
		*type++ = 0;
		t = typebits(&type);
	}
	if(t != q->type || !bindmatch(p->qid, &p->nqid, name, q->path))
		return 0;
	if(vers == nil)
		return 1;
	strecpy(name+strlen(name), name+sizeof name, vers);	/* versions are per file */
	return bindmatch(p->vers, &p->nvers, name, q->path<<32 ^ q->vers);
}

static int numis(char *s, u64int n)
{
	return strcmp(s, "*") == 0 || strtoull(s, nil, 0) == n;
}

static int stris(char *s, char *v)
{
	return strcmp(s, "*") == 0 || strcmp(s, v) == 0;
}

static int statkey(Play *p, Dir *d, char *k, char *v)
{
	if(strcmp(k, "name") == 0)
		return stris(v, d->name);
	if(strcmp(k, "uid") == 0)
		return stris(strcmp(v, "$owner") == 0? p->owner: v, d->uid);
	if(strcmp(k, "gid") == 0)
		return stris(strcmp(v, "$owner") == 0? p->owner: v, d->gid);
	if(strcmp(k, "muid") == 0)
		return stris(strcmp(v, "$owner") == 0? p->owner: v, d->muid);
	if(strcmp(k, "mode") == 0)
		return permof(v) == d->mode;
	if(strcmp(k, "length") == 0)
		return numis(v, d->length);
	if(strcmp(k, "mtime") == 0)
		return numis(v, d->mtime);
	if(strcmp(k, "atime") == 0)
		return numis(v, d->atime);
	if(strcmp(k, "qid") == 0)
		return qidmatch(p, v, &d->qid);
	return 0;
}

static int statmatch(Play *p, Toks *t, int at, Fcall *f)
{
	Dir d;
	char *s, *v;
	int ok;

	if((s = malloc(f->nstat+1)) == nil)
		return 0;
	ok = convM2D(f->stat, f->nstat, &d, s) == f->nstat;
	for(; ok && at < t->ntok; at++){
		v = strchr(t->s[at], '=');
		if(v == nil)
			ok = 0;
		else{
			*v++ = 0;
			ok = statkey(p, &d, t->s[at], v);
		}
	}
	free(s);
	return ok;
}

/* the names in a directory's entries, in this order, or in any for dirset */
static int dirmatch(Toks *t, int at, Fcall *f, int ordered)
{
	char s[2048];
	uchar *m;
	u32int n, k;
	u64int seen;
	Dir d;
	int i;

	m = (uchar*)f->data;
	seen = 0;
	for(n = 0; n < f->count; n += k){
		if((k = convM2D(m+n, f->count-n, &d, nil)) == 0 || k > sizeof s)
			return 0;
		convM2D(m+n, k, &d, s);
		for(i = at; i < t->ntok; i++)
			if((seen & 1UL<<i) == 0 && (ordered || strcmp(t->s[i], d.name) == 0))
				break;
		if(i == t->ntok || strcmp(t->s[i], d.name) != 0)
			return 0;
		seen |= 1UL<<i;
	}
	for(i = at; i < t->ntok; i++)
		if((seen & 1UL<<i) == 0)
			return 0;
	return 1;
}

static int readmatch(Toks *t, int at, Fcall *f)
{
	char *s;

	if(at >= t->ntok)
		return f->count == 0;
	s = t->s[at];
	if(strcmp(s, "dir") == 0 || strcmp(s, "dirset") == 0)
		return dirmatch(t, at+1, f, s[3] == 0);
	if(s[0] == '~')
		return strtoul(s+1, nil, 0) == f->count;
	if(strcmp(s, "*") == 0)
		return 1;
	return t->n[at] == f->count && memcmp(s, f->data, f->count) == 0;
}

static int walkmatch(Play *p, Toks *t, int at, Fcall *f)
{
	int i;

	if(t->ntok-at != f->nwqid)
		return 0;
	for(i = 0; i < f->nwqid; i++)
		if(!qidmatch(p, t->s[at+i], &f->wqid[i]))
			return 0;
	return 1;
}

static char *rnames[] = {
	[Rversion] = "Rversion", [Rauth] = "Rauth", [Rattach] = "Rattach", [Rerror] = "Rerror",
	[Rflush] = "Rflush", [Rwalk] = "Rwalk", [Ropen] = "Ropen", [Rcreate] = "Rcreate",
	[Rread] = "Rread", [Rwrite] = "Rwrite", [Rclunk] = "Rclunk", [Rremove] = "Rremove",
	[Rstat] = "Rstat", [Rwstat] = "Rwstat",
};

static char *rname(int type)
{
	if(type < (int)nelem(rnames) && rnames[type] != nil)
		return rnames[type];
	return "R?";
}

int textmatch(Play *p, Toks *t, int at, Fcall *f)
{
	char *a;

	if(strcmp(t->s[at], rname(f->type)) != 0)
		return 0;
	at++;
	a = at < t->ntok? t->s[at]: "";
	switch(f->type){
	case Rversion:
		return at+1 < t->ntok && numis(a, f->msize) && stris(t->s[at+1], f->version);
	case Rauth:
		return qidmatch(p, a, &f->aqid);
	case Rerror:
		return stris(a, f->ename);
	case Rwalk:
		return walkmatch(p, t, at, f);
	case Rattach:
		return qidmatch(p, a, &f->qid);
	case Ropen:
	case Rcreate:
		return qidmatch(p, a, &f->qid) && (at+1 >= t->ntok || numis(t->s[at+1], f->iounit));
	case Rread:
		return readmatch(t, at, f);
	case Rwrite:
		return numis(a, f->count);
	case Rstat:
		return statmatch(p, t, at, f);
	}
	return at == t->ntok;
}

/* --- showing --- */
static char *showqid(Play *p, char *s, char *e, Qid *q)
{
	char type[16], *name;

	typetext(q->type, type);
	name = textname(p->qid, p->nqid, q->path);
	if(name[0] == '?')
		return seprint(s, e, " new(%llx)%s%s.%ud", (uvlong)q->path, q->type? "+": "", type, q->vers);
	return seprint(s, e, " %s%s%s.%ud", name, q->type? "+": "", type, q->vers);
}

static char *showdir(char *s, char *e, uchar *m, u32int n, int full)
{
	char strs[2048], type[16];
	u32int k;
	Dir d;

	for(; n > 0; m += k, n -= k){
		if((k = convM2D(m, n, &d, nil)) == 0 || k > sizeof strs)
			return seprint(s, e, " ?");
		convM2D(m, k, &d, strs);
		s = seprint(s, e, full? " name=%s": " %s", d.name);
		if(!full)
			continue;
		typetext(d.mode>>24, type);
		s = seprint(s, e, " uid=%s gid=%s muid=%s mode=%s%o length=%lld atime=%ud mtime=%ud",
			d.uid, d.gid, d.muid, type, d.mode&0777, d.length, d.atime, d.mtime);
	}
	return s;
}

static char *showdata(char *s, char *e, char *data, u32int n)
{
	u32int i;

	if(n > 200)
		return seprint(s, e, " ~%ud", n);
	s = seprint(s, e, " \"");
	for(i = 0; i < n; i++)
		if(data[i] == '\n')
			s = seprint(s, e, "\\n");
		else if(data[i] < ' ' || data[i] == '"' || data[i] == '\\' || data[i] == 0x7F)
			s = seprint(s, e, "\\x%.2x", (uchar)data[i]);
		else
			s = seprint(s, e, "%c", data[i]);
	return seprint(s, e, "\"");
}

void textshow(Play *p, Fcall *f, char *buf, int n)
{
	char *s, *e;
	Dir d;
	int i;

	e = buf+n;
	s = seprint(buf, e, "%s", rname(f->type));
	switch(f->type){
	case Rversion:
		seprint(s, e, " %ud %s", f->msize, f->version);
		break;
	case Rauth:
		showqid(p, s, e, &f->aqid);
		break;
	case Rerror:
		seprint(s, e, " \"%s\"", f->ename);
		break;
	case Rwalk:
		for(i = 0; i < f->nwqid; i++)
			s = showqid(p, s, e, &f->wqid[i]);
		break;
	case Rattach:
	case Ropen:
	case Rcreate:
		showqid(p, s, e, &f->qid);
		break;
	case Rread:
		if(f->count > STATFIXLEN && convM2D((uchar*)f->data, f->count, &d, nil) != 0)
			showdir(seprint(s, e, " dir"), e, (uchar*)f->data, f->count, 0);
		else
			showdata(s, e, f->data, f->count);
		break;
	case Rwrite:
		seprint(s, e, " %ud", f->count);
		break;
	case Rstat:
		showdir(s, e, f->stat, f->nstat, 1);
		break;
	}
}
