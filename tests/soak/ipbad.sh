# Ten million spoilt frames for a stack, with each of three seeds; see tests/host/ip/t_ipbad.c.
for SEED in 1 2 3; do
	SEED=$SEED FRAMES=10000000 LIMIT=3600 tests/host/ip/run t_ipbad
done
