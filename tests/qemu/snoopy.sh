# snoopy: frames from a file that another program made, to a file that it
# reads again, and from a card, its own and another's.
mkdir $T/s
perl -e '
	sub ip { my ($proto, $d) = @_;
		my $h = pack("CCnnnCCna4a4", 0x45, 0, 20+length $d, 7, 0, 64, $proto, 0, "\x0a\0\0\1", "\x0a\0\0\2");
		my $s = 0;
		$s += $_ for unpack "n*", $h;
		$s = ($s & 0xffff) + ($s >> 16) while $s >> 16;
		substr($h, 10, 2) = pack "n", ~$s & 0xffff;
		return "\xff" x 6 . "\x52\x54\0\0\0\1" . "\x08\0" . $h . $d;
	}
	my @f = (
		ip(17, pack("nnnn", 4096, 7, 12, 0) . "abcd"),
		ip(17, pack("nnnn", 5000, 53, 8+19, 0) . pack("nnnnnn", 9, 0x100, 1, 0, 0, 0) . "\1a\0" . pack("nn", 1, 1)),
		ip(6, pack("nnNNCCnnn", 4000, 80, 1, 2, 0x50, 2, 99, 0, 0)),
		"\xff" x 6 . "\x52\x54\0\0\0\1" . "\x08\6" . pack("nnCCn", 1, 0x800, 6, 4, 1) . "\x52\x54\0\0\0\1\x0a\0\0\1" . "\0" x 6 . "\x0a\0\0\2",
	);
	open my $o, ">", shift;
	print $o pack("VvvVVVV", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1);
	my $n = 0;
	print $o pack("VVVV", 100, $n++*1000, length, length) . $_ for @f;
	open my $b, ">", shift;	# of the other byte order
	print $b pack("NnnNNNN", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1), pack("NNNN", 5, 6, length $f[3], length $f[3]) . $f[3];
	open my $c, ">", shift;
	print $c $f[3];
	open my $d, ">", shift;
	print $d pack("VvvVVVV", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1), pack("VVVV", 5, 6, 42, 42), "short";
' $T/s/trace $T/s/swapped $T/s/frame $T/s/cut
cat >$T/script <<'END'
cd /n/host
ip/snoopy trace
ip/snoopy -t -f 'udp(a=53) | arp' trace
ip/snoopy -t -n 1 -x 3 trace
ip/snoopy -t swapped
ip/snoopy -w /tmp/copy -f 'ip' trace
ip/snoopy /tmp/copy >/tmp/a
ip/snoopy -f ip trace >/tmp/b
cmp /tmp/a /tmp/b && echo same
ip/snoopy -t cut
ip/snoopy -t frame
ip/snoopy -f 'udp(' trace
# the reader tells when it has what was sent; until then it is sent again
fn live {
	rm -f /tmp/seen
	{ ip/snoopy -t -n 1 -f 'arp(spa=10.0.0.1)' $1 >/tmp/seen.new; mv /tmp/seen.new /tmp/seen } &
	<>[9]'#l1/ether1/clone' {
		n=`{read <[0=9]}
		while(! test -e /tmp/seen) cat frame >'#l1/ether1/'^$n^/data
	}
	wait
	cat /tmp/seen
}
live '#l1/ether1' | sed 's/s=[^ ]*/s=x/'
live '#l0/ether0' | sed 's/s=[^ ]*/s=x/'
exit ''
END
SHARE=$T/s timeout 150 tests/vm -n hub -n hub -t 120 $T/script >$T/out || {
	cat $T/out
	exit 1
}
cat >$T/want <<'END'
0.000000 ether(s=525400000001 d=ffffffffffff pr=0800 ln=46) ip(s=10.0.0.1 d=10.0.0.2 pr=17 ttl=64 id=0007 ln=32) udp(s=4096 d=7 ln=12) data(4)
0.001000 ether(s=525400000001 d=ffffffffffff pr=0800 ln=61) ip(s=10.0.0.1 d=10.0.0.2 pr=17 ttl=64 id=0007 ln=47) udp(s=5000 d=53 ln=27) dns(id=9 op=question q=a t=ip)
0.002000 ether(s=525400000001 d=ffffffffffff pr=0800 ln=54) ip(s=10.0.0.1 d=10.0.0.2 pr=6 ttl=64 id=0007 ln=40) tcp(s=4000 d=80 seq=1 ack=2 fl=S win=99 !ck=0000)
0.003000 ether(s=525400000001 d=ffffffffffff pr=0806 ln=42) arp(op=request spa=10.0.0.1 sha=525400000001 tpa=10.0.0.2 tha=000000000000)
ether(s=525400000001 d=ffffffffffff pr=0800 ln=61) ip(s=10.0.0.1 d=10.0.0.2 pr=17 ttl=64 id=0007 ln=47) udp(s=5000 d=53 ln=27) dns(id=9 op=question q=a t=ip)
ether(s=525400000001 d=ffffffffffff pr=0806 ln=42) arp(op=request spa=10.0.0.1 sha=525400000001 tpa=10.0.0.2 tha=000000000000)
ether(s=525400000001 d=ffffffffffff pr=0800 ln=46) ip(s=10.0.0.1 d=10.0.0.2 pr=17 ttl=64 id=0007 ln=32) udp(s=4096 d=7 ln=12) data(4)
	61 62 63
ether(s=525400000001 d=ffffffffffff pr=0806 ln=42) arp(op=request spa=10.0.0.1 sha=525400000001 tpa=10.0.0.2 tha=000000000000)
same
ip/snoopy: cut: the file is cut off
ip/snoopy: frame: no file of Ethernet frames
ip/snoopy: filter: a name is wanted at ''
ether(s=x d=ffffffffffff pr=0806 ln=60) arp(op=request spa=10.0.0.1 sha=525400000001 tpa=10.0.0.2 tha=000000000000)
ether(s=x d=ffffffffffff pr=0806 ln=60) arp(op=request spa=10.0.0.1 sha=525400000001 tpa=10.0.0.2 tha=000000000000)
END
diff $T/want $T/out
