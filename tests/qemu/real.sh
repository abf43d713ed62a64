# Real work on real sources: lwIP and 9base, shared from this machine, are
# searched, counted, sorted, copied and built from in Pintle by 9base's commands,
# and by the same commands here; what they write is the same to the byte.
cache=${PINTLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pintle}/src
mkdir $T/s $T/s/src
cp -r $cache/lwip-* $T/s/src/lwip
cp -r $cache/9base-* $T/s/src/9base
cp -r $T/s $T/h

cat >$T/work <<'E'
# in the folder that has src; out: for what is found
cd src
du -a . | sed 's/^[^	]*	//' | sort >../out/files
grep '\.[ch]$' ../out/files >../out/sources
for(d in lwip 9base){
	grep -n 'mem(cpy|move)' `{grep $d ../out/sources} >../out/grep.$d
	grep -c 'static' `{grep $d ../out/sources} >../out/count.$d
}
grep -n tcp_ `{cat ../out/sources} | awk -F: '{ n[$1]++ } END { for(f in n) print n[f], f }' | sort -n -r >../out/perfile
awk '{ lines++; words += NF } END { print lines, words }' `{cat ../out/sources} >../out/totals
awk '{ for(i = 1; i <= NF; i++) n[$i]++ } END { for(w in n) print n[w], w }' `{cat ../out/sources} | sort -k1nr -k2 | sed 1000q >../out/words
cat `{cat ../out/sources} | tr -c 'A-Za-z0-9_' '\012' | sort | uniq -c | sort -n -r | sed 2000q >../out/idents
cat `{cat ../out/sources} | sort | uniq -d | tail -n 200 >../out/dups
cat `{cat ../out/sources} | tr A-Z a-z | sed -n 's/^#include *"([^"]*)".*/\1/p; s/^#[ 	]*include *["<]([^">]*)[">].*/\1/p' | sort -u >../out/includes
sort ../out/includes >../out/a
sed 's/.*\///' ../out/files | sort -u >../out/b
join ../out/a ../out/b >../out/join
diff lwip/src/core/tcp_in.c lwip/src/core/tcp_out.c >../out/diff
sha1sum `{cat ../out/sources} >../out/sums
cd ../build
NPROC=1
mk >../out/mklog
mk >>../out/mklog
touch b.x
E
cat >$T/mkfile <<'E'
SRC=`{cd ../src/lwip/src/core; ls *.c | sed 's/\.c$//'}
ALL=${SRC:%=%.n}

all:V: total

total: $ALL
	cat $prereq | sort -n >$target
	echo made $target

%.n: ../src/lwip/src/core/%.c
	awk '/;/ { n++ } END { print n, FILENAME }' $prereq | sed 's,\.\./src/,,' >$target
	echo $stem
E
for d in s h; do
	mkdir $T/$d/out $T/$d/build
	cp $T/mkfile $T/$d/build
	cp $T/work $T/$d/work
done

# a copy in Pintle's memory, compared there, and written back from there
cat >$T/copy <<'E'
cd /n/host/src
mkdir /tmp/copy
tar cf /fd/1 . | @{ cd /tmp/copy; tar xf /fd/0 }
for(f in `{cat /n/host/out/sources}) cmp $f /tmp/copy/$f || exit differ
cd /tmp/copy
sha1sum `{cat /n/host/out/sources} >/n/host/out/sumscopy
cd /tmp/copy/lwip
tar cf /n/host/back.tar .
exit ''
E
SHARE=$T/s tests/vm -s 2 -m 768 -t 400 -c 'cd /n/host && rc ./work' >$T/vm.out 2>&1 || {
	cat $T/vm.out
	exit 1
}
(
	PLAN9=/usr/lib/plan9 PATH=/usr/lib/plan9/bin:$PATH
	export PLAN9 PATH
	cd $T/h
	rc ./work
) >$T/host.out 2>&1 || true
for f in $(cd $T/h/out; ls); do
	[ -s $T/h/out/$f ] || echo "$f is empty"
	cmp $T/h/out/$f $T/s/out/$f
done
cmp $T/h/build/total $T/s/build/total
[ $(wc -l <$T/s/out/sources) -gt 500 ]

SHARE=$T/s tests/vm -s 2 -m 768 -t 400 $T/copy >$T/vm.out 2>&1 || {
	cat $T/vm.out
	exit 1
}
cmp $T/h/out/sums $T/s/out/sumscopy
mkdir $T/back
tar xf $T/s/back.tar -C $T/back
diff -r $T/back $T/h/src/lwip
diff -r $T/s/src $T/h/src
