# badpackets n seed: sends n spoilt packets to the Pintle behind pintle0, 10.9.0.2 and
# fd00:9::2: good ones of all kinds with fields of scapy's choosing, bytes changed, cut
# short, overlapping and endless fragments, options and extension headers.
import logging, random, socket, sys
logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.all import *

n, seed = int(sys.argv[1]), int(sys.argv[2])
random.seed(seed)
src, dst, src6, dst6 = "10.9.0.1", "10.9.0.2", "fd00:9::1", "fd00:9::2"
ports = [7000, 7001, 7002, 7009 + 1, 80]
link = Ether(src=get_if_hwaddr("pintle0"), dst=sys.argv[3] if len(sys.argv) > 3 else "52:54:00:12:34:56")

def noise(most):
	return Raw(random.randbytes(random.randrange(most)))

def above(proto):	# what is in the IP packet
	port = random.choice(ports)
	return [
		lambda: TCP(sport=random.randrange(1, 30000), dport=port, flags=random.randrange(256), seq=random.getrandbits(32),
			ack=random.getrandbits(32), dataofs=random.choice([None, 0, 4, 5, 8, 15]), window=random.getrandbits(16),
			options=random.choice([[], [("MSS", random.choice([0, 1, 1460]))], [("WScale", 255), ("Timestamp", (1, 2))],
				[("SAckOK", b""), ("SAck", (1, 2, 3, 4))]])) / noise(200),
		lambda: UDP(sport=port, dport=port, len=random.choice([None, 0, 7, 8, 65535])) / noise(300),
		lambda: (ICMP(type=random.randrange(256), code=random.randrange(256)) if proto == 4 else
			random.choice([ICMPv6EchoRequest, ICMPv6ND_NS, ICMPv6ND_NA, ICMPv6ND_RA, ICMPv6MLReport, ICMPv6PacketTooBig])()) / noise(200),
		lambda: noise(400),
	]

def packet4():
	p = IP(src=random.choice([src, dst, "255.255.255.255", "127.0.0.1", "10.9.0.77", "224.0.0.1"]), dst=random.choice([dst, dst, dst, "10.9.0.255", "255.255.255.255", "224.0.0.1"]),
		ttl=random.choice([0, 1, 64]), flags=random.choice(["", "", "MF", "DF", "evil"]), frag=random.choice([0, 0, 0, 1, 8000, 8191]),
		id=random.randrange(8), ihl=random.choice([None, None, None, 0, 4, 6, 15]), len=random.choice([None, None, None, 0, 19, 20, 65535]))
	return p / noise(random.choice([1, 1, 41])) / random.choice(above(4))()	# a long ihl makes options of noise

def packet6():
	p = IPv6(src=random.choice([src6, dst6, "::1", "ff02::1", "fe80::1"]), dst=random.choice([dst6, dst6, "ff02::1"]),
		hlim=random.choice([0, 1, 64, 255]), plen=random.choice([None, None, None, 0, 1, 65535]))
	for i in range(random.choice([0, 0, 1, 1, 3])):
		p = p / random.choice([
			lambda: IPv6ExtHdrHopByHop(len=random.choice([None, 0, 255]), options=[PadN(optdata=random.randbytes(random.randrange(8)))]),
			lambda: IPv6ExtHdrDestOpt(len=random.choice([None, 0, 255])),
			lambda: IPv6ExtHdrRouting(type=random.randrange(5), segleft=random.randrange(4)),
			lambda: IPv6ExtHdrFragment(offset=random.choice([0, 1, 8191]), m=random.randrange(2), id=random.randrange(8)),
		])()
	return p / random.choice(above(6))()

def arp():
	return ARP(op=random.randrange(4), hwlen=random.choice([6, 0, 255]), plen=random.choice([4, 0, 255]), psrc=random.choice([src, dst, "10.9.0.9"]),
		pdst=dst, hwsrc=random.choice(["02:00:00:00:00:09", "ff:ff:ff:ff:ff:ff"]))

def spoil(b):	# bytes changed, or the end cut off
	b = bytearray(b)
	kind = random.randrange(4)
	if kind == 0:
		for i in range(random.randrange(1, 5)):
			b[random.randrange(12, len(b))] = random.randrange(256)
	elif kind == 1:
		del b[random.randrange(14, len(b) + 1):]
	return bytes(b[:1514])

s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("pintle0", 0))
for i in range(n):
	make = random.choice([packet4, packet4, packet6, packet6, arp])
	s.send(spoil(bytes(link / make())))
