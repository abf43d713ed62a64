/* os.c: TCP's calls; rows that only Linux has: none. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "os.h"
#include "row.h"

static struct sockaddr_in addr = { .sin_family = AF_INET };

void osend(int pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, nil, 0);
}

static void loopback(int fd)
{
	struct ifreq r;

	memset(&r, 0, sizeof r);
	strcpy(r.ifr_name, "lo");
	r.ifr_flags = IFF_UP|IFF_RUNNING;
	must(ioctl(fd, SIOCSIFFLAGS, &r) == 0, "loopback");
	addr.sin_port = htons(7007);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

static int socket1(void)
{
	int fd, on;

	on = 1;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	must(fd >= 0, "socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	return fd;
}

int osannounce(void)
{
	int fd;

	fd = socket1();
	loopback(fd);
	must(bind(fd, (struct sockaddr*)&addr, sizeof addr) == 0, "bind");
	must(listen(fd, 128) == 0, "listen");
	return fd;
}

int osaccept(int announced)
{
	return accept(announced, nil, nil);
}

int osdial(void)
{
	int fd;

	fd = socket1();
	return connect(fd, (struct sockaddr*)&addr, sizeof addr) == 0 ? fd : -1;
}

Row osrows[] = {
	{nil, 0, nil, nil},
};
