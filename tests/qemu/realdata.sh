# Work on real files of the host, seen over 9P: the sources of lwIP and 9base.
# The same script runs in the system and, with 9base's commands, here; the
# results, which it writes back into the shared folder, must be the same.
cache=${PINTLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pintle}
plan9=/usr/lib/plan9/bin
mkdir $T/share $T/share/guest $T/share/host $T/copy
for p in lwip-2.1.3+dfsg1-2 9base-6-13; do
	cp -r $cache/src/$p $T/share/${p%%-*}
done

cat >$T/share/script <<'EOF'
# in the folder that holds lwip and 9base; $out is for results, $copy for a copy
files=`{du -a lwip 9base | sed 's/^[^	]*	//' | grep '\.[chy]$' | sort}
echo $#files >$out/count
for(f in $files) echo $f >>$out/names

grep -n . lwip/src/core/*.c lwip/src/core/*/*.c >$out/grep
for(f in $files) grep -n 'include' $f /dev/null >>$out/include
awk '{ for(i = 1; i <= NF; i++) n[$i]++ } END { for(w in n) print n[w], w }' lwip/src/core/tcp*.c | sort -n -r +0 -1 +1 >$out/words
cat $files | tr -cs 'A-Za-z' '\012' | sort | uniq -c | sort -n -r +0 -1 +1 >$out/frequency
cat $files | sort -u | wc -lc >$out/lines
awk '$1 == "#define" { sub(/\(.*/, "", $2); print $2 }' lwip/src/include/lwip/*.h | sort -u >$out/defines
sed -n '/^#if/,/^#endif/s/LWIP/<&>/gp' $files >$out/sed
diff lwip/src/core/tcp_in.c lwip/src/core/tcp_out.c >$out/diff

# a tree copied and compared
for(d in `{du lwip/src | sed 's/^[^	]*	//' | sort}) mkdir -p $copy/$d
for(f in $files) if(~ $f lwip/src/*) cp $f $copy/$f
for(f in $files) if(~ $f lwip/src/*) cmp $f $copy/$f >>$out/cmp
ls $copy/lwip/src/core >[2=1] | sed 's,.*/,,' >$out/ls

# a build with rules
mkdir $copy/build
cat >$copy/build/mkfile <<'EOM'
SRC=`{ls $S/lwip/src/core/*.c | sed 's,.*/,,'}
OBJ=${SRC:%.c=%.n}
all:V: total
total: $OBJ
	cat $OBJ >total
%.n: $S/lwip/src/core/%.c
	wc $S/lwip/src/core/$stem.c | awk '{ print $1, $2, $3 }' >$stem.n
EOM
S=`{pwd}
@{ cd $copy/build && NPROC=1 mk >$copy/log >[2=1] } || cat $copy/log
sed 's,'$S',S,g' $copy/log | sort >$out/mk
cp $copy/build/total $out/total
EOF
(cd $T/share && out=host copy=$T/copy MKSHELL=$plan9/rc PATH=$plan9:$PATH $plan9/rc ./script)
SHARE=$T/share tests/vm -s 2 -t 300 -c 'cd /n/host; mkdir /tmp/copy; out=guest; copy=/tmp/copy; . /n/host/script'
diff -r $T/share/host $T/share/guest | head -50
diff -r -q $T/share/host $T/share/guest
for f in words total defines sed grep; do
	[ -s $T/share/host/$f ]
done
[ ! -s $T/share/guest/cmp ]
