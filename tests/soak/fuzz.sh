# All fuzz targets: an hour that they share, or $FUZZHOUR seconds.
set -- $(ls tests/fuzz/f_*.c)
each=$((${FUZZHOUR:-3600}/$#))
echo "$each seconds each" >$T/last
tests/fuzz/run -t $each >>$T/last || bad=1
cat $T/last
[ -z "$bad" ]
