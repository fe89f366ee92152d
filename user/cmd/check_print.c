// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <stdio.h>

#include "check.h"
#include "check_print.h"
#include "config.h"
#include "config_values.h"
#include "output.h"

/* A ruleset of thousands is not for a terminal; JSON has all. */
#define FACTS_SHOWN 40

bool check_is_ready(const struct check *c)
{
	return !c->found.lost && !findings_count(&c->found, SEVERITY_ERROR);
}

static const char *role(const struct plan_iface *iface)
{
	return iface->uplink ? "uplink" : "inside";
}

enum attach_mode check_mode_of(const struct check *c, const struct plan_port *port)
{
	enum attach_mode mode = c->config->mode;

	if (mode == MODE_AUTO)
		return c->no_xdp[port - c->plan->port] ? MODE_TC : MODE_NATIVE;
	return mode;
}

static const char *mode_text(enum attach_mode mode)
{
	return mode == MODE_NATIVE    ? "native XDP"
	       : mode == MODE_GENERIC ? "generic XDP"
				      : "TC alone";
}

int check_print_plan(const struct check *c)
{
	static const struct table_column columns[] = {
		{"INTERFACE", 0, false}, {"ROLE", 0, false}, {"PORT", 0, false},
		{"TAGS", 0, false},	 {"BY", 0, false},
	};
	struct libscols_table *table = table_new(columns, NCOLUMNS(columns));
	int err = table ? 0 : -1;

	for (unsigned int i = 0; !err && i < c->plan->nifaces; i++) {
		const struct plan_iface *iface = &c->plan->iface[i];
		const struct plan_port *port = plan_find_port(c->plan, iface->port);
		struct text tags = text_tags(iface->tag);
		const char *cells[] = {iface->name, role(iface), port ? port->name : "-", tags.s,
				       port ? mode_text(check_mode_of(c, port)) : "-"};

		err = table_add(table, cells, NCOLUMNS(cells));
	}
	return table_finish(table, err);
}

static void print_finding(const struct finding *finding)
{
	printf("\n%s: %s: %s\n", severity_name(finding->severity), finding->subject, finding->text);
	for (size_t i = 0; i < finding->nfacts && i < FACTS_SHOWN; i++)
		printf("    | %s\n", finding->fact[i]);
	if (finding->nfacts > FACTS_SHOWN)
		printf("    | and %zu more; `erxdp check -j` has all\n",
		       finding->nfacts - FACTS_SHOWN);
	if (*finding->remedy)
		printf("    # %s\n", finding->remedy);
}

static void print_end(const struct check *c)
{
	if (c->memory)
		printf("\nthe tables take %llu MB of kernel memory; %llu MB are available\n",
		       c->memory / 1000000, c->available / 1000000);
	printf("%s%s: %zu errors, %zu warnings, %zu notes\n", c->memory ? "" : "\n",
	       check_is_ready(c) ? "ready" : "not ready", findings_count(&c->found, SEVERITY_ERROR),
	       findings_count(&c->found, SEVERITY_WARNING),
	       findings_count(&c->found, SEVERITY_NOTE));
}

/* The worst first. */
int check_print(const struct check *c)
{
	if (c->plan && c->plan->nifaces && check_print_plan(c))
		return -1;
	for (int severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE; severity--)
		for (size_t i = 0; i < c->found.n; i++)
			if (c->found.list[i]->severity == (enum severity)severity)
				print_finding(c->found.list[i]);
	print_end(c);
	return 0;
}

static struct json_object *iface_json(const struct check *c, const struct plan_iface *iface)
{
	struct json_object *o = json_object_new_object();
	const struct plan_port *port = plan_find_port(c->plan, iface->port);
	struct json_object *slaves = json_object_new_array();

	json_add_string(o, "interface", iface->name);
	json_add_string(o, "role", role(iface));
	json_add_string(o, "port", port ? port->name : NULL);
	json_add_string(o, "mode", port ? attach_mode_name(check_mode_of(c, port)) : NULL);
	for (unsigned int i = 0; port && i < port->nslaves; i++)
		json_object_array_add(slaves, json_object_new_string(port->slave[i].name));
	json_object_object_add(o, "slaves", slaves);
	return o;
}

static struct json_object *finding_json(const struct finding *finding)
{
	struct json_object *o = json_object_new_object(), *facts = json_object_new_array();

	json_add_string(o, "severity", severity_name(finding->severity));
	json_add_string(o, "key", finding->key);
	json_add_string(o, "subject", finding->subject);
	json_add_string(o, "text", finding->text);
	json_add_string(o, "remedy", *finding->remedy ? finding->remedy : NULL);
	for (size_t i = 0; i < finding->nfacts; i++)
		json_object_array_add(facts, json_object_new_string(finding->fact[i]));
	json_object_object_add(o, "facts", facts);
	return o;
}

static struct json_object *memory_json(const struct check *c)
{
	struct json_object *o = json_object_new_object();

	json_add_u64(o, "needed", c->memory);
	json_add_u64(o, "available", c->available);
	return o;
}

struct json_object *check_json(const struct check *c)
{
	struct json_object *o = json_object_new_object();
	struct json_object *interfaces = json_object_new_array();
	struct json_object *findings = json_object_new_array();

	json_add_bool(o, "ready", check_is_ready(c));
	json_add_bool(o, "attached", c->attached);
	for (unsigned int i = 0; c->plan && i < c->plan->nifaces; i++)
		json_object_array_add(interfaces, iface_json(c, &c->plan->iface[i]));
	json_object_object_add(o, "interfaces", interfaces);
	json_object_object_add(o, "memory", memory_json(c));
	for (size_t i = 0; i < c->found.n; i++)
		json_object_array_add(findings, finding_json(c->found.list[i]));
	json_object_object_add(o, "findings", findings);
	return o;
}
