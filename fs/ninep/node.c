/*
 * node.c: the names that clients hold, as a tree of Nodes.
 *
 * A Node stays while a fid or a child refers to it.  Ordinary names are
 * hashed by (parent, name), so that all fids of a name share one Node and see its
 * renames; symbolic links are not: each walk through one follows it afresh.
 * A link's target is always a Node that is no link; a link that leads
 * nowhere has none and is served as the link itself.
 *
 * L9.lk guards the hash, names and parents.  It is never held over an rpc: a
 * Node's host fid, found meanwhile by two, is kept from the first.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ninep.h"

enum { Maxlinks = 40 };

static Node **slot(L9 *l, Node *dir, char *name)
{
	u64int h = (u64int)dir >> 4;

	for(; *name != 0; name++)
		h = h*31 + (uchar)*name;
	return &l->hash[(h ^ h>>17) % l->nhash];
}

static void hashin(L9 *l, Node *n)
{
	Node **s = slot(l, n->parent, n->name);

	n->next = *s;
	*s = n;
	l->nnode++;
}

static void hashout(L9 *l, Node *n)
{
	Node **s;

	if(n->parent == nil || n->removed)
		return;
	for(s = slot(l, n->parent, n->name); *s != nil; s = &(*s)->next)
		if(*s == n){
			*s = n->next;
			l->nnode--;
			return;
		}
}

/* when memory for a greater table is short the chains just get longer */
static void hashgrow(L9 *l)
{
	Node **old = l->hash, **new, *n;
	u32int i, nold = l->nhash;

	if(l->nnode < 2*nold || (new = mallocz(2*nold * sizeof new[0], 1)) == nil)
		return;
	l->hash = new;
	l->nhash = 2*nold;
	l->nnode = 0;
	for(i = 0; i < nold; i++)
		while((n = old[i]) != nil){
			old[i] = n->next;
			hashin(l, n);
		}
	free(old);
}

void nodeincref(Node *n)
{
	__atomic_add_fetch(&n->ref, 1, __ATOMIC_SEQ_CST);
}

void nodeclose(L9 *l, Node *n)
{
	Node *up;

	for(; n != nil; n = up){
		qlock(&l->lk);
		if(__atomic_sub_fetch(&n->ref, 1, __ATOMIC_SEQ_CST) > 0){
			qunlock(&l->lk);
			return;
		}
		hashout(l, n);
		qunlock(&l->lk);
		l9clunk(l, n->hfid);
		nodeclose(l, n->target);	/* a target has no target: one level */
		up = n->parent;
		free(n->name);
		free(n);
	}
}

char *nodename(L9 *l, Node *n)
{
	char *s;

	qlock(&l->lk);
	s = strdup(n->name != nil ? n->name : "");
	qunlock(&l->lk);
	return s;
}

int nodeislink(Node *n)
{
	return n->qid.type & L9qtlink;
}

Node *nodereal(Node *n)
{
	return n->target != nil ? n->target : n;
}

Qid nodeqid(Node *n)
{
	Qid q = nodereal(n)->qid;

	q.type &= QTDIR;
	return q;
}

Node *nodechild(L9 *l, Node *dir, char *hostname, Qid *q)
{
	Node *n, *new;

	new = mallocz(sizeof *new, 1);
	if(new == nil || (new->name = strdup(hostname)) == nil){
		free(new);
		return nil;
	}
	qlock(&l->lk);
	for(n = *slot(l, dir, hostname); n != nil; n = n->next)
		if(n->parent == dir && strcmp(n->name, hostname) == 0 && n->qid.path == q->path && n->qid.type == q->type){
			nodeincref(n);
			n->qid = *q;
			qunlock(&l->lk);
			free(new->name);
			free(new);
			return n;
		}
	new->ref = 1;
	new->hfid = NOFID;
	new->qid = *q;
	new->parent = dir;
	nodeincref(dir);
	if(nodeislink(new))
		new->removed = 1;	/* never in the hash */
	else{
		hashin(l, new);
		hashgrow(l);
	}
	qunlock(&l->lk);
	return new;
}

void noderenamed(L9 *l, Node *n, char *newname)
{
	qlock(&l->lk);
	hashout(l, n);
	free(n->name);
	n->name = newname;
	if(!n->removed)
		hashin(l, n);
	qunlock(&l->lk);
}

void noderemoved(L9 *l, Node *n)
{
	qlock(&l->lk);
	hashout(l, n);
	n->removed = 1;
	qunlock(&l->lk);
}

static void freenames(char **name, int n)
{
	while(n > 0)
		free(name[--n]);
}

/*
 * The next stretch of the way to n: from the nearest Node above it that has
 * a host fid, at most MAXWELEM names down.  name[] gets copies.  Returns
 * where the stretch ends, nil without memory.
 */
static Node *stretch(L9 *l, Node *n, Node **from, char **name, int *nname)
{
	Node *a, *t;
	int i, d = 0;

	qlock(&l->lk);
	for(a = n; a->hfid == NOFID; a = nodereal(a->parent))
		d++;
	*from = a;
	for(t = n; d > MAXWELEM; d--)
		t = nodereal(t->parent);
	for(i = d, a = t; i > 0; a = nodereal(a->parent)){
		name[--i] = strdup(a->name);
		if(name[i] == nil){
			freenames(name+i+1, d-i-1);
			t = nil;
			break;
		}
	}
	qunlock(&l->lk);
	*nname = d;
	return t;
}

/* n gets the fid, unless another was quicker */
static void setfid(L9 *l, Node *n, u32int fid)
{
	u32int none = NOFID;

	if(!__atomic_compare_exchange_n(&n->hfid, &none, fid, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		l9clunk(l, fid);
}

int nodefid(L9 *l, Node *n, u32int *fid)
{
	char *name[MAXWELEM];
	Qid q[MAXWELEM];
	Node *from, *to;
	u32int new;
	int nname, nq;

	while(n->hfid == NOFID){
		to = stretch(l, n, &from, name, &nname);
		if(to == nil){
			werrstr("%s", Enomem);
			return -1;
		}
		new = l9fid(l);
		nq = l9walk(l, from->hfid, new, nname, name, q);
		freenames(name, nname);
		if(nq != nname){
			if(nq >= 0)
				werrstr("%s", Enonexist);
			return -1;
		}
		setfid(l, to, new);
	}
	*fid = n->hfid;
	return 0;
}

/* one name of the host's, links not followed */
static Node *lookup(L9 *l, Node *dir, char *hostname)
{
	u32int dirfid, fid;
	Node *n;
	Qid q;
	int nq;

	if(nodefid(l, nodereal(dir), &dirfid) < 0)
		return nil;
	fid = l9fid(l);
	nq = l9walk(l, dirfid, fid, 1, &hostname, &q);
	if(nq != 1){
		if(nq == 0)
			werrstr("%s", Enonexist);
		return nil;
	}
	n = nodechild(l, dir, hostname, &q);
	if(n == nil)
		l9clunk(l, fid);
	else
		setfid(l, n, fid);
	return n;
}

/* the last reference to n is exchanged for one to its parent; the root's is itself */
static Node *up(L9 *l, Node *n)
{
	Node *p = n->parent;

	if(p == nil)
		return n;
	nodeincref(p);
	nodeclose(l, n);
	return p;
}

/* text in front of what is still to be walked */
static char *prepend(char *text, char *rest)
{
	char *s = text != nil ? smprint("%s/%s", text, rest) : nil;

	free(text);
	return s;
}

/* where a symbolic link leads, nil if nowhere; an absolute one starts at our root */
static Node *follow(L9 *l, Node *link)
{
	Node *cur = nodereal(link->parent), *n;
	char *rest, *p, *elem, *new;
	int nlink = 1;

	rest = l9readlink(l, link->hfid);
	if(rest != nil && rest[0] == '/')
		cur = l->root;
	nodeincref(cur);
	for(p = rest; p != nil && *p != 0;){
		elem = p;
		p = strchr(p, '/');
		if(p != nil)
			*p++ = 0;
		else
			p = "";
		if(elem[0] == 0 || strcmp(elem, ".") == 0)
			continue;
		if(strcmp(elem, "..") == 0){
			cur = up(l, cur);
			continue;
		}
		n = lookup(l, cur, elem);
		if(n == nil)
			goto bad;
		if(!nodeislink(n)){
			nodeclose(l, cur);
			cur = n;
			continue;
		}
		new = ++nlink > Maxlinks ? nil : prepend(l9readlink(l, n->hfid), p);
		nodeclose(l, n);
		free(rest);
		p = rest = new;
		if(rest != nil && rest[0] == '/'){
			nodeclose(l, cur);
			cur = l->root;
			nodeincref(cur);
		}
	}
	if(rest == nil)
		goto bad;
	free(rest);
	return cur;
bad:
	free(rest);
	nodeclose(l, cur);
	return nil;
}

/* one client's name from n, whose reference is used up */
static Node *step(L9 *l, Node *n, char *hostname)
{
	Node *child;

	if(hostname == nil)	/* ".." */
		return up(l, n);
	child = lookup(l, n, hostname);
	nodeclose(l, n);
	if(child != nil && nodeislink(child))
		child->target = follow(l, child);
	return child;
}

static int haslink(Qid *q, int n)
{
	while(n > 0)
		if(q[--n].type & L9qtlink)
			return 1;
	return 0;
}

/* all names in one message; nil when it takes more than that, or is not there: *again says which */
static Node *walkfast(L9 *l, Node *n, int nname, char **host, Qid *q, int *again)
{
	u32int base, fid;
	Node *child;
	int i, nq;

	*again = 0;
	if(nodefid(l, nodereal(n), &base) < 0)
		return nil;
	fid = l9fid(l);
	nq = l9walk(l, base, fid, nname, host, q);
	if(nq != nname || haslink(q, nq)){
		*again = nq > 0;
		if(nq == nname)
			l9clunk(l, fid);
		else if(nq == 0)
			werrstr("%s", Enonexist);
		return nil;
	}
	nodeincref(n);
	for(i = 0; i < nname; i++){
		child = nodechild(l, n, host[i], &q[i]);
		nodeclose(l, n);
		if(child == nil){
			l9clunk(l, fid);
			return nil;
		}
		n = child;
	}
	setfid(l, n, fid);
	return n;
}

static Node *walkslow(L9 *l, Node *n, int nname, char **host, Qid *q, int *nwalked)
{
	int i;

	nodeincref(n);
	for(i = 0; i < nname; i++){
		if(!(nodeqid(n).type & QTDIR)){
			werrstr("%s", Enotdir);
			nodeclose(l, n);
			return nil;
		}
		n = step(l, n, host[i]);
		if(n == nil)
			return nil;
		q[i] = nodeqid(n);
		*nwalked = i+1;
	}
	return n;
}

Node *nodewalk(L9 *l, Node *n, int nname, char **name, int *nwalked, Qid *q)
{
	char *host[MAXWELEM];
	int i, ndec, again = 1;
	Node *to = nil;

	*nwalked = 0;
	for(ndec = 0; ndec < nname; ndec++){
		if(strcmp(name[ndec], "..") == 0)
			host[ndec] = nil;
		else if((host[ndec] = namedec(name[ndec])) == nil)
			break;
	}
	for(i = 0; i < ndec && host[i] != nil; i++)
		;
	if(ndec == nname && i == nname && nname > 0)
		to = walkfast(l, n, nname, host, q, &again);
	if(to != nil){
		*nwalked = nname;
		for(i = 0; i < nname; i++)
			q[i].type &= QTDIR;
	}else if(again){
		to = walkslow(l, n, ndec, host, q, nwalked);
		if(to != nil && ndec < nname){
			nodeclose(l, to);
			to = nil;
			werrstr("%s", Enonexist);
		}
	}
	freenames(host, ndec);
	return to;
}
