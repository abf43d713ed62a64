# Two thousand moves on each machine; and a new side that does not read what it
# is told: the old one loses patience.
pairs=1000 limit=1100
. tests/qemu/move.sh
./mk cc $PWD/tests/qemu/gatesrv.c -o $T/gatesrv
cat >$T/run <<'END'
/n/host/gatesrv
mount /srv/gate /mnt
move restart /srv/gate /n/host/gatesrv -x deaf && echo moved
cat /mnt/count
END
[ "$(SHARE=$T tests/vm -t 200 $T/run 2>&1)" = "move: gate: no answer from the other side
0" ]
