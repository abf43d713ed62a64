# sendread(2), and a server's long answers through it.
./mk cc $PWD/tests/qemu/sendread.c -Wall -Wextra -Werror -o $T/sendread
cat >$T/script <<'END'
ramfs -S exchtest
{echo post exchtest2 >[1=0]; read >/dev/null} <>/srv/exchtest.ctl
mkdir /tmp/x1 /tmp/x2
mount -c /srv/exchtest /tmp/x1
mount -c /srv/exchtest2 /tmp/x2
/n/host/sendread /tmp/x1/file /tmp/x2/file || exit failed
END
for m in '-s 1' '-s 4 -q "-cpu max"'; do
	eval "SHARE=$T tests/vm -t ${LIMIT:-100} $m $T/script" || exit 1
done
