# Stacks that are restarted, on a bad line too.
. tests/qemu/ipmove.sh
