/*
 * await.pml: the wait of one process for one event without a lock, Await in
 * port/rendez.c: the answer to a 9P call, handed to the process that waits.
 * A note may end the wait, and the same Await be awaited again.
 *
 * Shown: nobody waits for ever, nobody is put into a run queue twice, a
 * wake-up does not strike a later wait, and the waker touches the Await no
 * more when the waiter has gone on.
 *
 * BUG: 1 waits without looking whether it has come, 2 goes on before the
 * waker is done, 3 gives up after a note without saying so first.
 */
#ifndef BUG
#define BUG 0
#endif
mtype = { Running, Wakeme, Ready };
mtype = { None, Waits, Done, Over };

mtype state = Running;
mtype come = None;
bool queued, note, posted, intr, happened;
bool gone;		/* the waiter has gone on with it */
bool other;		/* the waiter sleeps for something else now */

inline procwake()
{
	atomic {
		if
		:: state == Wakeme ->
			state = Ready;
			assert(!queued);
			queued = true
		:: else
		fi
	}
}

inline sched()
{
	atomic { queued -> queued = false; state = Running }
}

/* v: 0 it has come, 1 a note came first */
inline awaiton()
{
	v = 2;
	atomic {
		if
		:: come == None -> come = Waits
		:: else -> v = 0
		fi
	}
	if
	:: v == 0
	:: else ->
		intr = true;
		do
		:: v == 2 ->
			state = Wakeme;
#if BUG == 1
			hit = note;
#else
			hit = note || come != Waits;
#endif
			if
			:: hit ->
				atomic {
					if
					:: state == Wakeme -> state = Running; hit = false
					:: else
					fi
				}
			:: else -> hit = true
			fi;
			if
			:: hit -> sched()
			:: else
			fi;
			if
			:: come != Waits -> v = 0
			:: else ->
				if
				:: note -> v = 1
				:: else
				fi
			fi
		:: else -> break
		od;
		intr = false;
#if BUG != 3
		if
		:: v == 1 ->
			atomic {
				if
				:: come == Waits -> come = None
				:: else -> v = 0
				fi
			}
		:: else
		fi;
#endif
#if BUG != 2
		if
		:: v == 0 -> come == Over
		:: else
		fi
#endif
	fi
}

active proctype waiter()
{
	byte v;
	bool hit;

	do
	:: awaiton();
		if
		:: v == 0 -> break
		:: else -> note = false
		fi
	od;
	gone = true;
	assert(happened && state == Running && !queued);
	/* a wait for something that does not come: nothing may end it */
	other = true;
	state = Wakeme;
end_other:
	(false)
}

active proctype bringer()
{
	bool waits;

	if
	:: true
	:: true -> posted && !note	/* the note alone ends a wait */
	fi;
	happened = true;
	atomic { waits = (come == Waits); come = Done }
	if
	:: waits ->
		assert(!gone);
		procwake();
		assert(!other);
		come = Over
	:: else
	fi
}

active proctype poster()
{
	bool sees;

	note = true;
	posted = true;
	sees = (state == Wakeme && intr);
	if
	:: sees && !gone -> procwake()
	:: else
	fi
}
