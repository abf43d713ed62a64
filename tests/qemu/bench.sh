# The table of ./mk bench, from runs made up: the middle run, the spread, the
# figures recorded where none was measured, the mark of time, JSON.
d=$T/runs
mkdir $d $T/out
printf '1 0 1000\n2 0 51000\n1 0 60000\n2 0 64000\n' >$T/marks
printf 'noise\nnull system call\t90\t100\nfork, exit, wait\t20000\t2\r\n' >$T/said
tests/bench/join $T/said $T/marks >$d/pintle.1
[ "$(cat $d/pintle.1)" = "$(printf 'null system call\t90\t500\nfork, exit, wait\t20000\t2000')" ]
printf 'null system call\t100\t600\nfork, exit, wait\t20000\t1900\n' >$d/pintle.2
printf 'null system call\t110\t450\nnew row\t7\t0\n' >$d/pintle.3
for i in 1 2 3; do
	printf 'null system call\t30%d\t1000\n' $i >$d/tuned.$i
done
tests/bench/report $d $T/out >$T/table
grep -q '^null system call  *100  *20.0%  *337[*]  *302  *0.33  *0.45!  *273  *572  *90$' $T/table
grep -q '^fork, exit, wait  *20000  *0.0%  *153000[*]  *145000[*]  *0.14  *-  *55500' $T/table
grep -q '^new row  *7  *0.0%  *-  *-  *-  *-  *-  *-  *-$' $T/table
[ $(wc -l <$T/table) = 4 ]
grep -q '{"op": "null system call", "pintle": 100, "linux": 337, "tuned": 302, "front9": 273, "harvey": 572, "aim": 90, "spread": 20.00, "time": 0.45},$' $T/out/bench.json
grep -q '{"op": "new row", "pintle": 7, "linux": null, "tuned": null, "front9": null, "harvey": null, "aim": null, "spread": 0.00, "time": null}$' $T/out/bench.json
[ $(grep -c '<svg ' $T/out/plots) = 3 ]
grep -q '>Harvey: 2200000<.*>2200000 (cut)<' $T/out/plots

# the stack in a program beside the kernel's
rm $d/*
printf 'TCP connect + accept + close\t1000\t0\nuser TCP: connect + accept + close\t1250\t0\n' >$d/pintle.1
tests/bench/report $d | grep -q "^user TCP: connect + accept + close  *1[.]25 of the kernel's$"
