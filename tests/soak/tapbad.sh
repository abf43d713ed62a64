# A hundred thousand spoilt packets and ten thousand calls; see tests/qemu/tapbad.sh.
exec sh -e tests/qemu/tapbad.sh
