# Small clients against servers on this machine: tftp, from QEMU's own server and
# to one that loses datagrams; ntp, with forged answers before the right one.
mkdir $T/s $T/tftp
cat >$T/server.pl <<'END'
# server.pl dir: its ports are in dir/ntp and dir/tftp; what is put there is in dir/put-name
use strict;
use IO::Socket::INET;
use IO::Select;
my $dir = shift;
my ($ntp, $tftp) = map {
	my $s = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1') or die $!;
	open my $f, '>', "$dir/$_.new" or die $!;
	print $f $s->sockport, "\n";
	close $f;
	rename "$dir/$_.new", "$dir/$_";
	$s;
} 'ntp', 'tftp';
my $all = IO::Select->new($ntp, $tftp);
my $now = 2000000000 + 2208988800;
my ($asked, %put, %seen) = 0;
while(my @ready = $all->can_read){
	for my $s (@ready){
		my $from = recv $s, my $q, 2000, 0;
		if($s == $ntp){
			my $orig = substr $q, 40, 8;
			my $time = pack 'NN', $now & 0xffffffff, 0;
			my $head = sub { pack('CCcc', 0x24, $_[0], 4, -20) . "\0" x 20 };
			send $s, $head->(2) . 'forgedxx' . pack('N4', 1, 1, 1, 1), 0, $from;
			send $s, 'short', 0, $from;
			$asked++;
			next if $asked == 1;	# lost
			send $s, $head->($asked == 2? 0: 2) . $orig . $time . $time, 0, $from;
			next;
		}
		my ($op, $rest) = unpack 'na*', $q;
		if($op == 2){
			my ($name, $mode, %opt) = split /\0/, $rest;
			next unless $seen{"$name w"}++;	# the first is lost
			my $c = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1') or die $!;
			$all->add($c);
			open my $f, '>', "$dir/put-$name";
			my $size = $name eq 'old'? 512: $opt{blksize};
			$put{$c} = { f => $f, name => $name, size => $size, num => 0 };
			send $c, $name eq 'old'? pack('nn', 4, 0): pack('n', 6) . "blksize\0$size\0", 0, $from;
		}elsif($op == 3 && (my $p = $put{$s})){
			my ($num, $data) = unpack 'na*', $rest;
			if($num == $p->{num}+1){
				$p->{num}++;
				syswrite $p->{f}, $data;
				rename "$dir/put-$p->{name}", "$dir/$p->{name}" if length $data < $p->{size};
			}
			next if $num == 2 && !$seen{"$p->{name} 2"}++;	# this answer is lost
			send $s, pack('nn', 4, $num), 0, $from;
			send $s, pack('nn', 4, $num), 0, $from if $num == 3;	# this one comes twice
		}
	}
}
END
perl -e 'print map { chr($_*7 & 255) } 1..100000' >$T/tftp/big
echo hello >$T/tftp/small
: >$T/tftp/empty
perl $T/server.pl $T/s &
server=$!
trap 'kill $server' EXIT
n=0
until [ -e $T/s/ntp ] && [ -e $T/s/tftp ]; do
	n=$((n+1))
	[ $n -lt 600 ] || exit 1
	sleep 0.1
done
cat >$T/script <<'END'
ip/ipconfig ether /net/ether0 add 10.0.2.15 255.255.255.0
cd /tmp
ip/tftp 10.0.2.2 big
ip/tftp 10.0.2.2 empty none
ip/tftp 10.0.2.2 small -
ip/tftp 10.0.2.2 no-such-file >[2]/dev/null || test -e no-such-file || echo refused
ip/ntp -n 4 -t 4000 -s udp!10.0.2.2!`{cat /n/host/ntp} | sed 's/.*(stratum)/\1/'
awk '{ print ($1 >= 2000000000 && $1 < 2000010000) }' /dev/time
cp big none /n/host
ip/tftp -p 10.0.2.2!`{cat /n/host/tftp} new big
ip/tftp -p 10.0.2.2!`{cat /n/host/tftp} old big
exit ''
END
NET=user,tftp=$T/tftp SHARE=$T/s timeout 150 tests/vm -t 120 $T/script >$T/out || {
	cat $T/out
	exit 1
}
cat >$T/want <<'END'
hello
refused
stratum 2
1
END
diff $T/want $T/out && cmp $T/tftp/big $T/s/big && cmp $T/tftp/empty $T/s/none && cmp $T/tftp/big $T/s/new && cmp $T/tftp/big $T/s/old
