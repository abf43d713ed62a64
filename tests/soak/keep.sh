# Two hundred kills of each server on each machine.
KILLS=200 LIMIT=300
. tests/qemu/keep.sh
