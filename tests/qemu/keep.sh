# Servers that are killed: what is acknowledged is there once, nobody but the
# owner takes what they leave, and keep(8) starts them again or gives up.
./mk cc $PWD/tests/qemu/keeptest.c -o $T/keeptest
run(){	# options of vm; the script is standard input
	cat >$T/script
	SHARE=$T tests/vm -t ${LIMIT:-100} "$@" $T/script >$T/out || {
		echo "with $*:"
		cat $T/out
		exit 1
	}
}
cat >$T/lib <<'EOS'
# the newest ramfs: the highest of their process numbers is that of its connection
fn last { ps | awk '$NF == "ramfs" { print $2 }' | sort -n | sed -n '$p' }
was=`{last}
fn killit { echo kill >/proc/^`{last}^/ctl; while(test `{last} -gt $was) sleep 1 }
# the same if it is kept
fn strike { p=`{last}; echo kill >/proc/$p/ctl; while(test -e /proc/$p) sleep 1 }
EOS
want(){
	cat >$T/want
	diff -u $T/want $T/out
}

# kills under clients, at times that follow from the seed
seed=${SEED:-$(date +%N | sed 's/^0*//')}
kills=${KILLS:-12}
echo seed $seed, $kills kills >$T/last
cat $T/last
for machine in -i '-s 4'
do
	for what in kill mail
	do
		run $machine <<-EOS
		/n/host/keeptest $what $kills $seed
		EOS
		grep -q "^$kills kills" $T/out
	done
done

# without -r: errors at once, and the name can be used again
run -s 2 <<'EOS'
. /n/host/lib
/n/host/keeptest together
ramfs -S plain
mount -c /srv/plain /mnt
echo one >/mnt/f
killit
cat /mnt/f >[2=1] | sed 's/.*f: //'
rm /srv/plain
ramfs -S plain
mount -c /srv/plain /mnt
echo two >/mnt/f
cat /mnt/f
EOS
want <<'EOS'
together
i/o on hungup channel
two
EOS

# the log is another's, or spoilt; too many deaths; a command that does not start
run <<'EOS'
. /n/host/lib
fn there { for(i in /srv/mine /srv/mine.0.serve '#g/srv.mine') test -e $i && echo $i }
ramfs -r -S mine
mount -c /srv/mine /mnt
echo text >/mnt/f
killit
/n/host/keeptest other mine >[2]/dev/null
there
ramfs -r -S mine
cat /mnt/f
killit
echo mbox >'#g/srv.mine/data'
ramfs -r -S mine >[2=1]
there
keep -n 2 mine ramfs -r -S mine >[2=1] | sed 's/ [0-9][0-9]*:/ pid:/'
there
cat /mnt/f >[2=1] | sed 's/.*f: //'
keep mine ramfs -S >[2]/dev/null
echo $status | sed 's/.*: //'
EOS
want <<'EOS'
refused
/srv/mine
/srv/mine.0.serve
#g/srv.mine
text
ramfs: mine: restart log: not a whole log of mine
/srv/mine
/srv/mine.0.serve
#g/srv.mine
ramfs: mine: restart log: not a whole log of mine
keep: mine died: ramfs pid: mine: restart log: not a whole log of mine; death 1, 1 of 2 within 60s
ramfs: mine: restart log: not a whole log of mine
keep: mine died: ramfs pid: mine: restart log: not a whole log of mine; given up
i/o on hungup channel
usage
EOS

# restarts and kills by turns; moved into the kernel it needs nobody any more
run <<'EOS'
. /n/host/lib
keep kept ramfs -r -S kept >[2]/tmp/keep.out &
while(! test -e /srv/kept)
	sleep 1
mount -c /srv/kept /mnt
echo one >/mnt/f
move restart /srv/kept | sed 's/,.*//'
echo two >>/mnt/f
strike
echo three >>/mnt/f
move restart /srv/kept | sed 's/,.*//'
move restart /srv/kept | sed 's/,.*//'
echo four >>/mnt/f
move kernel /srv/kept | sed 's/,.*//'
wait
echo five >>/mnt/f
cat /mnt/f /tmp/keep.out
ls /srv/kept* '#g'
EOS
want <<'EOS'
0 requests held
0 requests held
0 requests held
0 requests held
one
two
three
four
five
keep: kept is served
keep: kept died; death 1, 1 of 5 within 60s
keep: kept is served
/srv/kept
EOS
