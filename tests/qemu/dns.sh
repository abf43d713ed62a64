# The resolver against a server of names on this machine, written for it
# alone: kinds of records, aliases, what is not there, answers that are too
# long for a datagram, forged ones, one that is late, addresses that change
# in /net/ndb; then the resolver as a server of another one.
mkdir $T/s
cat >$T/server.pl <<'END'
# server.pl dir: answers on a port of the loopback that it writes to
# dir/port; adds the questions to dir/log, a line each
use strict;
use IO::Socket::INET;
use IO::Select;

my $dir = shift;
my ($udp, $tcp);
for(1..100){
	$udp = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1') or die $!;
	$tcp = IO::Socket::INET->new(Proto => 'tcp', LocalAddr => '127.0.0.1', LocalPort => $udp->sockport, Listen => 9) and last;
}
$tcp or die $!;
open my $log, '>', "$dir/log" or die $!;
$log->autoflush(1);
open my $f, '>', "$dir/port.new" or die $!;
print $f $udp->sockport, "\n";
close $f;
rename "$dir/port.new", "$dir/port";

my %type = (a => 1, ns => 2, cname => 5, soa => 6, ptr => 12, mx => 15, txt => 16, aaaa => 28, srv => 33);
my %code = reverse %type;

sub name { join('', map { chr(length) . $_ } split /\./, $_[0]) . "\0" }
sub v6 { pack 'H*', join '', map { substr "0000$_", -4 } split /:/, $_[0] }
my %value = (
	a => sub { pack 'C4', split /\./, $_[0] },
	aaaa => sub { v6($_[0]) },
	mx => sub { my ($p, $h) = split / /, $_[0]; pack('n', $p) . name($h) },
	txt => sub { join '', map { chr(length) . $_ } unpack '(A255)*', $_[0] },
	srv => sub { my @f = split / /, $_[0]; pack('nnn', @f) . name($f[3]) },
	soa => sub { name('ns.test') . name('me.test') . pack 'N5', 1, 2, 3, 4, 60 },
);
# owner type value
my @zone = map { chomp; [split / /, $_, 3] } split /\n/, <<'ZONE';
www.test a 192.0.2.1
www.test a 192.0.2.2
www.test aaaa 2001:db8:0:0:0:0:0:1
alias.test cname www.test
far.test cname alias.test
loop.test cname pool.test
pool.test cname loop.test
test mx 10 post.test
test txt one string; and another
test ns ns.test
_9p._tcp.test srv 1 2 564 www.test
1.2.0.192.in-addr.arpa ptr www.test
here.lab.test a 192.0.2.9
forged.test a 192.0.2.7
late.test a 192.0.2.8
release.test a 192.0.2.10
ZONE
push @zone, ['long.test', 'txt', 'x' x 900];

sub record { my ($n, $t, $v, $ttl) = @_;
	my $d = ($value{$t} || \&name)->($v);
	return name($n) . pack('nnNn', $type{$t}, 1, $ttl, length $d) . $d;
}

sub answer { my ($q, $max) = @_;
	my ($id, $flags) = unpack 'nn', $q;
	my ($at, @l) = 12;
	while(my $n = ord substr $q, $at, 1){
		push @l, lc substr $q, $at+1, $n;
		$at += $n+1;
	}
	my $name = join '.', @l;
	my $t = $code{unpack 'n', substr $q, $at+1, 2};
	my $question = substr $q, 12, $at+5-12;
	my ($an, $nan, $found, $want) = ('', 0, 0, $name);
	for(1..5){
		my $next;
		for my $r (grep { $_->[0] eq $want } @zone){
			$found = 1 if $want eq $name;
			if($r->[1] eq $t || $r->[1] eq 'cname'){
				$an .= record(@$r, $want eq 'www.test'? 1000: 500);
				$nan++;
				$next = $r->[2] if $r->[1] eq 'cname' && $t ne 'cname';
			}
		}
		last unless $next;
		$want = $next;
	}
	my $au = $nan? '': record('test', 'soa', '', 600);
	my $m = pack('nnnnnn', $id, 0x8180 | ($found? 0: 3), 1, $nan, $nan? 0: 1, 0) . $question . $an . $au;
	$m = pack('nnnnnn', $id, 0x8380, 1, 0, 0, 0) . $question if length $m > $max;
	return ($name, $t, $m);
}

my ($released, @held);
my $all = IO::Select->new($udp, $tcp);
while(my @ready = $all->can_read){
	for my $s (@ready){
		if($s == $tcp){
			$all->add($tcp->accept);
		}elsif($s == $udp){
			my $from = recv $udp, my $q, 1500, 0;
			my ($name, $t, $m) = answer($q, 512);
			print $log "udp $name $t\n";
			if($name eq 'forged.test'){
				my $bad = $m;
				substr($bad, 0, 2) = pack 'n', 1 + unpack 'n', $m;
				substr($bad, -1) = "\xff";
				send $udp, $bad, 0, $from;
			}
			if($name eq 'late.test' && !$released){
				push @held, [$m, $from];
				next;
			}
			send $udp, $m, 0, $from;
			if($name eq 'release.test'){
				$released = 1;
				send $udp, $_->[0], 0, $_->[1] for @held;
			}
		}else{
			my ($len, $q);
			if(!sysread($s, $len, 2) || !sysread($s, $q, unpack 'n', $len)){
				$all->remove($s);
				close $s;
				next;
			}
			my ($name, $t, $m) = answer($q, 65535);
			print $log "tcp $name $t\n";
			syswrite $s, pack('n', length $m) . $m;
		}
	}
}
END
perl $T/server.pl $T/s &
server=$!
trap 'kill $server' EXIT
n=0
until [ -e $T/s/port ]; do
	n=$((n+1))
	[ $n -lt 600 ] || exit 1
	sleep 0.1
done

cat >$T/script <<'END'
ip/ipconfig ether /net/ether0 add 10.0.2.15 255.255.255.0
port=`{cat /n/host/port}
echo 'ip=10.0.2.15 dnsdomain=lab.test dns=10.0.2.2!'$port >/net/ndb
ndb/dns -s
ndb/cs
fn ask { ndb/dnsquery $* >[2=1] }
fn t { echo --- $* }
t kinds
ask www.test
ask www.test ipv6
ask test mx
ask test txt
ask test ns
ask _9p._tcp.test srv
ask 192.0.2.1
ask 192.0.2.1 ptr
t aliases
ask far.test
ask far.test cname
ask loop.test
t nothing
ask no.test
ask no.test mx
ask www.test mx
ask www.test mx
t known
cp /n/host/log /tmp/log
ask WWW.Test
ask alias.test
ask no.test mx
cmp /n/host/log /tmp/log
t long
ask long.test txt | sed 's/x+$/xs/' | wc -c
ask long.test txt | wc -c
t forged
ask forged.test
t bad
ask www..test
ask www.test what
ask 'a b c'
t pairs
ask '!www.test ip'
ask '!test' mx
ask '!1.2.0.192.in-addr.arpa' ptr
t cs
ndb/csquery tcp!www.test!http
ndb/csquery tcp!here!9fs
t late
ndb/dnsquery late.test >/tmp/late &
ask release.test
wait
cat /tmp/late
t server
echo 'ip=10.0.2.15 dns=10.0.2.15' >/tmp/db2
ndb/dns -f /tmp/db2 -S dns2
mount /srv/dns2 /mnt
fn ask2 { ndb/dnsquery -f /mnt/dns $* >[2=1] }
ask2 alias.test
ask2 www.test ipv6
ask2 long.test txt | wc -c
ask2 no.test
ask2 www.test mx
ask2 test mx
t stats
ndb/dnsquery stats | sed 's/ .*//'
ndb/dnsquery dump | grep -c forged
ndb/dnsquery refresh || echo forgotten
ndb/dnsquery stats | sed 's/ hits.*//'
t changed
echo 'ip=10.0.2.15 dns=10.0.2.2!'$port' dns=10.9.9.9' >/net/ndb
ask www.test ipv6
exit ''
END
NET=user SHARE=$T/s timeout 250 tests/vm -t 200 $T/script >$T/out || {
	cat $T/out
	exit 1
}
cat >$T/want <<'END'
--- kinds
www.test ip	192.0.2.1
www.test ip	192.0.2.2
www.test ipv6	2001:db8::1
test mx	10 post.test
test txt	one string; and another
test ns	ns.test
_9p._tcp.test srv	1 2 564 www.test
1.2.0.192.in-addr.arpa ptr	www.test
1.2.0.192.in-addr.arpa ptr	www.test
--- aliases
far.test cname	alias.test
alias.test cname	www.test
www.test ip	192.0.2.1
www.test ip	192.0.2.2
far.test cname	alias.test
dns: too many aliases
--- nothing
dns: name does not exist
dns: name does not exist
dns: resource does not exist
dns: resource does not exist
--- known
www.test ip	192.0.2.1
www.test ip	192.0.2.2
alias.test cname	www.test
www.test ip	192.0.2.1
www.test ip	192.0.2.2
dns: name does not exist
--- long
     17
    915
--- forged
forged.test ip	192.0.2.7
--- bad
dns: bad domain name: www..test
dns: unknown type: what
dns: bad question
--- pairs
dom=www.test ip=192.0.2.1
dom=www.test ip=192.0.2.2
dom=test mx=post.test pref=10
dom=1.2.0.192.in-addr.arpa ptr=www.test
--- cs
/net/tcp/clone 192.0.2.1!80
/net/tcp/clone 192.0.2.2!80
/net/tcp/clone 2001:db8::1!80
/net/tcp/clone 192.0.2.9!564
--- late
release.test ip	192.0.2.10
late.test ip	192.0.2.8
--- server
alias.test cname	www.test
www.test ip	192.0.2.1
www.test ip	192.0.2.2
www.test ipv6	2001:db8::1
    915
dns: name does not exist
dns: resource does not exist
test mx	10 post.test
--- stats
sets
1
forgotten
sets 0
--- changed
www.test ipv6	2001:db8::1
END
diff $T/want $T/out || exit 1
grep -qx 'tcp long.test txt' $T/s/log
