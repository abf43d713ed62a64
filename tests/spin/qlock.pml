/*
 * qlock.pml: QLock of port/lock.c: taken by one compare-and-swap while
 * nobody waits, handed on under its Lock to the first that waits.  Three
 * processes take it, one of them by trying only.
 *
 * Shown: one holds it at a time, who queues gets it, nobody is forgotten.
 *
 * BUG: 1 the owner is marked without the lock on the queue, 2 handing on
 * leaves out the mark for those who still wait.
 */
#ifndef BUG
#define BUG 0
#endif
#define N 3
#define NONE 0

byte owner = NONE;	/* process+1 */
bool mark;		/* its lowest bit: somebody waits */
bool use;
chan queue = [N] of { byte };
bool ready[N];
byte inside;

inline takeuse()
{
	atomic { !use -> use = true }
}

inline qlock()
{
	atomic {
		got = (owner == NONE && !mark);
		if
		:: got -> owner = _pid+1
		:: else
		fi
	}
	if
	:: got
	:: else ->
#if BUG == 1
		atomic {
			got = (owner == NONE);
			if
			:: got -> owner = _pid+1
			:: else -> mark = true
			fi
		}
		takeuse();
#else
		takeuse();
		atomic {
			got = (owner == NONE);
			if
			:: got -> owner = _pid+1
			:: else -> mark = true
			fi
		}
#endif
		if
		:: got -> use = false
		:: else ->
			queue!_pid;
			use = false;
			atomic { ready[_pid] -> ready[_pid] = false }
			assert(owner == _pid+1)
		fi
	fi
}

inline qunlock()
{
	assert(owner == _pid+1);
	atomic {
		got = !mark;
		if
		:: got -> owner = NONE
		:: else
		fi
	}
	if
	:: got
	:: else ->
		takeuse();
		assert(nempty(queue));
		queue?next;
		atomic {
			owner = next+1;
#if BUG == 2
			mark = false
#else
			mark = nempty(queue)
#endif
		}
		use = false;
		assert(!ready[next]);
		ready[next] = true
	fi
}

active [N] proctype p()
{
	bool got;
	byte next, rounds;

	do
	:: rounds < 2 ->
		rounds++;
		if
		:: _pid == 2 ->
			atomic {
				got = (owner == NONE && !mark);
				if
				:: got -> owner = _pid+1
				:: else
				fi
			}
		:: else -> qlock(); got = true
		fi;
		if
		:: got ->
			inside++;
			assert(inside == 1);
			inside--;
			qunlock()
		:: else
		fi
	:: else -> break
	od
}
