# The build, for mk(1).  ./mk is the way to call it: it sees to the packages
# and third-party source first.
#
#	build/k/	kernel objects		build/lib/	libraries
#	build/c/	the checked kernel's
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
<|ip/rules pintle
<|tools/deps

kernel:V: build/pintle.elf
user:V: build/lib/libc.a build/lib/libfs.a $PROGS $PROGS9
libs:V: build/lib/libc.a build/lib/libfs.a
images:V: build/root.img build/usr.img
hosttools:V: build/host/vm build/host/line build/host/tcg.so
checked:V: build/pintle-check.elf

clean:V:
	rm -rf build

# ---- objects
build/k/%.o:Q: % tools/cc
	echo cc -k $stem
	tools/cc kernel $stem $target

build/c/%.o:Q: % tools/cc
	echo cc -c $stem
	tools/cc check $stem $target

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

build/rootimg.o:QD: build/root.img
	printf '\t.section .rodata.rootimg,"a"\n\t.globl rootimg, rootimgend\n\t.balign 4096\nrootimg:\n\t.incbin "build/root.img"\nrootimgend:\n\t.byte 0\n\t.section .note.GNU-stack,"",@progbits\n' >build/rootimg.S
	gcc -c -o $target build/rootimg.S
	touch -d '-1 second' $target

build/pintle.elf:QD: $KOBJ $KIP build/lists/KOBJ pc/kernel.ld tools/ksyms tools/ldkernel build/rootimg.o
	echo ld pintle.elf
	tools/ldkernel $target $KOBJ $KIP build/rootimg.o

# with checks of memory, arithmetic and locks: see check(8)
build/pintle-check.elf:QD: $CHECKOBJ $CHECKIP build/lists/CHECKOBJ pc/kernel.ld tools/ksyms tools/ldkernel build/rootimg.o
	echo ld pintle-check.elf
	tools/ldkernel $target $CHECKOBJ $CHECKIP build/rootimg.o --wrap=memmove --wrap=memcpy --wrap=memset --wrap=memcmp

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

build/host/tcg.so:Q: tools/tcg.c tools/cc
	echo cc -host tcg.so
	tools/cc host tools/tcg.c $target -fPIC -shared -fvisibility=hidden

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
