# System calls with every kind of argument, by an ordinary user, on one and on
# four processors.  $calls: how many on each; $SEED: where chance begins.
seed=${SEED:-1}
[ -z "$SOAK" ] || seed=${SEED:-$(date +%s)}
./mk cc $PWD/tests/qemu/callfuzz.c -Wall -Wextra -Werror -o $T/callfuzz
for m in '-s 1' '-s 4 -q "-cpu max"'; do
	n=${m#-s }
	eval "SHARE=$T tests/vm -t ${LIMIT:-100} $m -c 'as sys rc -c ''''ramfs; /n/host/callfuzz run ${calls:-50000} ${n%% *} $seed''''' >$T/out" || bad=1
	echo "$m:"
	cat $T/out
	{ echo "seed $seed, $m"; tail -n 1 $T/out; } >>$T/last
done
[ -z "$bad" ]
