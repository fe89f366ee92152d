// SPDX-License-Identifier: GPL-2.0-only
/* Totals as tables, rates as lines. */
#include <errno.h>
#include <time.h>

#include "output.h"
#include "stats.h"

static const struct table_column iface_columns[] = {
	{"INTERFACE", 0, false}, {"ENTRY", 0, false},	   {"PACKETS IN", 0, true},
	{"BYTES IN", 0, true},	 {"PACKETS OUT", 0, true}, {"BYTES OUT", 0, true},
};

static const struct table_column verdict_columns[] = {
	{"VERDICT", 0, false},
	{"PACKETS", 0, true},
	{"BYTES", 0, true},
	{"MEANING", 0, false},
};

static int add_iface(struct libscols_table *table, const struct iface_counters *iface)
{
	struct counter in = counters_in(iface), out = iface->sent;
	struct text in_packets = text_count(in.packets), in_bytes = text_count(in.bytes);
	struct text out_packets = text_count(out.packets), out_bytes = text_count(out.bytes);
	const char *const cells[] = {
		iface->name, hook_name(iface->entry), in_packets.s,
		in_bytes.s,  out_packets.s,	      out_bytes.s,
	};

	if (!iface->slot && !in.packets && !out.packets)
		return 0;
	return table_add(table, cells, NCOLUMNS(iface_columns));
}

static int print_ifaces(const struct counters *c)
{
	struct libscols_table *table = table_new(iface_columns, NCOLUMNS(iface_columns));
	int err = table ? 0 : -ENOMEM;

	for (unsigned int i = 0; i < c->n && !err; i++)
		err = add_iface(table, &c->iface[i]);
	return table_finish(table, err);
}

static int add_verdict(struct libscols_table *table, const struct stats_verdict *row)
{
	struct text packets = text_count(row->total.packets), bytes = text_count(row->total.bytes);
	const char *const cells[] = {
		verdict_name(row->verdict),
		packets.s,
		bytes.s,
		verdict_text(row->verdict),
	};

	return table_add(table, cells, NCOLUMNS(verdict_columns));
}

/* The rows of one kind; those of the slow path under a heading of their own. */
static int print_verdicts(const struct stats_verdict *rows, unsigned int n, bool slow)
{
	struct libscols_table *table = table_new(verdict_columns, NCOLUMNS(verdict_columns));
	unsigned int shown = 0;
	int err = table ? 0 : -ENOMEM;

	for (unsigned int i = 0; i < n && !err; i++)
		if (rows[i].slow == slow) {
			err = add_verdict(table, &rows[i]);
			shown++;
		}
	if (!err && shown) {
		printf("\n%s", slow ? "passed by XDP, then seen in TC:\n" : "");
		table_print(table);
	}
	table_free(table);
	return err;
}

static void print_summary(const struct stats_sample *s)
{
	struct packet_totals t = counters_packets(s->counters);

	printf("packets in %s = fast %s + passed %s + dropped %s\n", text_count(t.in).s,
	       text_count(t.fast).s, text_count(t.passed).s, text_count(t.dropped).s);
	printf("sessions %s of %s, routes %s", text_count(s->sessions).s,
	       text_count(s->max_sessions).s, text_count(s->routes).s);
	printf("%s\n\n", s->trusted ? "" : ", tables not trusted: the kernel forwards");
}

int stats_tables(const struct stats_sample *s)
{
	struct stats_verdict rows[STATS_MAX_VERDICTS];
	unsigned int n = stats_verdicts(NULL, s, rows);
	int err;

	print_summary(s);
	err = print_ifaces(s->counters);
	if (!err)
		err = print_verdicts(rows, n, false);
	if (!err)
		err = print_verdicts(rows, n, true);
	return err;
}

static void iface_line(FILE *out, const char *when, const struct iface_counters *iface,
		       const struct stats_iface_rates *rates)
{
	fprintf(out, "%s  %-15s in %s %s  out %s %s\n", when, iface->name,
		text_rate(rates->in.packets, "pkt/s").s, text_rate(rates->in.bits, "b/s").s,
		text_rate(rates->out.packets, "pkt/s").s, text_rate(rates->out.bits, "b/s").s);
}

void stats_lines(FILE *out, const struct stats_sample *before, const struct stats_sample *now)
{
	double fast = stats_fast_share(before, now);
	time_t wall = time(NULL);
	char when[16];

	strftime(when, sizeof(when), "%H:%M:%S", localtime(&wall));
	for (unsigned int i = 0; i < now->counters->n; i++) {
		const struct iface_counters *iface = &now->counters->iface[i];
		struct stats_iface_rates rates = stats_iface_rates(before, now, iface);

		if (iface->slot == ERXDP_SLOT_REMOVED)
			continue;
		if (iface->slot || rates.in.packets > 0)
			iface_line(out, when, iface, &rates);
	}
	fprintf(out, "%s  %-15s ", when, "all");
	if (fast >= 0)
		fprintf(out, "fast %.2f %%  ", fast);
	fprintf(out, "sessions %s  routes %s%s\n", text_count(now->sessions).s,
		text_count(now->routes).s, now->trusted ? "" : "  not trusted");
	fflush(out);
}
