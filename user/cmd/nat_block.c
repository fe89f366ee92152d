// SPDX-License-Identifier: GPL-2.0-only
/*
 * erxdp nat block: what include/erxdp/portblock.h computes, with the numbers put in, so that
 * whoever has to answer "who was this?" can do the sum again by hand years later.
 */
#include "nat_block.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h> /* optind */
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <erxdp/portblock.h>

#include "cmd.h"
#include "cmd_common.h"
#include "config_values.h"
#include "iface_names.h"
#include "log.h"
#include "map_walk.h"
#include "output.h"

static const char help[] =
	"usage: erxdp nat block ADDRESS [-j]         the port block of an inside host\n"
	"       erxdp nat block ADDRESS:PORT [-j]    the host behind an outside address and port\n"
	"\n"
	"  HOST = inside address - first address of the prefix\n"
	"  BLOCKS = (LAST + 1 - FIRST) / SIZE, whole blocks of one outside address\n"
	"  outside address = number HOST / BLOCKS of the pool, from 0\n"
	"  ports = SIZE from FIRST + HOST % BLOCKS * SIZE on\n"
	"  and back: HOST = number of the address * BLOCKS + (PORT - FIRST) / SIZE\n"
	"\n"
	"  -j, --json                   print JSON\n"
	"  -h, --help                   print this\n";

struct block_args {
	const char *text;
	__be32 addr;
	uint32_t port;
	bool outside; /* ADDRESS:PORT */
	bool json;
};

/* A prefix of `inside_policies`. */
struct inside_policy {
	struct prefix_key prefix;
	uint32_t policy; /* index into `policies` */
};

/* What was found: a host, its block, and the uplink, the plan and the section that say so. */
struct block_row {
	const char *uplink;
	char section[64];
	__be32 outside;
	uint32_t inside;
	struct portblock_plan plan;
	struct portblock block;
};

struct block_walk {
	const struct block_args *args;
	const struct mapset *maps;
	struct iface_names names;
	struct inside_policy inside[ERXDP_MAX_POLICIES];
	unsigned int ninside;
	struct json_object *rows; /* NULL: text */
	unsigned int found;
};

static int parse_target(const char *text, struct block_args *args)
{
	const char *colon = strchrnul(text, ':');

	args->text = text;
	args->outside = *colon;
	if (value_address(text, colon - text, &args->addr))
		return -1;
	return args->outside ? value_number(colon + 1, 0, 65535, &args->port) : 0;
}

/* -1 to go on, or the exit code. */
static int parse_args(int argc, char **argv, struct block_args *args)
{
	int ret = cmd_json_option("nat", argc, argv, help, &args->json);

	if (ret >= 0)
		return ret;
	if (optind + 1 != argc)
		return cmd_usage("nat", "nat block: one ADDRESS or ADDRESS:PORT is expected");
	if (parse_target(argv[optind], args))
		return cmd_usage("nat", "nat block: '%s' is neither ADDRESS nor ADDRESS:PORT",
				 argv[optind]);
	return -1;
}

/* The uplink's outside address of that index, or 0. Without a pool there is one, which the route
 * chooses among the device's. */
static __be32 outside_address(const struct uplink *uplink, uint32_t index)
{
	if (uplink->npool)
		return index < uplink->npool && index < ERXDP_MAX_POOL ? uplink->pool[index] : 0;
	return index == 0 && uplink->count ? uplink->addr[0].addr : 0;
}

static int address_index(const struct uplink *uplink, __be32 addr)
{
	if (!uplink->npool) {
		for (uint32_t i = 0; i < uplink->count && i < ERXDP_MAX_ADDRS; i++)
			if (uplink->addr[i].addr == addr)
				return 0;
		return -1;
	}
	for (uint32_t i = 0; i < uplink->npool && i < ERXDP_MAX_POOL; i++)
		if (uplink->pool[i] == addr)
			return i;
	return -1;
}

/* By the row's plan alone: whether that is the host's is another question. */
static bool find_block(const struct block_args *args, const struct uplink *uplink,
		       struct block_row *row)
{
	int index;

	if (!args->outside) {
		row->inside = ntohl(args->addr);
		if (portblock_of(&row->plan, row->inside, &row->block))
			return false;
		row->outside = outside_address(uplink, row->block.address);
		return row->outside;
	}
	index = address_index(uplink, args->addr);
	row->outside = args->addr;
	return index >= 0 && !portblock_owner(&row->plan, index, args->port, &row->inside) &&
	       !portblock_of(&row->plan, row->inside, &row->block);
}

static int add_inside(const void *key, const void *value, void *arg)
{
	struct block_walk *walk = arg;
	struct inside_policy *at;

	if (walk->ninside == ERXDP_MAX_POLICIES)
		return -E2BIG;
	at = &walk->inside[walk->ninside++];
	memcpy(&at->prefix, key, sizeof(at->prefix));
	memcpy(&at->policy, value, sizeof(at->policy));
	return 0;
}

/* As the programs, who look at them with the flag alone. */
static int read_inside(struct block_walk *walk)
{
	if (!(walk->maps->ctl->flags & CONTROL_POLICIES))
		return 0;
	return map_walk(walk->maps->inside_policies, sizeof(struct prefix_key), sizeof(__u32),
			add_inside, walk);
}

static bool prefix_holds(const struct prefix_key *prefix, uint32_t addr)
{
	return !prefix->prefixlen || !((addr ^ ntohl(prefix->addr)) >> (32 - prefix->prefixlen));
}

/* The [inside] section of a host, as the programs find it (bpf/policy.h), or NULL. */
static const struct inside_policy *inside_section(const struct block_walk *walk, uint32_t inside)
{
	const struct inside_policy *longest = NULL;

	for (unsigned int i = 0; i < walk->ninside; i++) {
		const struct inside_policy *at = &walk->inside[i];

		if (prefix_holds(&at->prefix, inside) &&
		    (!longest || at->prefix.prefixlen > longest->prefix.prefixlen))
			longest = at;
	}
	return longest;
}

/* The policy of the row's inside host on the uplink, with its section's name in the row. */
static uint32_t policy_of(const struct block_walk *walk, const struct uplink *uplink,
			  struct block_row *row)
{
	const struct inside_policy *section = inside_section(walk, row->inside);

	if (section) {
		snprintf(row->section, sizeof(row->section), "[inside %s]",
			 text_prefix(section->prefix.addr, section->prefix.prefixlen).s);
		return section->policy;
	}
	if (uplink->policy)
		snprintf(row->section, sizeof(row->section), "[uplink %s]", row->uplink);
	else
		strcpy(row->section, "[nat]");
	return uplink->policy;
}

static uint32_t host_of(const struct block_row *row)
{
	return row->inside - row->plan.prefix;
}

static void print_formula(const struct block_args *args, const struct block_row *row)
{
	const struct portblock_plan *plan = &row->plan;
	uint32_t blocks = portblock_count(plan);

	printf("formula   BLOCKS = (%u + 1 - %u) / %u = %u\n", plan->last, plan->first, plan->size,
	       blocks);
	if (args->outside) {
		printf("          HOST = %u * %u + (%u - %u) / %u = %u\n", row->block.address,
		       blocks, args->port, plan->first, plan->size, host_of(row));
		printf("          inside = %s + %u\n", text_addr(htonl(plan->prefix)).s,
		       host_of(row));
		return;
	}
	printf("          HOST = %s - %s = %u\n", text_addr(htonl(row->inside)).s,
	       text_addr(htonl(plan->prefix)).s, host_of(row));
	printf("          address = %u / %u = %u\n", host_of(row), blocks, row->block.address);
	printf("          port = %u + %u %% %u * %u = %u\n", plan->first, host_of(row), blocks,
	       plan->size, row->block.first);
}

static void print_row(const struct block_args *args, const struct block_row *row)
{
	printf("inside    %s\n", text_addr(htonl(row->inside)).s);
	printf("outside   %s (%s)\n", text_addr(row->outside).s, row->uplink);
	printf("ports     %u-%u\n", row->block.first, row->block.first + row->block.size - 1);
	printf("section   %s\n", row->section);
	print_formula(args, row);
}

static void add_row(struct json_object *rows, const struct block_row *row)
{
	struct json_object *obj = json_object_new_object();

	json_add_string(obj, "inside", text_addr(htonl(row->inside)).s);
	json_add_string(obj, "outside", text_addr(row->outside).s);
	json_add_string(obj, "uplink", row->uplink);
	json_add_string(obj, "section", row->section);
	json_add_u64(obj, "first_port", row->block.first);
	json_add_u64(obj, "last_port", row->block.first + row->block.size - 1);
	json_add_string(obj, "prefix", text_prefix(htonl(row->plan.prefix), row->plan.prefixlen).s);
	json_add_u64(obj, "range_first", row->plan.first);
	json_add_u64(obj, "range_last", row->plan.last);
	json_add_u64(obj, "block_size", row->plan.size);
	json_add_u64(obj, "blocks_per_address", portblock_count(&row->plan));
	json_add_u64(obj, "address_index", row->block.address);
	json_add_u64(obj, "host", host_of(row));
	json_object_array_add(rows, obj);
}

/* Each policy could give the block; the one that does is the host's own. */
static void walk_uplink(struct block_walk *walk, unsigned int slot)
{
	const struct uplink *uplink = &walk->maps->uplink[slot];

	for (uint32_t i = 0; i < ERXDP_MAX_POLICIES; i++) {
		const struct policy *policy = &walk->maps->policy[i];
		struct block_row row = {.uplink = iface_names_get(&walk->names, slot)};

		row.plan = portblock_plan_of(policy, walk->maps->ctl);
		if (!find_block(walk->args, uplink, &row) || policy_of(walk, uplink, &row) != i)
			continue;
		walk->found++;
		if (walk->rows)
			add_row(walk->rows, &row);
		else
			print_row(walk->args, &row);
	}
}

static int show_blocks(const struct mapset *maps, const void *arg)
{
	const struct block_args *args = arg;
	struct block_walk walk = {.args = args, .maps = maps};
	int err = iface_names_read(maps, &walk.names);

	if (err)
		return cmd_failed("reading the interfaces", err);
	err = read_inside(&walk);
	if (err)
		return cmd_failed("reading the policies of inside prefixes", err);
	walk.rows = args->json ? json_object_new_array() : NULL;
	for (unsigned int slot = 1; slot < ERXDP_MAX_IFACES; slot++)
		if (maps->uplink[slot].count || maps->uplink[slot].npool)
			walk_uplink(&walk, slot);
	if (args->json) {
		struct json_object *obj = json_object_new_object();

		json_object_object_add(obj, "blocks", walk.rows);
		json_print(obj);
	}
	if (!walk.found)
		log_err("%s lies in no port block; `port-block-prefix` and `port-block-size` make "
			"them",
			args->text);
	return walk.found ? EXIT_DONE : EXIT_FAILED;
}

int nat_block(int argc, char **argv)
{
	struct block_args args = {};
	int ret = parse_args(argc, argv, &args);

	return ret >= 0 ? ret : cmd_with_maps(show_blocks, &args);
}
