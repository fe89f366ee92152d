// SPDX-License-Identifier: GPL-2.0-only
/* Ports of this host's own services that lie in the range which outside ports are chosen from. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "check.h"
#include "config.h"
#include "listeners.h"
#include "output.h"

struct services {
	struct check *c;
	struct finding *finding;
};

static bool is_loopback(__be32 addr)
{
	return (ntohl(addr) >> 24) == 127;
}

static int take(const struct listener *listener, void *arg)
{
	struct services *s = arg;
	const struct config *config = s->c->config;

	if (is_loopback(listener->addr) || listener->port < config->port_min ||
	    listener->port > config->port_max)
		return 0;
	if (!s->finding)
		s->finding = finding_add(&s->c->found, SEVERITY_NOTE, "services", "ports");
	finding_fact(&s->c->found, s->finding, "%s %s:%u", text_proto(listener->proto).s,
		     listener->addr ? text_addr(listener->addr).s : "*", listener->port);
	return 0;
}

void check_services(struct check *c)
{
	struct services s = {.c = c};
	int err = listeners_walk(take, &s);

	if (err) {
		s.finding = finding_add(&c->found, SEVERITY_WARNING, "services-unknown", "ports");
		finding_say(s.finding, "the sockets of this host cannot be listed (%s)",
			    strerror(-err));
		finding_remedy(s.finding, "ss -lntu");
		return;
	}
	if (!s.finding)
		return;
	finding_say(s.finding,
		    "%zu services of this host's own are bound in the range of translations, %u to "
		    "%u; their ports are kept for them, and no translation takes one",
		    s.finding->nfacts, c->config->port_min, c->config->port_max);
	finding_remedy(s.finding, "ss -lntu");
}
