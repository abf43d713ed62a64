# A move that fails, at each step: the error is said, the old side goes on,
# and nothing is lost, of reads that wait neither.
./mk cc $PWD/tests/qemu/gatesrv.c -o $T/gatesrv
cat >$T/run <<'END'
gate=/n/host/gatesrv
fn waiting {	# until that many reads wait
	while(! ~ `{cat /tmp/g/count} $1)
		sleep 0
}
fn take {
	exec dd -bs 64 -count 1 </tmp/g/gate >[2]/dev/null
}
fn restart {
	move restart /srv/gate $* || echo refused
}
mkdir /tmp/g
$gate
mount /srv/gate /tmp/g
take >/tmp/first &
first=$apid
waiting 1

echo '# the program is not there, is none, or is another'
restart /bin/nonesuch
restart /lib/namespace
restart /bin/echo
restart /bin/ramfs
echo '# it ends early, says nonsense, refuses'
restart $gate -x half
restart $gate -x garbage
restart $gate -x refuse
restart $gate -x exit
restart $gate -x die
echo '# it has no memory, no descriptors'
restart $gate -x memory
restart $gate -x descriptors
echo '# it is killed'
restart $gate -x wait &
while(! test -s /tmp/newpid)
	sleep 0
echo kill >/proc/^`{cat /tmp/newpid}^/note
wait $apid
echo '# not for everybody'
as none rc -c 'move restart /srv/gate'

echo '# the read still waits, and goes on after a restart that works'
waiting 1
while(test `{ps | grep -c 'gatesrv$'} -gt 2)	# one may still be dying
	sleep 0
ps | grep -c 'gatesrv$'
move restart /srv/gate | sed 's/, [0-9]* fids.*//'
take >/tmp/second &
second=$apid
waiting 2
take >/tmp/third &
third=$apid
waiting 3
echo interrupt >/proc/$second/note
wait $second
waiting 2
move restart /srv/gate | sed 's/, [0-9]* fids.*//'
mkdir /tmp/g2
{echo post gate2 >[1=0]; read >/dev/null} <>/srv/gate.ctl
mount /srv/gate2 /tmp/g2
echo 3 >/tmp/g2/key
wait $first
wait $third
cat /tmp/first /tmp/third
@{take}

echo '# into the kernel: there is no such kind, the name is taken, he may not'
mkdir /tmp/r
move kernel /srv/gate || echo refused
echo new ramfs taken >/host/ctl
mv /srv/taken /srv/inkernel
ramfs -S taken
mount -c /srv/taken /tmp/r
echo still there >/tmp/r/file
move kernel /srv/taken || echo refused
cat /tmp/r/file
as none rc -c 'ramfs -S nones; move kernel nones; ls /host; move restart nones' | sed 's/, [0-9]* fids.*//'

echo '# out of it: no program, one of another kind, one that refuses, he may not'
{echo exit >[1=0]; read} <>/srv/taken.ctl
unmount /tmp/r
mount -c /srv/inkernel /tmp/r
echo in the kernel >/tmp/r/file
move user taken /bin/nonesuch || echo refused
move user taken /bin/mbox || echo refused
move user taken $gate || echo refused
as none rc -c 'move user taken' || echo refused
grep '^state' /host/taken/status
cat /tmp/r/file
move user taken | sed 's/, [0-9]* fids.*//'
cat /tmp/r/file
END
cat >$T/want <<'END'
# the program is not there, is none, or is another
move: gate: /bin/nonesuch: file does not exist
refused
move: gate: /lib/namespace: permission denied
refused
move: gate: the other side ended
refused
move: gate: image: is not of ramfs
refused
# it ends early, says nonsense, refuses
move: gate: the other side ended
refused
move: gate: something
refused
move: gate: the gate is shut
refused
move: gate: the other side ended
refused
move: gate: the other side ended
refused
# it has no memory, no descriptors
move: gate: out of memory
refused
move: gate: cannot open the note file of a process
refused
# it is killed
move: gate: the other side ended
refused
# not for everybody
move: gate: permission denied
# the read still waits, and goes on after a restart that works
2
1 requests held
2 requests held
1
2
3
# into the kernel: there is no such kind, the name is taken, he may not
move: gate: gate: no such kind of server is linked in
refused
move: taken: file already exists
refused
still there
move: nones: permission denied
/host/clone
/host/ctl
/host/net
/host/taken
0 requests held
# out of it: no program, one of another kind, one that refuses, he may not
ok
/bin/nonesuch: file does not exist
refused
/bin/mbox: /host/taken: image: is not of mbox
refused
/n/host/gatesrv: /host/taken: image: is not of gate
refused
ramfs: /host/taken: permission denied
refused
state live
in the kernel
0 requests held
in the kernel
END
try(){
	SHARE=$T tests/vm -t ${LIMIT:-100} "$@" $T/run >$T/said 2>&1 || bad=1
	grep -v suicide: $T/said >$T/out
	cmp -s $T/out $T/want && return
	echo "with $*:"
	diff -u $T/want $T/out || :
	bad=1
}
try -s 1
try -s 4

# the state and its image are more than there is memory
cat >$T/run <<'END'
ramfs -S big
mount -c /srv/big /mnt
dd -if /dev/zero -of /mnt/f -bs 65536 -count 350 >[2]/dev/null
echo end >>/mnt/f
move restart big || echo refused
move kernel big || echo refused
tail -c 4 /mnt/f
rm /mnt/f
move restart big | sed 's/, [0-9]* fids.*//'
move kernel big | sed 's/, [0-9]* fids.*//'
END
cat >$T/want <<'END'
move: big: out of memory
refused
move: big: out of memory
refused
end
0 requests held
0 requests held
END
try -m 64
[ -z "$bad" ]
