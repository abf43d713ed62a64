/*
 * movetcp.c: tcp's connections in an image, those included that lwIP is
 * closing for nobody.
 *
 *	ticks[4], count[4], and for each, the last of lwIP's list first:
 *	conversation[4] (its number, or ~0), announced by[4] (likewise),
 *	addresses, ports, fields, queues, refused data
 *
 * The clock of ticks goes along, so times measured in it stay as they are.
 * A queue's segments are saved as sequence number, flags and bytes; their
 * headers are made anew.  lwIP keeps sequence numbers in a queued header in
 * network order if it is to be sent, in the host's if it was received.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/memp.h"

enum { Segleast = 4+2+1+1 };

typedef struct Field Field;
struct Field {
	u16int off;
	u8int n;
};

#define F(x) { __builtin_offsetof(struct tcp_pcb, x), sizeof ((struct tcp_pcb*)0)->x }

static const Field fields[] = {
	F(so_options), F(tos), F(ttl), F(prio), F(flags), F(polltmr), F(pollinterval), F(tmr),
	F(rcv_nxt), F(rcv_wnd), F(rcv_ann_wnd), F(rcv_ann_right_edge), F(rcv_sacks),
	F(rtime), F(mss), F(rttest), F(rtseq), F(sa), F(sv), F(rto), F(nrtx), F(dupacks), F(lastack),
	F(cwnd), F(ssthresh), F(rto_end), F(snd_nxt), F(snd_wl1), F(snd_wl2), F(snd_lbb),
	F(snd_wnd), F(snd_wnd_max), F(snd_buf), F(bytes_acked), F(ts_lastacksent), F(ts_recent),
	F(keep_idle), F(keep_intvl), F(keep_cnt), F(persist_cnt), F(persist_backoff), F(persist_probe),
	F(keep_cnt_sent), F(snd_scale), F(rcv_scale),
};

/* --- saving --- */
static void putseg(Img *m, struct tcp_seg *s, int received)
{
	struct pbuf *p;
	u32int skip, left, n;

	imgput4(m, received? s->tcphdr->seqno: lwip_ntohl(s->tcphdr->seqno));
	imgput2(m, s->len);
	imgput1(m, s->flags);
	imgput1(m, TCPH_FLAGS(s->tcphdr));
	skip = received? 0: (uchar*)s->tcphdr - (uchar*)s->p->payload + TCPH_HDRLEN_BYTES(s->tcphdr);
	left = s->len;
	for(p = s->p; p != nil && left > 0; p = p->next){
		if(skip >= p->len){
			skip -= p->len;
			continue;
		}
		n = p->len-skip;
		if(n > left)
			n = left;
		imgputn(m, (uchar*)p->payload+skip, n);
		left -= n;
		skip = 0;
	}
	if(left > 0)
		imgfail(m, Ebotch);
}

static void putsegs(Img *m, struct tcp_seg *s, int received)
{
	struct tcp_seg *t;
	u32int n;

	n = 0;
	for(t = s; t != nil; t = t->next)
		n++;
	imgput4(m, n);
	for(; s != nil; s = s->next)
		putseg(m, s, received);
}

static void putrefused(Img *m, struct pbuf *p)
{
	imgput4(m, p != nil? p->tot_len: 0);
	for(; p != nil; p = p->next)
		imgputn(m, p->payload, p->len);
}

static void putpcb(Img *m, struct tcp_pcb *p)
{
	Conv *c;
	uint i;

	/* until it is accepted a call has its listener's conversation for an argument */
	c = p->callback_arg;
	if(c != nil && c->pcb != p)
		c = nil;
	imgput4(m, c != nil? c->n: ~0U);
	c = p->listener != nil && p->state == SYN_RCVD? p->listener->callback_arg: nil;
	imgput4(m, c != nil? c->n: ~0U);
	imgput1(m, p->state);
	addrput(m, &p->local_ip);
	addrput(m, &p->remote_ip);
	imgput2(m, p->local_port);
	imgput2(m, p->remote_port);
	for(i = 0; i < nelem(fields); i++)
		imgputn(m, (uchar*)p+fields[i].off, fields[i].n);
	putsegs(m, p->unsent, 0);
	putsegs(m, p->unacked, 0);
	putsegs(m, p->ooseq, 1);
	putrefused(m, p->refused_data);
}

static u32int count(struct tcp_pcb *p)
{
	u32int n;

	for(n = 0; p != nil; p = p->next)
		n++;
	return n;
}

static int putlist(Img *m, struct tcp_pcb *list)
{
	struct tcp_pcb *p, **v;
	u32int n, i;

	n = count(list);
	imgput4(m, n);
	if(n == 0)
		return 0;
	if((v = malloc(n*sizeof v[0])) == nil){
		werrstr("%s", Enomem);
		return -1;
	}
	i = n;
	for(p = list; p != nil; p = p->next)
		v[--i] = p;
	for(i = 0; i < n; i++)
		putpcb(m, v[i]);
	free(v);
	return 0;
}

int tcpsave(Img *m)
{
	imgput4(m, tcp_ticks);
	return putlist(m, tcp_active_pcbs) < 0? -1: putlist(m, tcp_tw_pcbs);
}

/* --- restoring --- */
static struct tcp_seg *segnew(struct tcp_pcb *p, u32int seq, u8int flags, u8int tcpflags, uchar *data, u32int n, int received)
{
	struct tcp_seg *s;
	u32int hl;

	hl = received? TCP_HLEN: TCP_HLEN + LWIP_TCP_OPT_LENGTH(flags);
	if((s = memp_malloc(MEMP_TCP_SEG)) == nil)
		return nil;
	memset(s, 0, sizeof *s);
	if((s->p = pbuf_alloc(PBUF_TRANSPORT, hl+n, PBUF_RAM)) == nil){
		memp_free(MEMP_TCP_SEG, s);
		return nil;
	}
	s->len = n;
	s->flags = flags;
	s->tcphdr = s->p->payload;
	memset(s->tcphdr, 0, hl);
	s->tcphdr->src = lwip_htons(p->local_port);
	s->tcphdr->dest = lwip_htons(p->remote_port);
	s->tcphdr->seqno = received? seq: lwip_htonl(seq);
	TCPH_HDRLEN_FLAGS_SET(s->tcphdr, hl/4, tcpflags);
	memmove((uchar*)s->p->payload+hl, data, n);
	if(received)
		pbuf_remove_header(s->p, hl);
	else
		p->snd_queuelen += pbuf_clen(s->p);
	return s;
}

static int getsegs(Img *m, struct tcp_pcb *p, struct tcp_seg **l, int received)
{
	uchar *data;
	u32int n, k, seq;
	u8int flags, tcpflags;

	n = imgget4(m);
	if(n > imgleft(m)/Segleast || n > 0x4000)
		imgfail(m, Ebadimage);
	for(; n > 0; n--){
		seq = imgget4(m);
		k = imgget2(m);
		flags = imgget1(m);
		tcpflags = imgget1(m);
		data = imggetn(m, k);
		/* no longer than the longest packet; on loopback they are */
		if(k + TCP_HLEN + LWIP_TCP_OPT_LENGTH(flags) + IP_HLEN > 0xFFFF || flags & TF_SEG_DATA_CHECKSUMMED)
			imgfail(m, Ebadimage);
		if(imgok(m) < 0)
			return -1;
		if((*l = segnew(p, seq, flags, tcpflags, data, k, received)) == nil){
			werrstr("%s", Enomem);
			return -1;
		}
		l = &(*l)->next;
	}
	return imgok(m);
}

static int getrefused(Img *m, struct tcp_pcb *p)
{
	uchar *b;
	u32int n;

	n = imgget4(m);
	b = imggetn(m, n);
	if(imgok(m) < 0 || n == 0)
		return imgok(m);
	if(n > 0xFFFF || (p->refused_data = pbuf_alloc(PBUF_RAW, n, PBUF_RAM)) == nil){
		werrstr("%s", n > 0xFFFF? Ebadimage: Enomem);
		return -1;
	}
	return pbuf_take(p->refused_data, b, n);
}

/* could lwIP have left it so? */
static int sane(struct tcp_pcb *p)
{
	return p->mss > 0 && p->rto > 0 && p->snd_buf <= TCP_SND_BUF && p->rcv_wnd <= TCP_WND && p->cwnd > 0 &&
		p->snd_scale <= 14 && (p->rcv_scale == 0 || p->rcv_scale == TCP_RCV_SCALE) && p->persist_backoff <= 7 &&
		p->local_port != 0 && p->remote_port != 0;
}

/* p is a call for c */
static int setlistener(struct tcp_pcb *p, Conv *c)
{
	struct tcp_pcb_listen *l;

	l = c->pcb;
	if(l->accepts_pending >= l->backlog)
		return -1;
	p->listener = l;
	tcp_backlog_delayed(p);
	return 0;
}

/* whose it is */
static int sethooks(struct tcp_pcb *p, u32int conv, u32int from)
{
	Conv *c;

	tcp_clear_flags(p, TF_BACKLOGPEND);	/* it is counted anew */
	if(from != ~0U){
		c = convat(&tcpproto, from);
		if(conv != ~0U || c == nil || c->state != Cannounced || c->pcb == nil || p->state != SYN_RCVD)
			return -1;
		p->callback_arg = c;
		return setlistener(p, c);
	}
	if(conv == ~0U)
		return 0;
	c = convat(&tcpproto, conv);
	if(c == nil || c->pcb != nil || (c->state != Cconnected && c->state != Cdialing))
		return -1;
	if(p->state >= CLOSING && p->state != LAST_ACK)	/* which lwIP would free without a word */
		return -1;
	if(p->flags & TF_RXCLOSED)
		return -1;
	tcphook(c, p);
	c = c->from;
	return c != nil && c->state == Cannounced && c->pcb != nil? setlistener(p, c): 0;
}

static int getstate(Img *m, struct tcp_pcb *p, int tw)
{
	uchar *b;
	int state;
	uint i;

	state = imgget1(m);
	addrget(m, &p->local_ip);
	addrget(m, &p->remote_ip);
	p->local_port = imgget2(m);
	p->remote_port = imgget2(m);
	for(i = 0; i < nelem(fields); i++){
		if((b = imggetn(m, fields[i].n)) == nil)
			return -1;
		memmove((uchar*)p+fields[i].off, b, fields[i].n);
	}
	if(tw? state != TIME_WAIT: state < SYN_SENT || state >= TIME_WAIT)
		return -1;
	p->state = state;
	return sane(p)? 0: -1;
}

static int getpcb(Img *m, int tw)
{
	struct tcp_pcb *p;
	u32int conv, from;
	int ok;

	conv = imgget4(m);
	from = imgget4(m);
	if((p = tcp_alloc(TCP_PRIO_NORMAL)) == nil){
		werrstr("%s", Enomem);
		return -1;
	}
	ok = getstate(m, p, tw) == 0;
	if(!ok){
		memp_free(MEMP_TCP_PCB, p);
		werrstr("%s", Ebadimage);
		return -1;
	}
	p->snd_queuelen = 0;
	p->unsent_oversize = 0;
	if(tw)
		TCP_REG(&tcp_tw_pcbs, p);
	else
		TCP_REG_ACTIVE(p);
	if(sethooks(p, conv, from) < 0){
		werrstr("%s", Ebadimage);
		return -1;
	}
	if(getsegs(m, p, &p->unsent, 0) < 0 || getsegs(m, p, &p->unacked, 0) < 0 || getsegs(m, p, &p->ooseq, 1) < 0)
		return -1;
	return getrefused(m, p);
}

static int getlist(Img *m, int tw)
{
	u32int n;

	for(n = imgget4(m); n > 0; n--)
		if(imgok(m) < 0 || getpcb(m, tw) < 0)
			return -1;
	return imgok(m);
}

int tcprestore(Img *m)
{
	tcp_ticks = imgget4(m);
	return getlist(m, 0) < 0? -1: getlist(m, 1);
}
