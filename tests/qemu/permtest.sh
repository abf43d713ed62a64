# Deeds that an ordinary user and none are refused, and the owner is not.
./mk cc $PWD/tests/qemu/permtest.c -Wall -Wextra -Werror -o $T/permtest
head -c 1048576 /dev/zero >$T/disk
cat >$T/script <<'END'
ramfs -S permfs
chmod 666 /srv/permfs
mount -c /srv/permfs /net
chmod 755 /net
echo new ramfs permkern >/host/ctl
/n/host/permtest
END
SHARE=$T DISK=$T/disk tests/vm -s 2 -t ${LIMIT:-60} $T/script
