# Servers that do everything wrong, mounted by an ordinary user.
seed=${SEED:-1}
[ -z "$SOAK" ] || seed=${SEED:-$(date +%s)}
./mk cc $PWD/tests/qemu/badserver.c -Wall -Wextra -Werror -o $T/badserver
for m in '-s 1' '-s 4 -q "-cpu max"'; do
	eval "SHARE=$T tests/vm -t ${LIMIT:-100} $m -c 'as sys /n/host/badserver ${rounds:-1} $seed' >$T/out" || bad=1
	echo "$m:"
	cat $T/out
	[ -z "$SOAK" ] || { date -u +%Y-%m-%d; echo "seed $seed, $m"; tail -n 1 $T/out; } >>$T/last
done
[ -z "$SOAK" ] || mv $T/last tests/soak/badserver.last
[ -z "$bad" ]
