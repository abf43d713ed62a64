/*
 * tcp.c: conversations over lwIP's tcp.
 *
 * A pcb's callback_arg is its Conv; nil, when the conversation has ended
 * and lwIP is left to close it.  What comes is queued at once, and the
 * window opens as it is read.  A write that the send buffer has no room for
 * waits in Conv.writes, rcount saying how far it is; each acknowledgement,
 * and the poll every second, push it on.  Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"
#include "lwip/tcp.h"
#include "lwip/priv/tcp_priv.h"

enum {
	Chunk = 8192,		/* bytes given to lwIP at once */
	Poll = 2,		/* half seconds */
};

static void applypcb(Conv *c, struct tcp_pcb *p)
{
	p->ttl = c->ttl;
	p->tos = c->tos;
	if(p->state == LISTEN)
		return;
	if(c->keep != 0){
		ip_set_option(p, SOF_KEEPALIVE);
		p->keep_idle = c->keep;
		p->keep_intvl = c->keep;
	}
}

static void tcpapply(Conv *c)
{
	if(c->pcb != nil)
		applypcb(c, c->pcb);
}

/* the addresses as lwIP has them now */
static void names(Conv *c, struct tcp_pcb *p)
{
	c->laddr = p->local_ip;
	c->lport = p->local_port;
	c->raddr = p->remote_ip;
	c->rport = p->remote_port;
}

/* --- sending --- */

/* some of r for lwIP: bytes, 0 if it has no room, -1 if it does not want any */
static int pushsome(struct tcp_pcb *p, Req *r)
{
	static uchar buf[Chunk];	/* under Srv.lk */
	u32int n, room;

	n = r->count - r->rcount;
	room = tcp_sndbuf(p);
	if(n > room)
		n = room;
	if(n > sizeof buf)
		n = sizeof buf;
	if(n == 0)
		return 0;
	reqget(r, r->rcount, buf, n);
	switch(tcp_write(p, buf, n, TCP_WRITE_FLAG_COPY | (n < r->count-r->rcount? TCP_WRITE_FLAG_MORE: 0))){
	case ERR_OK:
		return n;
	case ERR_MEM:
		return 0;
	}
	return -1;
}

static void lwippush(Conv *c)
{
	struct tcp_pcb *p;
	Req *r;
	int n;

	p = c->pcb;
	while((r = c->writes) != nil){
		for(n = 1; r->rcount < r->count && n > 0; r->rcount += n)
			if((n = pushsome(p, r)) <= 0)
				break;
		if(n == 0)
			break;
		c->writes = r->next;
		respond(r, n < 0? Ehungup: nil);
	}
}

void tcppush(Conv *c)
{
	if(directpeer(c) != nil)
		directpush(c);
	else
		lwippush(c);
	if(c->half == Hasked && c->writes == nil && tcp_shutdown(c->pcb, 0, 1) == ERR_OK)
		c->half = Hsaid;
	if(c->peer == nil || c->half)
		tcp_output(c->pcb);
}

static void tcpwrite(Conv *c, Req *r)
{
	if(c->state != Cconnected || c->pcb == nil || c->half){
		respond(r, c->err[0] != 0? c->err: Ehungup);
		return;
	}
	reqadd(&c->writes, r);
	if(c->writes == r)
		tcppush(c);
}

static err_t sent(void *arg, struct tcp_pcb *p, u16_t n)
{
	USED(p);
	USED(n);
	if(arg != nil)
		tcppush(arg);
	return ERR_OK;
}

static err_t poll(void *arg, struct tcp_pcb *p)
{
	return sent(arg, p, 0);
}

/* --- receiving --- */

/* lwIP goes on with p for nobody */
static void letgo(Conv *c, struct tcp_pcb *p)
{
	tcp_arg(p, nil);
	tcp_recv(p, nil);
	tcp_err(p, nil);
	tcp_sent(p, nil);
	tcp_poll(p, nil, 0);
	c->pcb = nil;
	directend(c);
}

static err_t received(void *arg, struct tcp_pcb *p, struct pbuf *b, err_t err)
{
	Conv *c;

	USED(err);
	c = arg;
	if(c == nil){
		if(b != nil){
			tcp_recved(p, b->tot_len);
			pbuf_free(b);
		}
		return ERR_OK;
	}
	if(b == nil){
		c->eof = 1;
		if(p->state == CLOSING || p->state == TIME_WAIT){	/* both have ended: lwIP frees it without a word */
			letgo(c, p);
			convhangup(c, nil);
			return ERR_OK;
		}
	}else{
		tcpproto.nin++;
		pbuf_ref(b);	/* if there is no memory, lwIP keeps it and tries again */
		if(convappend(c, b) < 0)
			return ERR_MEM;
		pbuf_free(b);
	}
	convwake(c);
	return ERR_OK;
}

static void tcptook(Conv *c, u32int n)
{
	u32int k;

	for(; n > 0 && c->pcb != nil; n -= k){
		k = n < 0xFFFF? n: 0xFFFF;
		tcp_recved(c->pcb, k);
	}
	if(c->peer != nil && c->peer->writes != nil)
		tcppush(c->peer);
}

/* --- beginning and end --- */
static void failed(void *arg, err_t err)
{
	Conv *c;

	if((c = arg) == nil)
		return;
	c->pcb = nil;	/* freed */
	directend(c);
	tcpproto.nerr++;
	convlog(c, "%s", err == ERR_RST? "reset": err == ERR_CLSD? "closed": "timed out");
	if(err == ERR_RST)
		convhangup(c, c->state == Cdialing? "connection refused": "connection reset");
	else if(err == ERR_CLSD)
		convhangup(c, nil);
	else
		convhangup(c, "connection timed out");
}

/* a call that cannot be made, by what others say */
void tcprefuse(Conv *c, char *err)
{
	struct tcp_pcb *p;

	p = c->pcb;
	c->pcb = nil;
	directend(c);
	tcp_arg(p, nil);
	tcp_abandon(p, 0);
	tcpproto.nerr++;
	convhangup(c, err);
}

static err_t connected(void *arg, struct tcp_pcb *p, err_t err)
{
	Conv *c;
	Req *r;

	USED(err);
	if((c = arg) == nil)
		return ERR_OK;
	names(c, p);
	convlog(c, "connected");
	c->state = Cconnected;
	if((r = c->dial) != nil){
		c->dial = nil;
		respond(r, nil);
	}
	return ERR_OK;
}

void tcphook(Conv *c, struct tcp_pcb *p)
{
	tcp_arg(p, c);
	tcp_recv(p, received);
	tcp_sent(p, sent);
	tcp_err(p, failed);
	tcp_poll(p, poll, Poll);
	p->connected = connected;
	if(c != nil){
		c->pcb = p;
		applypcb(c, p);
	}
}

/* a call for c has come through */
static err_t accepted(void *arg, struct tcp_pcb *p, err_t err)
{
	Conv *c, *k;

	c = arg;
	if(err != ERR_OK || p == nil || c == nil || c->ncalls >= Backlog)
		return ERR_MEM;
	if((k = convnew(&tcpproto, c->owner)) == nil)
		return ERR_MEM;
	k->ttl = c->ttl;
	k->tos = c->tos;
	k->keep = c->keep;
	k->state = Cconnected;
	tcphook(k, p);
	names(k, p);
	convlog(k, "called");
	convcall(c, k);
	if(k->from != nil)	/* it counts until somebody listens, so that no more are let in than are kept */
		tcp_backlog_delayed(p);
	return ERR_OK;
}

static void tcptaken(Conv *c)
{
	if(c->pcb != nil)
		tcp_backlog_accepted(c->pcb);
}

void tcphooklisten(Conv *c, struct tcp_pcb *p)
{
	tcp_arg(p, c);
	tcp_accept(p, accepted);
	c->pcb = p;
	applypcb(c, p);
}

/*
 * A call for a listener that has as many as it may.  If half of them are half-open, the one of those that was
 * silent for longest goes, without a word, so that calls which nobody means do not keep the others out.  Else
 * the listener is slow, and lwIP drops the new one, which will be made again.
 */
static void makeroom(struct tcp_pcb_listen *l)
{
	struct tcp_pcb *p, *oldest;
	int n;

	oldest = nil;
	n = 0;
	for(p = tcp_active_pcbs; p != nil; p = p->next){	/* the last that came is the first */
		if(p->state != SYN_RCVD || p->listener != l)
			continue;
		n++;
		if(oldest == nil || tcp_ticks-p->tmr >= tcp_ticks-oldest->tmr)
			oldest = p;
	}
	if(n >= Backlog/2)
		tcp_abandon(oldest, 0);
}

/* what neither begins, nor ends, nor says how far the other side has got, is no segment (RFC 9293, 3.10.7.4) */
err_t seghook(struct tcp_pcb *p, struct tcp_hdr *h)
{
	struct tcp_pcb_listen *l;
	u8_t f;

	f = TCPH_FLAGS(h);
	l = (struct tcp_pcb_listen*)p;
	if(p->state == LISTEN && (f & (TCP_SYN|TCP_ACK)) == TCP_SYN && l->accepts_pending >= l->backlog)
		makeroom(l);
	if(p->state > SYN_SENT && h->seqno-p->rcv_nxt == 0x80000000)	/* lwIP takes a byte there for a part of what it has, and stops */
		return ERR_VAL;
	return f & (TCP_SYN|TCP_ACK|TCP_RST)? ERR_OK: ERR_VAL;
}

static char *tcpbind(Conv *c)
{
	struct tcp_pcb *p;
	char *e;

	if((p = tcp_new_ip_type(IPADDR_TYPE_ANY)) == nil)
		return Enomem;
	ip_set_option(p, SOF_REUSEADDR);
	if(IP_IS_V4_VAL(c->laddr) && ip_addr_isany(&c->laddr))
		c->laddr = *IP_ANY_TYPE;
	if((e = errof(tcp_bind(p, &c->laddr, c->lport))) != nil){
		tcp_close(p);
		return e;
	}
	c->lport = p->local_port;
	c->pcb = p;
	return nil;
}

static char *tcpconnect(Conv *c, Req *r)
{
	struct tcp_pcb *p;
	char *e;

	USED(r);
	if(c->pcb == nil && (e = tcpbind(c)) != nil)
		return e;
	p = c->pcb;
	tcphook(c, p);
	if((e = errof(tcp_connect(p, &c->raddr, c->rport, connected))) != nil){
		tcp_arg(p, nil);
		tcp_close(p);
		c->pcb = nil;
		return e;
	}
	names(c, p);
	c->state = Cdialing;
	convlog(c, "call");
	tcpproto.nout++;
	return nil;
}

static char *tcpannounce(Conv *c)
{
	struct tcp_pcb *p;
	err_t err;
	char *e;

	if((e = tcpbind(c)) != nil)
		return e;
	if((p = tcp_listen_with_backlog_and_err(c->pcb, Backlog, &err)) == nil){
		tcp_close(c->pcb);
		c->pcb = nil;
		return errof(err);
	}
	tcphooklisten(c, p);
	return nil;
}

/* lwIP closes it in its own time */
static void tcpclose(Conv *c)
{
	struct tcp_pcb *p;

	if((p = c->pcb) == nil)
		return;
	if(p->state == LISTEN){
		tcp_arg(p, nil);
		tcp_close(p);
		c->pcb = nil;
		return;
	}
	convlog(c, "close");
	letgo(c, p);
	if(tcp_close(p) != ERR_OK)
		tcp_abort(p);
}

/* no more will be written: the other side reads an end, and we go on reading */
static char *halfclose(Conv *c)
{
	if(c->state != Cconnected || c->pcb == nil || c->half)
		return c->err[0] != 0? c->err: Ehungup;
	c->half = Hasked;
	tcppush(c);
	return nil;
}

static char *tcpctl(Conv *c, Req *r, char **f, int n)
{
	USED(r);
	if(strcmp(f[0], "accept") == 0)
		return nil;
	if(strcmp(f[0], "reject") == 0 || (n == 1 && strcmp(f[0], "close") == 0)){
		tcpclose(c);
		convhangup(c, nil);
		return nil;
	}
	if(n == 1 && strcmp(f[0], "halfclose") == 0)
		return halfclose(c);
	if(n == 1 && strcmp(f[0], "nodelay") == 0 && c->pcb != nil){
		tcp_nagle_disable((struct tcp_pcb*)c->pcb);
		return nil;
	}
	return "bad control message";
}

/* --- telling --- */
static char *statename[] = {
	[CLOSED] = "Closed",
	[LISTEN] = "Listen",
	[SYN_SENT] = "Syn_sent",
	[SYN_RCVD] = "Syn_received",
	[ESTABLISHED] = "Established",
	[FIN_WAIT_1] = "Finwait1",
	[FIN_WAIT_2] = "Finwait2",
	[CLOSE_WAIT] = "Close_wait",
	[CLOSING] = "Closing",
	[LAST_ACK] = "Last_ack",
	[TIME_WAIT] = "Time_wait",
};

static void tcpstatus(Conv *c, Text *t)
{
	struct tcp_pcb *p;

	if((p = c->pcb) == nil){
		textput(t, "Closed qin %ud qout 0\n", c->qlen);
		return;
	}
	textput(t, "%s qin %ud", statename[p->state], c->qlen);
	if(p->state == LISTEN)
		textput(t, " qout 0 calls %ud\n", c->ncalls);
	else
		textput(t, " qout %ud srtt %d mdev %d rto %d mss %ud cwin %ud swin %ud>>%d rwin %ud>>%d nrtx %d\n",
			TCP_SND_BUF-p->snd_buf, p->sa>>3, p->sv>>2, p->rto, p->mss, p->cwnd,
			p->snd_wnd, p->snd_scale, p->rcv_wnd, p->rcv_scale, p->nrtx);
}

static u32int count(struct tcp_pcb *p)
{
	u32int n;

	for(n = 0; p != nil; p = p->next)
		n++;
	return n;
}

static void tcpstats(Text *t)
{
	textput(t, "segments in %llud\ncalls out %llud\nfailed %llud\nactive %ud\ntimewait %ud\n",
		tcpproto.nin, tcpproto.nout, tcpproto.nerr, count(tcp_active_pcbs), count(tcp_tw_pcbs));
}

Proto tcpproto = {
	.name = "tcp",
	.files = 1<<Qctl | 1<<Qdata | 1<<Qerr | 1<<Qlisten | 1<<Qlocal | 1<<Qremote | 1<<Qstatus,
	.connect = tcpconnect,
	.announce = tcpannounce,
	.bind = tcpbind,
	.ctl = tcpctl,
	.close = tcpclose,
	.taken = tcptaken,
	.write = tcpwrite,
	.took = tcptook,
	.apply = tcpapply,
	.status = tcpstatus,
	.stats = tcpstats,
};
