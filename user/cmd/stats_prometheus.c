// SPDX-License-Identifier: GPL-2.0-only
/* https://prometheus.io/docs/instrumenting/exposition_formats/ and /docs/practices/naming/ */
#include <inttypes.h>
#include <string.h>

#include "stats.h"

static void head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A device name may hold any character but '/' and space. */
static void label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	for (; *value; value++) {
		if (strchr("\\\"", *value))
			fputc('\\', out);
		fputc(*value, out);
	}
	fputc('"', out);
}

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
	label(out, "interface", iface->name);
	fprintf(out, ",hook=\"%s\",verdict=\"%s\"} %" PRIu64 "\n", hook_name(hook),
		verdict_name(verdict), value);
}

static void iface_line(FILE *out, const char *name, const struct iface_counters *iface,
		       uint64_t value)
{
	fprintf(out, "%s{", name);
	label(out, "interface", iface->name);
	fprintf(out, "} %" PRIu64 "\n", value);
}

/* Only what occurred: a series for every verdict, hook and interface would be hundreds of zeros. */
static void verdicts(FILE *out, const struct counters *c, const char *name, const char *help,
		     uint64_t (*of)(const struct counter *c))
{
	head(out, name, "counter", help);
	for (unsigned int i = 0; i < c->n; i++)
		for (enum hook h = 0; h < HOOK_MAX; h++)
			verdict_for_each(v)
			{
				if (c->iface[i].row[h][v].packets)
					verdict_line(out, name, &c->iface[i], h, v,
						     of(&c->iface[i].row[h][v]));
			}
}

static void sent(FILE *out, const struct counters *c, const char *name, const char *help,
		 uint64_t (*of)(const struct counter *c))
{
	head(out, name, "counter", help);
	for (unsigned int i = 0; i < c->n; i++)
		iface_line(out, name, &c->iface[i], of(&c->iface[i].sent));
}

static void entries(FILE *out, const struct counters *c)
{
	static const char name[] = "erxdp_interface_entry_info";

	head(out, name, "gauge", "The hook that sees every packet of the interface first.");
	for (unsigned int i = 0; i < c->n; i++) {
		fprintf(out, "%s{", name);
		label(out, "interface", c->iface[i].name);
		fprintf(out, ",hook=\"%s\"} 1\n", hook_name(c->iface[i].entry));
	}
}

static void gauge(FILE *out, const char *name, const char *help, uint64_t value)
{
	head(out, name, "gauge", help);
	fprintf(out, "%s %" PRIu64 "\n", name, value);
}

void stats_prometheus(FILE *out, const struct stats_sample *s)
{
	verdicts(out, s->counters, "erxdp_packets_total", "Packets by hook and verdict.",
		 packets_of);
	verdicts(out, s->counters, "erxdp_bytes_total", "Bytes of frames by hook and verdict.",
		 bytes_of);
	sent(out, s->counters, "erxdp_sent_packets_total",
	     "Packets that left, from the programs or from the kernel.", packets_of);
	sent(out, s->counters, "erxdp_sent_bytes_total",
	     "Bytes of frames that left, from the programs or from the kernel.", bytes_of);
	entries(out, s->counters);
	gauge(out, "erxdp_sessions", "Translated flows.", s->sessions);
	gauge(out, "erxdp_sessions_limit", "The most flows that are translated.", s->max_sessions);
	gauge(out, "erxdp_routes", "Prefixes in the programs' table.", s->routes);
	gauge(out, "erxdp_trusted", "1 while the tables mirror the kernel's.", s->trusted);
	head(out, "erxdp_build_info", "gauge", "The version of erxdp that reads this.");
	fprintf(out, "erxdp_build_info{version=\"%s\"} 1\n", ERXDP_VERSION);
}
