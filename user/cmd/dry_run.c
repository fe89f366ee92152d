// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whatever an attach would refuse for is check's to say; what is attached where comes from the same
 * plan, and what is loaded from the objects themselves. Nothing is loaded and nothing changed.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <erxdp/abi.h>

#include "attach.h"
#include "check.h"
#include "check_print.h"
#include "cmd.h"
#include "cmd_common.h"
#include "config.h"
#include "config_values.h"
#include "dry_run.h"
#include "error.h"
#include "host.h"
#include "load_list.h"
#include "log.h"
#include "offload.h"
#include "output.h"
#include "rundir.h"

struct dry_run {
	struct check check;
	struct host *h;
	struct json_object *programs, *maps, *offloads;
	char xdp[512], tc[1024]; /* where these are attached */
	unsigned int processors;
};

static void __attribute__((format(printf, 3, 4)))
append(char *text, size_t size, const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list ap;

	if (len && len + 2 < size)
		len += snprintf(text + len, size - len, ", ");
	va_start(ap, fmt);
	vsnprintf(text + len, size - len, fmt, ap);
	va_end(ap);
}

/* Devices. */

static void note_offload(struct dry_run *d, const char *device)
{
	static const struct {
		unsigned int feature;
		const char *name;
	} features[] = {{OFFLOAD_CTAG, "rx-vlan-offload"}, {OFFLOAD_STAG, "rx-vlan-stag-hw-parse"}};
	int on = offload_get(device);

	for (size_t i = 0; on > 0 && i < sizeof(features) / sizeof(features[0]); i++) {
		struct json_object *o;

		if (!(on & features[i].feature))
			continue;
		o = json_object_new_object();
		json_add_string(o, "device", device);
		json_add_string(o, "feature", features[i].name);
		json_object_array_add(d->offloads, o);
	}
}

/* On a bond native XDP is on the bond, generic XDP on its slaves; tags are taken by the slaves. */
static void note_port(struct dry_run *d, const struct plan_port *port)
{
	enum attach_mode mode = check_mode_of(&d->check, port);
	struct plan_slave dev[PLAN_MAX_SLAVES];
	unsigned int n = plan_receivers(port, dev);

	if (mode == MODE_TC)
		return;
	if (mode == MODE_NATIVE)
		append(d->xdp, sizeof(d->xdp), "%s (native)", port->name);
	for (unsigned int i = 0; i < n; i++) {
		if (mode == MODE_GENERIC)
			append(d->xdp, sizeof(d->xdp), "%s (generic)", dev[i].name);
		note_offload(d, dev[i].name);
	}
}

static void note_devices(struct dry_run *d)
{
	const struct plan *plan = d->check.plan;

	for (unsigned int i = 0; i < plan->nports; i++)
		note_port(d, &plan->port[i]);
	for (unsigned int i = 0; i < plan->nifaces; i++)
		append(d->tc, sizeof(d->tc), "%s (%s)", plan->iface[i].name,
		       tc_by_tcx(plan->iface[i].ifindex) ? "tcx" : "clsact");
}

/* Objects. */

static const char *place_of(const struct dry_run *d, const char *section)
{
	if (!strcmp(section, "xdp"))
		return d->xdp;
	if (!strcmp(section, "tc"))
		return d->tc;
	if (!strncmp(section, "cgroup/", strlen("cgroup/")))
		return "root cgroup";
	return "not attached: the daemon runs it";
}

static void add_program(const char *name, const char *section, void *arg)
{
	struct dry_run *d = arg;
	struct json_object *o = json_object_new_object();

	json_add_string(o, "program", name);
	json_add_string(o, "type", section);
	json_add_string(o, "attached", place_of(d, section));
	json_object_array_add(d->programs, o);
}

/* Of what is in it; an array's keys are its indexes, and the hashes' own structures come on top. */
static uint64_t map_bytes(const struct dry_run *d, const struct load_map *map)
{
	uint64_t each = map->value;

	if (strstr(map->type, "percpu"))
		each *= d->processors;
	if (!strstr(map->type, "array"))
		each += map->key;
	return each * map->entries;
}

static void add_map(const struct load_map *map, void *arg)
{
	struct dry_run *d = arg;
	struct json_object *o = json_object_new_object();

	json_add_string(o, "map", map->name);
	json_add_string(o, "type", map->type);
	json_add_u64(o, "entries", map->entries);
	json_add_u64(o, "key", map->key);
	json_add_u64(o, "value", map->value);
	json_add_u64(o, "bytes", map_bytes(d, map));
	json_object_array_add(d->maps, o);
}

static int list_objects(struct dry_run *d)
{
	static const struct load_visitor visitor = {add_program, add_map};

	d->processors = libbpf_num_possible_cpus();
	return load_list(d->h->config.max_sessions, *d->xdp, &visitor, d);
}

/* Printing. */

static const char *member(struct json_object *array, size_t i, const char *key)
{
	return json_object_get_string(
		json_object_object_get(json_object_array_get_idx(array, i), key));
}

static uint64_t number(struct json_object *array, size_t i, const char *key)
{
	return json_object_get_uint64(
		json_object_object_get(json_object_array_get_idx(array, i), key));
}

static int print_programs(const struct dry_run *d)
{
	static const struct table_column columns[] = {
		{"PROGRAM", 0, false}, {"TYPE", 0, false}, {"ATTACHED TO", 0, false}};
	struct libscols_table *table = table_new(columns, NCOLUMNS(columns));
	int err = table ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < json_object_array_length(d->programs); i++) {
		const char *cells[] = {member(d->programs, i, "program"),
				       member(d->programs, i, "type"),
				       member(d->programs, i, "attached")};

		err = table_add(table, cells, NCOLUMNS(cells));
	}
	return table_finish(table, err);
}

static int print_maps(const struct dry_run *d)
{
	static const struct table_column columns[] = {{"MAP", 0, false},    {"TYPE", 0, false},
						      {"ENTRIES", 0, true}, {"KEY", 0, true},
						      {"VALUE", 0, true},   {"BYTES", 0, true}};
	struct libscols_table *table = table_new(columns, NCOLUMNS(columns));
	int err = table ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < json_object_array_length(d->maps); i++) {
		struct text entries = text_count(number(d->maps, i, "entries"));
		struct text bytes = text_count(number(d->maps, i, "bytes"));
		const char *cells[] = {
			member(d->maps, i, "map"), member(d->maps, i, "type"),	entries.s,
			member(d->maps, i, "key"), member(d->maps, i, "value"), bytes.s};

		err = table_add(table, cells, NCOLUMNS(cells));
	}
	return table_finish(table, err);
}

static void print_changes(const struct dry_run *d)
{
	for (size_t i = 0; i < json_object_array_length(d->offloads); i++)
		printf("%s of %s is turned off, until detach\n", member(d->offloads, i, "feature"),
		       member(d->offloads, i, "device"));
	puts("the nft table ip erxdp is made; no other rule is touched, and no sysctl");
	puts("files: " ERXDP_PIN_DIR ", " ERXDP_RUN_DIR);
	if (d->check.attached)
		puts("an earlier attach is in force: its maps and sessions stay, and what is "
		     "attached already stays where it is");
	else
		puts("connections that the kernel translates become sessions, and their conntrack "
		     "entries are deleted");
}

static int print_text(const struct dry_run *d)
{
	const struct check *c = &d->check;

	if (check_print_plan(c))
		return -EIO;
	putchar('\n');
	if (print_programs(d))
		return -EIO;
	putchar('\n');
	if (print_maps(d))
		return -EIO;
	putchar('\n');
	print_changes(d);
	printf("the tables take %llu MB of kernel memory; %llu MB are available\n",
	       c->memory / 1000000, c->available / 1000000);
	printf("nothing was changed; `erxdp check` explains %zu warnings and %zu notes\n",
	       findings_count(&c->found, SEVERITY_WARNING),
	       findings_count(&c->found, SEVERITY_NOTE));
	return 0;
}

static int print_json(const struct dry_run *d)
{
	struct json_object *o = check_json(&d->check);

	json_object_object_add(o, "programs", json_object_get(d->programs));
	json_object_object_add(o, "maps", json_object_get(d->maps));
	json_object_object_add(o, "offloads", json_object_get(d->offloads));
	return json_print(o);
}

/* attach says that before it looks at anything else. */
static void look_for_daemon(struct dry_run *d)
{
	pid_t daemon = rundir_daemon();
	char text[96];

	if (!daemon)
		return;
	snprintf(text, sizeof(text), "attached already, the daemon is process %d", daemon);
	check_refuse(&d->check, "daemon", "daemon", text, "erxdp detach");
}

static int look(struct dry_run *d)
{
	int err = 0;

	look_for_daemon(d);
	check_attach(&d->check, d->h);
	if (d->check.plan) {
		note_devices(d);
		err = list_objects(d);
	}
	return err;
}

int dry_run(struct host *h, bool json)
{
	struct dry_run d = {.h = h,
			    .programs = json_object_new_array(),
			    .maps = json_object_new_array(),
			    .offloads = json_object_new_array()};
	int err = look(&d);
	bool ready = check_is_ready(&d.check);

	if (err)
		cmd_failed("opening the programs", err);
	else if (json)
		err = print_json(&d);
	else
		err = ready ? print_text(&d) : check_print(&d.check);
	json_object_put(d.programs);
	json_object_put(d.maps);
	json_object_put(d.offloads);
	findings_free(&d.check.found);
	host_leave(h);
	return err || !ready ? EXIT_FAILED : EXIT_DONE;
}
