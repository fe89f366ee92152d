// SPDX-License-Identifier: GPL-2.0-only
#include "attach_report.h"
#include "host.h"
#include "mirror.h"
#include "text_append.h"

static const char *mode_text(enum attach_mode mode)
{
	return mode == MODE_NATIVE ? "native XDP" : mode == MODE_GENERIC ? "generic XDP" : "TC";
}

void attach_report(const struct host *h, char *text, size_t size)
{
	const struct state *s = &h->state;
	struct mirror_status m = {};
	size_t len = 0;

	mirror_get_status(h->mirror, &m);
	text_append(text, size, &len, "%s:", h->adopted ? "took over" : "attached");
	for (unsigned int i = 0; i < s->nports; i++)
		text_append(text, size, &len, " %s by %s,", s->port[i].name,
			    mode_text(s->port[i].mode));
	text_append(text, size, &len, " %u interfaces, %u prefixes, %u neighbours", h->plan.nifaces,
		    m.prefixes, m.neighbours);
	if (h->confirm)
		text_append(text, size, &len, "; undone in %u s unless `erxdp confirm` comes",
			    h->confirm);
}
