# Servers that do everything wrong, mounted by an ordinary user, on pipes and on streams.
seed=${SEED:-1}
[ -z "$SOAK" ] || seed=${SEED:-$(date +%s)}
./mk cc $PWD/tests/qemu/badserver.c -Wall -Wextra -Werror -o $T/badserver
cat >$T/script <<END
as sys /n/host/badserver ${rounds:-1} $seed || exit pipes
as sys /n/host/badserver -s ${rounds:-1} $seed || exit streams
END
for m in '-s 1' '-s 4 -q "-cpu max"'; do
	eval "SHARE=$T tests/vm -t ${LIMIT:-100} $m $T/script >$T/out" || bad=1
	echo "$m:"
	cat $T/out
	{ echo "seed $seed, $m"; grep -a mounts $T/out || :; } >>$T/last
done
[ -z "$bad" ]
