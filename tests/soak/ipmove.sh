# Stacks that move, on a bad line too; and a thousand moves during one transfer.
. tests/qemu/ipmove.sh
echo '500 moves, 1 connections, nothing lost' >$T/want
run -i -q "$(card a 0) $(card b 0)" <<'END'
netstack
nettests -u -k 500 -m '{ move user /net; move kernel /net } >/dev/null'
END
