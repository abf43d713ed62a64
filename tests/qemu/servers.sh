# The table of servers(4) has a row for every server there is, and is right
# about which of them move: those that save and restore.
awk '/^\.EX/ { on = 1; next } /^\.EE/ { on = 0 } on && /^[a-z]/ && $1 != "server" { print $1, $(NF-1) }' man/4/servers | sort >$T/rows
{
	sed -n 's/^srv //p; s/^fs //p; s/^\(ip\) .*/\1/p' pc/pintle.conf | tr ' ' '\n'
	ls fs | sed 's/\.c$//'
	echo exportfs
} | sort -u >$T/servers
bad=
cut -d' ' -f1 $T/rows | comm -3 - $T/servers | sed 's/^	*/no row, or no server: /' >$T/odd
cat $T/odd
[ -s $T/odd ] && bad=1
while read -r name moves
do
	src=
	for f in fs/$name fs/$name.c port/srv/$name.c port/srv/$name cmd/$name.c cmd/$name $name
	do
		[ -e $f ] && src="$src $f"
	done
	says=no
	grep -rqE '^	\.save = ' $src && grep -rqE '^	\.restore = ' $src && says=yes
	[ $says = $moves ] || {
		echo "$name moves: the table says $moves, the source $says"
		bad=1
	}
done <$T/rows
[ -s $T/rows ] && [ ! "$bad" ]
