# What runs in more than one host uses only the host calls of lib.h: lib9p by
# itself, and each server of fs/ with it.
allowed='canqlock canlock lock qlock qunlock unlock
	malloc mallocz realloc free memcmp memchr memcpy memmove memset crc32
	strchr strcmp strdup strecpy strlen strncmp strrchr strstr strtol strtoll strtoul strtoull
	atoi tokenize getfields chartorune runetochar runelen fullrune utflen utfnlen utfrune
	print snprint seprint smprint vsnprint vseprint vsmprint fmtprint fmtinstall fmtstrcpy fmtrune
	werrstr rerrstr nsec genrandom'
echo $allowed | tr ' ' '\n' | sort >$T/allowed
bad=
check(){	# name object...
	name=$1
	shift
	nm -u "$@" | awk '$1 == "U" { print $2 }' | sort -u >$T/used
	nm "$@" | awk '$2 ~ /[A-TV-Z]/ { print $3 }' | sort -u >$T/own
	comm -23 $T/used $T/own | comm -23 - $T/allowed >$T/more
	[ ! -s $T/more ] || {
		echo "$name uses" $(cat $T/more)
		bad=1
	}
}

n=0
check lib9p build/u/lib9p/*.o
for s in fs/*
do
	b=build/u/$s
	if [ -d $s ]
	then
		set -- $b/*.o
	else
		set -- $b.o
	fi
	check $s "$@" build/u/lib9p/*.o
	n=$((n+1))
done
[ $n -ge 3 ] && [ ! "$bad" ]
