// SPDX-License-Identifier: GPL-2.0-only
#include "takeover.h"
#include "text_append.h"

/* Behind a number. */
static const char *const reasons[STAYS_MAX] = {
	[STAYS_ADJUSTED] = "with sequence numbers that a helper of the kernel's changes",
	[STAYS_BEHIND] = "of hosts behind other interfaces, or of this host",
	[STAYS_EXEMPT] = "to what the configuration exempts",
	[STAYS_ADDRESS] = "from an address that no uplink has",
	[STAYS_PORTS] = "of a protocol whose ports are not translated or known here",
	[STAYS_PROTOCOL] = "of a protocol that is not translated here",
	[STAYS_CLASH] = "whose outside port another one has",
	[STAYS_FULL] = "for which the table has no room",
	[STAYS_HAIRPIN] = "between inside hosts",
	[STAYS_FAILED] = "by an error (ERXDP_DEBUG=1 tells)",
};

static unsigned long sum(const struct takeover *t)
{
	unsigned long n = 0;

	for (int i = 0; i < STAYS_ELSEWHERE; i++)
		n += t->stayed[i];
	return n;
}

void takeover_text(const struct takeover *t, const char *what, char *text, size_t size)
{
	unsigned long stayed = sum(t);
	const char *between = ":";
	size_t len = 0;

	text[0] = '\0';
	if (!t->done)
		return;
	text_append(text, size, &len, "connections: %lu %s", t->changed, what);
	if (stayed)
		text_append(text, size, &len, ", %lu not", stayed);
	for (int i = 0; i < STAYS_ELSEWHERE; i++) {
		if (!t->stayed[i])
			continue;
		text_append(text, size, &len, "%s %lu %s", between, t->stayed[i], reasons[i]);
		between = ",";
	}
	if (t->unknown)
		text_append(text, size, &len,
			    "; the kernel's conntrack cannot be used (%s): `modprobe "
			    "nf_conntrack_netlink`",
			    t->why);
}
