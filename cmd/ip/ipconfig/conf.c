/*
 * conf.c: what ipconfig writes into the files of a stack, ip(3): the control
 * file of the device's interface, routes, and the interface's tuple in ndb.
 * Tuples are told apart by ifc=, the device.
 */
#include <u.h>
#include <libc.h>
#include <bio.h>
#include <ip.h>
#include "ipconfig.h"

static char *netfile(Conf *c, char *name)
{
	static char path[256];

	snprint(path, sizeof path, "%s/%s", c->net, name);
	return path;
}

static int writefile(char *file, char *fmt, va_list args)
{
	char *s;
	int fd, r;

	s = vsmprint(fmt, args);
	if(s == nil)
		return -1;
	fd = open(file, OWRITE);
	r = fd >= 0 && write(fd, s, strlen(s)) == (long)strlen(s)? 0: -1;
	if(r < 0)
		werrstr("%s: %s: %r", file, s);
	if(fd >= 0)
		close(fd);
	free(s);
	return r;
}

int confctl(Conf *c, char *fmt, ...)
{
	char file[256];
	va_list args;
	int r;

	snprint(file, sizeof file, "%s/ipifc/%d/ctl", c->net, c->ifc);
	va_start(args, fmt);
	r = writefile(file, fmt, args);
	va_end(args);
	return r;
}

int confroute(Conf *c, char *fmt, ...)
{
	va_list args;
	int r;

	va_start(args, fmt);
	r = writefile(netfile(c, "iproute"), fmt, args);
	va_end(args);
	return r;
}

int conffind(Conf *c)
{
	Ipifc *list, *i;

	c->ifc = -1;
	list = readipifc(c->net, nil, -1);
	for(i = list; i != nil; i = i->next)
		if(strcmp(i->dev, c->dev) == 0)
			c->ifc = i->index;
	freeipifc(list);
	if(c->ifc >= 0)
		return 0;
	werrstr("%s: no interface of %s", c->dev, c->net);
	return -1;
}

/* a new interface, bound; it stays when the files are closed */
static int confbind(Conf *c)
{
	char num[16];
	long n;
	int fd;

	fd = open(netfile(c, "ipifc/clone"), ORDWR);
	if(fd < 0)
		return -1;
	n = read(fd, num, sizeof num-1);
	if(n <= 0)
		goto Err;
	num[n] = 0;
	c->ifc = atoi(num);
	if(fprint(fd, "bind %s %s", c->type, c->dev) < 0){
		werrstr("bind %s %s: %r", c->type, c->dev);
		goto Err;
	}
	close(fd);
	return 0;

Err:
	close(fd);
	return -1;
}

int confopen(Conf *c)
{
	if(strcmp(c->type, "ether") == 0){
		if(myetheraddr(c->ether, c->dev) < 0)
			return -1;
		c->haveether = 1;
	}
	if(conffind(c) < 0 && confbind(c) < 0)
		return -1;
	if(c->mtu != 0)
		return confctl(c, "mtu %ud", c->mtu);
	return 0;
}

int confip6(Conf *c)
{
	uchar ip[IPaddrlen];

	if(!c->haveether){
		werrstr("%s has no Ethernet address", c->dev);
		return -1;
	}
	etherlinklocal(ip, c->ether);
	if(confctl(c, "add %I /64", ip) < 0)
		return -1;
	return confctl(c, "ra6 recvra 1");
}

/* does the tuple that begins with this line name the device? */
static int isours(Conf *c, char *line)
{
	char *s, *p;

	s = smprint("ifc=%s", c->dev);
	p = s != nil? strstr(line, s): nil;
	if(p != nil && p[strlen(s)] != ' ' && p[strlen(s)] != '\n' && p[strlen(s)] != 0)
		p = nil;
	free(s);
	return p != nil;
}

/* ndb without our tuple: malloced */
static char *others(Conf *c)
{
	char *all, *line, *new;
	Biobuf *b;
	int skip;

	all = strdup("");
	b = Bopen(netfile(c, "ndb"), OREAD);
	if(b == nil)
		return all;
	skip = 0;
	while(all != nil && (line = Brdstr(b, '\n', 0)) != nil){
		if(*line != '\t' && *line != ' ')
			skip = isours(c, line);
		if(!skip){
			new = smprint("%s%s", all, line);
			free(all);
			all = new;
		}
		free(line);
	}
	Bterm(b);
	return all;
}

int confndb(Conf *c, char *text)
{
	char *all;
	long n;
	int fd, r;

	if(c->nondb)
		return 0;
	all = others(c);
	fd = all != nil? open(netfile(c, "ndb"), OWRITE|OTRUNC): -1;
	r = -1;
	if(fd >= 0){
		n = fprint(fd, "%s%s", all, text);
		r = n == (long)(strlen(all)+strlen(text))? 0: -1;
		close(fd);
	}
	free(all);
	return r;
}
