# The build, for mk(1).  ./mk is the way to call it: it sees to the packages
# and third-party source first.
#
#	build/k/	kernel objects		build/lib/	libraries
#	build/u/	user objects		build/bin/	programs
#	build/9/ p/	9base's objects		build/debug/	with debug information
#	build/host/	tools for this machine
#
# How to compile is in tools/cc; which files there are, in tools/rules.

MKSHELL=sh
CONF=pintle

all:V: kernel user images hosttools

<|tools/rules pintle
<|cmd/9base/rules
<|cmd/zlib/rules
<|tools/deps

kernel:V: build/pintle.elf
user:V: build/lib/libc.a build/lib/libfs.a $PROGS $PROGS9
libs:V: build/lib/libc.a build/lib/libfs.a
images:V: build/root.img build/usr.img
hosttools:V: build/host/vm

clean:V:
	rm -rf build

# ---- objects
build/k/%.o:Q: % tools/cc
	echo cc -k $stem
	tools/cc kernel $stem $target

build/p/%.o:Q: % tools/cc
	echo cc $stem
	tools/cc 9base $stem $target

build/u/%.o:Q: % tools/cc
	echo cc $stem
	tools/cc user $stem $target

# ---- the kernel
build/conf.c:QD: pc/$CONF.conf tools/conf
	tools/conf -c pc/$CONF.conf >$target
	touch -d '-5 seconds' $target

# Linked twice: the names for back traces come from the first result.  They
# lie after the text, so the second has its functions at the same addresses.
build/pintle.elf:QD: $KOBJ build/lists/KOBJ pc/kernel.ld tools/ksyms build/root.img
	echo ld pintle.elf
	tools/ksyms </dev/null >build/ksyms0.S
	printf '\t.section .rodata.rootimg,"a"\n\t.globl rootimg, rootimgend\n\t.balign 4096\nrootimg:\n\t.incbin "build/root.img"\nrootimgend:\n\t.byte 0\n\t.section .note.GNU-stack,"",@progbits\n' >build/rootimg.S
	gcc -c -o build/rootimg.o build/rootimg.S
	gcc -c -o build/ksyms0.o build/ksyms0.S
	L="ld -nostdlib -static -z max-page-size=4096 -z noexecstack --build-id=none -T pc/kernel.ld"
	$L -o build/pintle0.elf $KOBJ build/rootimg.o build/ksyms0.o
	nm -n build/pintle0.elf | tools/ksyms >build/ksyms.S
	gcc -c -o build/ksyms.o build/ksyms.S
	$L -o $target $KOBJ build/rootimg.o build/ksyms.o
	nm -n build/pintle0.elf | grep ' [tT] ' >build/lists/text0
	nm -n $target | grep ' [tT] ' | cmp - build/lists/text0

# ---- user programs
build/lib/libc.a:QD: $LIBOBJ build/lists/LIBOBJ
	echo ar $target
	mkdir -p build/lib
	rm -f $target
	ar rcsD $target $LIBOBJ
	touch -d '-3 seconds' $target

build/lib/libfs.a:QD: $FSOBJ build/lists/FSOBJ
	echo ar $target
	mkdir -p build/lib
	rm -f $target
	ar rcsD $target $FSOBJ
	touch -d '-3 seconds' $target

# what the standard C library has and ours has not, for 9base
build/lib/libport.a:QD: $PORTOBJ build/lists/PORTOBJ
	echo ar $target
	mkdir -p build/lib
	rm -f $target
	ar rcsD $target $PORTOBJ
	touch -d '-3 seconds' $target

build/bin/%:Q: build/u/cmd/%.c.o build/lib/libfs.a build/lib/libc.a tools/user.ld
	echo ld $stem
	tools/cc link $target build/u/cmd/$stem.c.o build/lib/libfs.a

# ---- tools for this machine
build/host/vm:Q: tests/vm.c tools/cc
	echo cc -host vm
	tools/cc host tests/vm.c $target

# ---- archives
build/host/%:Q: tools/%.c tools/cc
	echo cc -host $stem
	tools/cc host tools/$stem.c $target

build/root.img:Q: build/host/mkar root/proto $ROOTFILES $ROOTPROGS
	build/host/mkar -o $target root/proto
	touch -d '-1 second' $target

build/usr.img:Q: build/host/mkar root/proto.usr root/proto $ROOTFILES $MANFILES user
	build/host/mkar -o $target -x root/proto root/proto.usr

# ---- boot media
build/pintle.iso:QD: build/pintle.elf build/usr.img tools/iso
	echo iso $target
	tools/iso build/pintle.elf build/usr.img $target
