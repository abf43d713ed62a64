# Garbage for every file, 200 times.
rounds=200
. tests/qemu/garbage.sh
