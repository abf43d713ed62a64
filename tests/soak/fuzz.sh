# An hour of fuzzing, shared by the targets.
set -- $(ls tests/fuzz/f_*.c)
tests/fuzz/run -t $((3600/$#))
