# Several processors cost nothing: no row of the figures more than 1.1 times what
# it costs on one, all processors' instructions counted.
d=$T
tests/bench/image $d
. tests/bench/guest
for n in 1 2 4; do
	SMP=$n guest '' >$T/said.$n
done
awk -F'\t' '
NF != 3 { next }
!($1 in one) { one[$1] = $2; next }
{
	n++
	if($2 > one[$1]*1.1){
		print $1 ": " $2 ", on one processor " one[$1]
		bad = 1
	}
}
END { exit bad || n < 20 }' $T/said.1 $T/said.2 $T/said.4
