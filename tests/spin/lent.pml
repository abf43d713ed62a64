/*
 * lent.pml: an answer copied from the server's memory, sendread(2), to where
 * its caller wants it: mntin.c and mntchan.c.  The copy is made without a
 * lock, and counts for nothing if some of that memory is not there; then the
 * answer comes once more by way of the kernel's memory, unless the server ends
 * before.  Meanwhile the caller may give up, the connection may die, and
 * another process of the server may say that the request was flushed.
 *
 * Shown: nobody copies to a caller that has gone on, who gives up does not
 * wait for the server, nor anybody for a dead connection, a success has all of
 * its data, and the tag is given back once.
 *
 * BUG: 1 who gives up while an answer is copied does not say so, 2 a copy that
 * fails does not look whether the connection is dead, 3 the connection's death
 * ends calls that are being copied to, 4 a copy that failed counts, 5 who
 * gives up does not wait for the end of a copy.
 */
#ifndef BUG
#define BUG 0
#endif

bool tagged = true;	/* the tag leads to the Call */
bool limbo;		/* or to nobody, but is in use */
bool copying, quit, dead;
bool done;		/* the caller may go on */
bool ok, whole;		/* with success; with all of the data */
bool gone;		/* it has */
byte put;		/* how often the tag was given back */

inline tagput()
{
	put++;
	assert(put == 1)
}

/* with Mux.lk: the call is over */
inline end()
{
	tagged = false;
	tagput()
}

/* with Mux.lk: nobody waits for the answer */
inline leave()
{
	tagged = false;
	limbo = true
}

/* muxinput: fails says whether this copy may */
inline input(fails)
{
	atomic {
		mine = false;
		bad = false;
		if
		:: tagged && !copying -> copying = true; mine = true
		:: !tagged && limbo -> limbo = false; tagput()
		:: else
		fi
	}
	if
	:: mine ->
		assert(!gone);
		if
		:: whole = true
		:: fails -> bad = true
		fi;
		assert(!gone);
#if BUG == 4
		bad = false;
#endif
		if
		:: bad ->
			atomic {
				copying = false;
				over = true;
				if
#if BUG != 2
				:: dead -> end()
#endif
				:: quit && (BUG == 2 || !dead) -> leave()
				:: else -> over = false
				fi
			};
			if
			:: over -> done = true
			:: else
			fi
		:: else ->
			atomic { ok = true; end() }
			done = true
		fi
	:: else
	fi
}

active proctype server()
{
	bool mine, bad, over;

	input(true);
	if
	:: bad -> input(false)
	:: true		/* it has been killed */
	fi
}

active proctype caller()
{
	bool wait;

	if
	:: true ->
end_wait:	done
	:: true ->	/* a second note */
		atomic {
			wait = done || copying;
#if BUG == 5
			wait = false;
#endif
			if
#if BUG == 1
			:: wait
#else
			:: wait -> quit = true
#endif
			:: !wait && tagged -> leave()
			:: else
			fi
		};
		if
		:: wait -> done
		:: else
		fi
	fi;
	gone = true;
	assert(!ok || whole)
}

/* muxdie */
active proctype hangup()
{
	bool over;

	if
	:: atomic {
		dead = true;
#if BUG == 3
		over = tagged;
#else
		over = tagged && !copying;
#endif
		if
		:: over -> end()
		:: !over && !tagged && limbo -> limbo = false; tagput()
		:: else
		fi
	};
	if
	:: over -> done = true
	:: else
	fi
	:: true
	fi
}

/* when nothing else can happen */
active proctype last()
{
	timeout -> assert(!dead || gone)
}

/* loose: the flush is answered, whatever becomes of the request */
active proctype flushed()
{
	bool over;

	if
	:: atomic {
		over = tagged && !copying;
		if
		:: over -> end()
		:: !over && limbo -> limbo = false; tagput()
		:: else
		fi
	};
	if
	:: over -> done = true
	:: else
	fi
	:: true
	fi
}
