# the host's files at /n/host: hosttest.c on one and four processors, through
# the modern and the legacy interface, with and without indirect descriptors,
# and what of it the host sees.
./mk cc tests/qemu/hosttest.c -o $T/hosttest

prepare(){	# folder
	rm -rf $1
	mkdir $1 $1/dir $1/odd $1/many
	(
	cd $1
	cp $T/hosttest .
	echo hello >file
	chmod 664 file
	echo inner >dir/inner
	ln -s file rel
	ln -s /file abs
	ln -s dir/../rel chain
	ln -s dir dirlink
	ln -s ../../../file up
	ln -s loop2 loop1
	ln -s loop1 loop2
	ln -s nowhere dangling
	mkfifo fifo
	perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, pack_sockaddr_un("sock")) or die'
	cd odd
	for n in plain 'with space' "$(printf '\303\244\303\266')" "$(printf 'latin\344')" "$(printf 'nl\nx')" \
		"$(printf 'esc\357\234\201x')" "$(printf '\355\240\200\200')"; do
		echo odd >"$n"
	done
	cd ../many
	seq 0 9999 | sed 's/^/f/' | xargs touch
	cd ..
	seq 1 300000 >numbers
	)
}

try(){	# options of tests/vm
	prepare $T/s
	export SHARE=$T/s
	eval tests/vm -t 240 "$@" -c "'cd /n/host; ./hosttest'" >$T/out || {
		echo "with $*:"
		head -n 40 $T/out
		exit 1
	}
	# what is left, as the host spells it
	[ "$(cat $T/s/file)" = hello ]
	[ ! -L $T/s/rel ] && [ ! -L $T/s/loop1 ] && [ ! -L $T/s/dangling ] && [ ! -L $T/s/dirlink ] && [ -f $T/s/dir/inner ]
	[ -L $T/s/loop2 ] && [ ! -e $T/s/fifo ] && [ -S $T/s/sock ]
	[ $(ls -b $T/s/odd | wc -l) = 2 ]
}

try -s 4 "-q '-cpu max'"
try -s 1 "-q '-global virtio-pci.disable-modern=on'"
try -s 2 "-q '-global virtio-9p-device.indirect_desc=off'"

# names in escapes come back as they were, through a listing and a pipeline
mkdir $T/n
for c in 001 177 200 377; do
	printf x >$T/n/$(printf "a\\$c")b
done
(cd $T/n; ls | LC_ALL=C sort | od -c) >$T/names1
SHARE=$T/n tests/vm -c 'cd /n/host; mkdir sub; for(i in *){ if(! ~ $i sub) mv $i $i^2; }; for(i in *2) mv $i sub/$i' || true
(cd $T/n/sub; ls | sed 's/2$//' | LC_ALL=C sort | od -c) >$T/names2
cmp $T/names1 $T/names2

# a share that is read only, and one that is not there
chmod 755 $T/n
SHARE=$T/s tests/vm -c 'cat /n/host/file && ! test -e ''#9nosuch''' >$T/out || true
grep -q hello $T/out
