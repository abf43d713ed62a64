/*
 * rendez.pml: sleep, wakeup and notes, as port/rendez.c and port/note.c have
 * them.  One process sleeps until its condition holds; another makes it hold
 * and wakes; a third posts a note, which ends one sleep early.
 *
 * Shown: nobody sleeps for ever (no invalid end state), nobody is put into a
 * run queue twice, and wakeup touches the Rendez no more when a sleeper that
 * it has woken has gone on, which may free it.
 *
 * BUG plants a fault: 1 looks for notes before the state says so, 2 looks
 * for sleepers without the lock, 3 does not wait for wakeup to let go.
 */
#ifndef BUG
#define BUG 0
#endif
mtype = { Running, Wakeme, Ready };

mtype state = Running;
bool queued;		/* in a run queue */
bool cond, note, posted, intr;
bool linked;		/* Proc.r, and the place in Rendez.head */
bool key;		/* Rendez.use */
bool gone;		/* the Rendez, after the sleep that ended */

inline take()
{
	atomic { !key -> key = true }
}

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

/* sleep(): v is 0 woken, 1 a note came */
inline sleepon()
{
	v = 2;
	take();
	if
	:: cond -> v = 0; key = false
	:: else ->
		linked = true;
		do
		:: v == 2 ->
			intr = true;
#if BUG == 1
			seen = note;
			state = Wakeme;
			key = false;
#else
			state = Wakeme;
			key = false;
			seen = note;
#endif
			if
			:: seen ->
				atomic {
					if
					:: state == Wakeme -> state = Running; seen = false
					:: else
					fi
				}
				if
				:: seen -> sched()
				:: else
				fi
			:: else -> sched()
			fi;
			if
			:: !linked ->
#if BUG != 3
				!key;
#endif
				gone = true;
				v = 0
			:: else ->
				take();
				if
				:: !linked -> v = 0
				:: linked && note -> v = 1; linked = false
				:: else
				fi;
				if
				:: v != 2 -> key = false
				:: else	/* linked still, with the lock: once more */
				fi
			fi
		:: else -> break
		od;
		intr = false
	fi
}

active proctype sleeper()
{
	byte v;
	bool seen;

	do
	:: sleepon();
		assert(state == Running && !queued);
		if
		:: v == 0 -> break
		:: else -> note = false	/* delivered; and sleep again */
		fi
	od;
	assert(cond)
}

active proctype waker()
{
	bool was;

	if
	:: true
	:: true -> posted && !note	/* the note alone ends a sleep */
	fi;
	cond = true;
#if BUG != 2
	take();
#endif
	was = linked;
	if
	:: linked ->
		linked = false;
		procwake()
	:: else
	fi;
	assert(!was || !gone);
#if BUG != 2
	key = false
#endif
}

active proctype poster()
{
	note = true;
	posted = true;
	if
	:: state == Wakeme && intr -> procwake()
	:: else
	fi
}
