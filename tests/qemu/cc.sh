# ./mk cc: a program from outside the tree, compiled from outside the tree.
cat >$T/hello.c <<'EOF'
#include <u.h>
#include <libc.h>

int main(int argc, char **argv)
{
	print("hello %s, %d arguments\n", getuser(), argc-1);
	exits(argc > 1 ? nil : argv[0]);
}
EOF
mk=$PWD/mk
(cd $T && $mk cc hello.c -o hello)
SHARE=$T tests/vm -c '/n/host/hello a b' >$T/out
grep -q '^hello [a-z]*, 2 arguments$' $T/out
