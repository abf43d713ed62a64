# What runs in more than one host uses only the host calls of lib.h: lib9p by
# itself, and each server of fs/ with it.  A pointer to a function that the
# host provides, in one of its tables or by itself, is a host call too: a
# server uses $most in all at most, and a header has no tables but those known
# to be the hosts' or to be filled in by servers and by lib9p.
most=36
hosttables='Io Workhost L9io'
owntables='Srv Srvwalk Sfile Conn Req Tree Worker'
allowed='canqlock canlock lock qlock qunlock unlock
	malloc mallocz realloc free memcmp memchr memcpy memmove memset crc32 quicksum
	strchr strcmp strdup strecpy strlen strncmp strrchr strstr strtol strtoll strtoul strtoull
	atoi tokenize getfields chartorune runetochar runelen fullrune utflen utfnlen utfrune
	print snprint seprint smprint vsnprint vseprint vsmprint fmtprint fmtinstall fmtstrcpy fmtrune
	werrstr rerrstr nsec genrandom'
echo $allowed | tr ' ' '\n' | sort >$T/allowed
bad=

members(){	# header...: table and member, a line each; table "-" for one by itself
	awk '
	/^struct [A-Za-z0-9]+ *[{]/ { table = $2 }
	/^}/ { table = "" }
	/^[^(]*[(][*][a-z0-9]+[)][(]/ && (table != "" || /^extern/) {
		name = $0
		sub(/^[^(]*[(][*]/, "", name)
		sub(/[)].*/, "", name)
		print (table != ""? table: "-"), name
	}' "$@"
}

tablecalls(){	# source...: members of the hosts' tables that they mention
	members lib9p/*.h $(echo fs/*/*.h) | while read table member
	do
		case " $hosttables - " in
		*" $table "*)	cat "$@" | grep -qw "$([ $table = - ] && echo $member || echo $table)" && echo $table.$member
		esac
	done
}

members lib9p/*.h fs/*/*.h | while read table member
do
	case " $hosttables $owntables - " in
	*" $table "*) ;;
	*)	echo "whose table is $table, which has $member?"
	esac
done >$T/unknown
cat $T/unknown
[ ! -s $T/unknown ] || bad=1

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

count(){	# name source...: after check
	name=$1
	shift
	calls=$(comm -23 $T/used $T/own | wc -l)
	members=$(tablecalls "$@" | wc -l)
	echo "$name: $calls host calls, and $members in tables"
	[ $((calls+members)) -le $most ] || bad=1
}

n=0
check lib9p build/u/lib9p/*.o
for s in fs/*
do
	b=build/u/$s
	if [ -d $s ]
	then
		check $s $b/*.o build/u/lib9p/*.o
		count $s $s/*.[ch]
	else
		check $s $b.o build/u/lib9p/*.o
		count $s $s
	fi
	n=$((n+1))
done
# the IP stack: one object; ip/stack.h is between it and its hosts
check ip build/u/ipstack.o build/u/lib9p/*.o
n=$((n+1))
# what is looked for is there
tablecalls fs/ninep/*.[ch] | grep -q 'L9io.rpc' || bad=1
members lib9p/9p.h | grep -q 'Workhost interrupt' || bad=1
[ $n -ge 3 ] && [ ! "$bad" ]
