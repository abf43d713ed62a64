# 200 MB over a mount from 50 ms away.
size=200M MEM=768
. tests/qemu/far.sh
