# 1800 hostile clients of each server.
rounds=100
. tests/qemu/badclient.sh
