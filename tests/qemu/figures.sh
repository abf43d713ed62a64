# The accepted figures of tests/bench/figures: an operation that costs more
# than 3 % above its own fails, and so does one that is not there any more; and
# a shell answers in the accepted memory.
d=$T
tests/bench/image $d
. tests/bench/guest
guest '' >$T/said
poweron >>$T/said
awk -F'\t' '
FNR == NR {
	if($0 !~ /^#/ && $2 != "-" && $1 !~ /^smallest memory/)
		accepted[$1] = $2
	next
}
{ cost[$1] = $2 }
END {
	for(op in accepted)
		if(!(op in cost)){
			print op ": not measured"
			bad = 1
		}else if(cost[op] > accepted[op]*1.03){
			print op ": " cost[op] ", accepted " accepted[op]
			bad = 1
		}else if(cost[op] < accepted[op]*0.97)
			print op ": " cost[op] ", accepted " accepted[op] ": better, accept it"
	exit bad
}' tests/bench/figures $T/said

answersin $(awk -F'\t' '/^smallest memory that/ { print $2 }' tests/bench/figures) none
answersin $(awk -F'\t' '/^smallest memory, with all/ { print $2 }' tests/bench/figures) ''
