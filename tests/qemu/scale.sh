# Nothing gets dearer with scale: for each kind of tests/bench/pintle/scale.c,
# one more of it and the operation beside it at 1000 against those at 100: the
# first few are made of what others left.  All of them were found to stay about
# as they are; with their number they would grow to ten times as much.
d=$T
tests/bench/image $d
INITRD=$d/usr.img tests/vm -i -t 110 -c 'scale -n 1000' >$T/said
awk -F'\t' '
$2 == 100 { made[$1] = $3; done[$1] = $4 }
$2 == 1000 {
	kinds++
	if($3 > 1.6*made[$1] || $4 > 1.2*done[$1] || $5 > 3*$3){
		print
		bad = 1
	}
}
END { exit bad || kinds != 6 }' $T/said
