/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections change hands: from the kernel's conntrack to erxdp's sessions when it attaches
 * (takeover.c), and back when it goes (handback.c), each with the outside address and port that its
 * peer knows.
 *
 *     attach   ASIDE        conntrack is subscribed to and read; its connections become sessions,
 *                           which nothing uses yet
 *              CHANGEOVER   all at once the sessions are in force; conntrack is read again
 *              -            the rest of the announcements; the kernel's entries are deleted
 *
 *     detach   -            sessions become entries of conntrack's, which nothing uses yet
 *              CHANGEOVER   nothing more begins here: the rest of the sessions
 *              ASIDE        all at once the entries are in force; the programs are removed
 *
 * (enum control_flags.) An entry that stayed while a session has the connection would grow stale:
 * conntrack would miss its sequence numbers, take its packets for invalid afterwards, not translate
 * them, and let private sources out.
 */
#ifndef ERXDP_TAKEOVER_H
#define ERXDP_TAKEOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mapset;

/* Why a connection does not change hands. */
enum stays {
	STAYS_NOT,
	STAYS_ADJUSTED, /* a helper of the kernel's has changed its sequence numbers */
	STAYS_BEHIND,  /* of a host behind an interface that erxdp does not serve, or this host's */
	STAYS_EXEMPT,  /* the kernel translates what the configuration exempts */
	STAYS_ADDRESS, /* to an address that no uplink has */
	STAYS_PORTS,   /* its protocol is translated by address, and it has other ports */
	STAYS_PROTOCOL,	 /* its protocol is not translated here */
	STAYS_CLASH,	 /* another one has its outside address and port */
	STAYS_FULL,	 /* no room in the table that it would go to */
	STAYS_HAIRPIN,	 /* between inside hosts, by an outside address */
	STAYS_FAILED,	 /* an error that is logged */
	STAYS_ELSEWHERE, /* it leaves by no uplink; not counted */
	STAYS_MAX
};

struct takeover {
	bool done;    /* somebody looked for connections */
	bool unknown; /* conntrack has some, but cannot be read or written: `why` */
	const char *why;
	unsigned long changed; /* connections that changed hands */
	unsigned long stayed[STAYS_MAX];
};

/* Do the programs stand aside, as they do from the first moment of an attach (load.c), or was a
 * change of hands broken off? */
bool takeover_pending(const struct mapset *maps);
/* When everything is attached. What fails is counted: the programs are in charge afterwards. */
void takeover_finish(const struct mapset *maps, struct takeover *t);

/* While everything is still attached, and no daemon runs. False where the kernel has no conntrack
 * that could be told. */
bool handback(const struct mapset *maps, struct takeover *t);

/* "57 connections of the kernel's were taken over; 2 were not: ..."; "" where there is nothing to
 * say. `what` is "taken over" or "handed over". */
void takeover_text(const struct takeover *t, const char *what, char *text, size_t size);

#endif
