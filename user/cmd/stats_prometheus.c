// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>

#include "prom_text.h"
#include "stats.h"

static uint64_t packets_of(const struct counter *c)
{
	return c->packets;
}

static uint64_t bytes_of(const struct counter *c)
{
	return c->bytes;
}

static void verdict_line(FILE *out, const char *name, const struct iface_counters *iface,
			 enum hook hook, unsigned int verdict, uint64_t value)
{
	fprintf(out, "%s{", name);
	prom_label(out, "interface", iface->name);
	fprintf(out, ",hook=\"%s\",verdict=\"%s\"} %" PRIu64 "\n", hook_name(hook),
		verdict_name(verdict), value);
}

static void iface_line(FILE *out, const char *name, const struct iface_counters *iface,
		       uint64_t value)
{
	fprintf(out, "%s{", name);
	prom_label(out, "interface", iface->name);
	fprintf(out, "} %" PRIu64 "\n", value);
}

/* Only what occurred: a series for every verdict, hook and interface would be hundreds of zeros. */
static void verdicts(FILE *out, const struct counters *c, const char *name, const char *help,
		     uint64_t (*of)(const struct counter *c))
{
	prom_head(out, name, "counter", help);
	for (unsigned int i = 0; i < c->n; i++)
		for (enum hook h = 0; h < HOOK_MAX; h++)
			verdict_for_each(v)
			{
				if (c->iface[i].row[h][v].packets)
					verdict_line(out, name, &c->iface[i], h, v,
						     of(&c->iface[i].row[h][v]));
			}
}

static void received(FILE *out, const struct counters *c, const char *name, const char *help,
		     uint64_t (*of)(const struct counter *c))
{
	prom_head(out, name, "counter", help);
	for (unsigned int i = 0; i < c->n; i++) {
		struct counter in = counters_in(&c->iface[i]);

		iface_line(out, name, &c->iface[i], of(&in));
	}
}

static void sent(FILE *out, const struct counters *c, const char *name, const char *help,
		 uint64_t (*of)(const struct counter *c))
{
	prom_head(out, name, "counter", help);
	for (unsigned int i = 0; i < c->n; i++)
		iface_line(out, name, &c->iface[i], of(&c->iface[i].sent));
}

static void entries(FILE *out, const struct counters *c)
{
	static const char name[] = "erxdp_interface_entry_info";

	prom_head(out, name, "gauge", "The hook that sees every packet of the interface first.");
	for (unsigned int i = 0; i < c->n; i++) {
		fprintf(out, "%s{", name);
		prom_label(out, "interface", c->iface[i].name);
		fprintf(out, ",hook=\"%s\"} 1\n", hook_name(c->iface[i].entry));
	}
}

void stats_prometheus(FILE *out, const struct stats_sample *s)
{
	verdicts(out, s->counters, "erxdp_packets_total", "Packets by hook and verdict.",
		 packets_of);
	verdicts(out, s->counters, "erxdp_bytes_total", "Bytes of frames by hook and verdict.",
		 bytes_of);
	received(out, s->counters, "erxdp_received_packets_total",
		 "Packets that came in, each once.", packets_of);
	received(out, s->counters, "erxdp_received_bytes_total",
		 "Bytes of frames that came in, each once.", bytes_of);
	sent(out, s->counters, "erxdp_sent_packets_total",
	     "Packets that left, from the programs or from the kernel.", packets_of);
	sent(out, s->counters, "erxdp_sent_bytes_total",
	     "Bytes of frames that left, from the programs or from the kernel.", bytes_of);
	entries(out, s->counters);
	prom_gauge(out, "erxdp_sessions", "Translated flows.", s->sessions);
	prom_gauge(out, "erxdp_sessions_limit", "The most flows that are translated.",
		   s->max_sessions);
	prom_gauge(out, "erxdp_routes", "Prefixes in the programs' table.", s->routes);
	prom_gauge(out, "erxdp_trusted", "1 while the tables mirror the kernel's.", s->trusted);
}
