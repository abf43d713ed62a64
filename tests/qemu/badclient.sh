# Clients that do everything wrong, of servers that are programs, and in the kernel.
seed=${SEED:-1}
[ -z "$SOAK" ] || seed=${SEED:-$(date +%s)}
./mk cc $PWD/tests/qemu/badclient.c -Wall -Wextra -Werror -o $T/badclient
cat >$T/script <<END
as sys /n/host/badclient ${rounds:-1} $seed ramfs -i || exit ramfs
as sys /n/host/badclient ${rounds:-1} $seed exportfs || exit exportfs
/n/host/badclient -k ${rounds:-1} $seed ramfs 'max=4M' || exit 'kernel ramfs'
/n/host/badclient -k ${rounds:-1} $seed mbox 'max=4M' || exit 'kernel mbox'
/n/host/badclient -k ${rounds:-1} $seed consmux || exit 'kernel consmux'
END
for m in '-s 1' '-s 4 -q "-cpu max"'; do
	eval "SHARE=$T tests/vm -t ${LIMIT:-100} $m $T/script >$T/out" || bad=1
	echo "$m:"
	cat $T/out
	{ echo "seed $seed, $m"; grep -a clients $T/out || :; } >>$T/last
done
[ -z "$bad" ]
