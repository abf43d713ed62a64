/*
 * The interfaces of an IP stack, from the status files under its ipifc:
 * ip(2), ip(3).  A file that is not what it ought to be is passed over.
 */
#include "u.h"
#include "libc.h"
#include "ip.h"

enum { Statuslen = 8192 };

static void field(Ipifc *i, char *name, char *val)
{
	u64int v;

	v = strtoull(val, nil, 10);
	if(strcmp(name, "device") == 0)
		strecpy(i->dev, i->dev+sizeof i->dev, val);
	else if(strcmp(name, "maxtu") == 0)
		i->mtu = v;
	else if(strcmp(name, "recvra") == 0)
		i->recvra6 = v;
	else if(strcmp(name, "pktin") == 0)
		i->pktin = v;
	else if(strcmp(name, "pktout") == 0)
		i->pktout = v;
	else if(strcmp(name, "errin") == 0)
		i->errin = v;
	else if(strcmp(name, "errout") == 0)
		i->errout = v;
}

/* a line: address, mask, and perhaps what it is worth */
static int address(Ipifc *i, char *line)
{
	Iplifc *l, **end;
	char *f[8];
	int n, v;

	n = getfields(line, f, nelem(f), 1, " \t");
	if(n < 2)
		return 0;
	l = mallocz(sizeof *l, 1);
	if(l == nil)
		return -1;
	v = parseip(l->ip, f[0]);
	if(v < 0 || parseipmask(l->mask, f[1], v == 4 && strtoul(f[1]+1, nil, 10) <= 32) < 0){
		free(l);
		return 0;
	}
	maskip(l->ip, l->mask, l->net);
	l->tentative = n > 2 && strcmp(f[2], "tentative") == 0;
	for(end = &i->lifc; *end != nil; end = &(*end)->next)
		;
	*end = l;
	return 0;
}

static Ipifc *readone(char *net, int index)
{
	char name[256], *buf, *p, *line[64], *f[32];
	long len;
	int fd, n, i;
	Ipifc *x;

	snprint(name, sizeof name, "%s/ipifc/%d/status", net, index);
	fd = open(name, OREAD);
	if(fd < 0)
		return nil;
	x = nil;
	buf = malloc(Statuslen);
	if(buf == nil || (len = readn(fd, buf, Statuslen-1)) <= 0)
		goto Out;
	buf[len] = 0;
	n = getfields(buf, line, nelem(line), 1, "\n");
	if(n < 1 || (x = mallocz(sizeof *x, 1)) == nil)
		goto Out;
	x->index = index;
	p = line[0];
	len = getfields(p, f, nelem(f), 1, " \t");
	for(i = 0; i+1 < len; i += 2)
		field(x, f[i], f[i+1]);
	for(i = 1; i < n; i++)
		if(address(x, line[i]) < 0){
			freeipifc(x);
			x = nil;
			break;
		}
Out:
	free(buf);
	close(fd);
	return x;
}

static Ipifc *readall(char *net)
{
	char name[256];
	Ipifc *list, **end;
	Dir *d;
	long i, n;
	int fd;

	snprint(name, sizeof name, "%s/ipifc", net);
	fd = open(name, OREAD);
	if(fd < 0)
		return nil;
	n = dirreadall(fd, &d);
	close(fd);
	list = nil;
	end = &list;
	for(i = 0; i < n; i++)
		if(d[i].name[0] >= '0' && d[i].name[0] <= '9'){
			*end = readone(net, atoi(d[i].name));
			if(*end != nil)
				end = &(*end)->next;
		}
	if(n >= 0)
		free(d);
	return list;
}

void freeipifc(Ipifc *i)
{
	Ipifc *next;
	Iplifc *l;

	for(; i != nil; i = next){
		next = i->next;
		while((l = i->lifc) != nil){
			i->lifc = l->next;
			free(l);
		}
		free(i);
	}
}

Ipifc *readipifc(char *net, Ipifc *old, int index)
{
	freeipifc(old);
	if(net == nil)
		net = "/net";
	return index < 0? readall(net): readone(net, index);
}

int myipaddr(uchar *ip, char *net)
{
	Ipifc *list, *i;
	Iplifc *l;
	int r;

	r = -1;
	list = readipifc(net, nil, -1);
	for(i = list; i != nil && r < 0; i = i->next)
		for(l = i->lifc; l != nil && r < 0; l = l->next){
			if(isv4(l->ip)? l->ip[IPv4off] == 127: l->ip[IPaddrlen-1] == 1 && memcmp(l->ip, IPnoaddr, 15) == 0)
				continue;
			if(ipcmp(l->ip, IPnoaddr) == 0 || ipcmp(l->ip, v4prefix) == 0 || isv6linklocal(l->ip))
				continue;
			memmove(ip, l->ip, IPaddrlen);
			r = 0;
		}
	freeipifc(list);
	if(r < 0)
		werrstr("no address");
	return r;
}

int myetheraddr(uchar *ether, char *dev)
{
	char name[256], buf[64];
	int fd;
	long n;

	snprint(name, sizeof name, "%s/addr", dev);
	fd = open(name, OREAD);
	if(fd < 0)
		return -1;
	n = read(fd, buf, sizeof buf-1);
	close(fd);
	if(n < 0)
		return -1;
	buf[n] = 0;
	if(n > 0 && buf[n-1] == '\n')
		buf[n-1] = 0;
	if(parseether(ether, buf) < 0){
		werrstr("%s: no Ethernet address", name);
		return -1;
	}
	return 0;
}
