# Every file of the kernel's servers and of a process, with garbage, by an
# ordinary user and by none.
seed=${SEED:-1}
[ -z "$SOAK" ] || seed=${SEED:-$(date +%s)}
./mk cc $PWD/tests/qemu/garbage.c -Wall -Wextra -Werror -o $T/garbage
head -c 1048576 /dev/zero >$T/disk
cat >$T/script <<END
for(i in \`{seq ${rounds:-1}}){
	as sys /n/host/garbage \`{echo $seed' * 2 + '\$i | bc} || exit sys
	as none /n/host/garbage \`{echo $seed' * 3 + '\$i | bc} || exit none
}
test \`{cat /dev/sysname}^\`{cat /dev/hostowner} '=' pintleglenda
END
for m in '-s 1' '-s 4 -q "-cpu max"'; do
	eval "SHARE=$T DISK=$T/disk tests/vm -t ${LIMIT:-100} $m $T/script >$T/out" || bad=1
	echo "$m:"
	cat $T/out
	{ echo "seed $seed, $m"; tail -n 1 $T/out; } >>$T/last
done
[ -z "$bad" ]
