# 8600 mounts of hostile servers on each machine.
rounds=200
. tests/qemu/badserver.sh
