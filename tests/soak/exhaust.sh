# A million of each.
n=1000000
. tests/qemu/exhaust.sh
