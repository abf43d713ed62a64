# A million system calls on each machine.
calls=1000000
. tests/qemu/callfuzz.sh
