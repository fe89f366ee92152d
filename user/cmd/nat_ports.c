// SPDX-License-Identifier: GPL-2.0-only
/*
 * erxdp nat ports. One walk over the sessions counts, for each outside address and protocol, the
 * distinct ports and the sessions (port_usage.h), and for each destination its sessions, which is
 * also how many ports of the address are taken towards it.
 */
#include "nat_ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <erxdp/maps.h>

#include "cmd.h"
#include "cmd_common.h"
#include "htable.h"
#include "mapset.h"
#include "output.h"
#include "port_usage.h"
#include "sessions.h"

#define BUSIEST 10 /* destinations shown */

static const char help[] =
	"usage: erxdp nat ports [-j]    the share of ports in use, and the busiest destinations\n"
	"\n"
	"PORTS are distinct outside ports of an address, of the range that may be chosen from; one "
	"port may\n"
	"serve many destinations. A destination is full when its own ports are all in use.\n"
	"\n"
	"  -j, --json                   print JSON\n"
	"  -h, --help                   print this\n";

/* A destination as the outside address sees it: flow without its port. */
struct destination {
	struct hnode node;
	struct flow flow;
	uint32_t ports;
};

struct usage {
	struct port_usage outside;
	struct htable destinations;
	struct destination *busiest[BUSIEST]; /* falling */
};

static struct destination *get_destination(struct usage *u, const struct flow *outside)
{
	struct flow key = *outside;
	struct destination *d;
	uint32_t hash;

	key.port = 0;
	hash = hash_bytes(&key, sizeof(key), 0);
	for (struct hnode *n = htable_first(&u->destinations, hash); n; n = htable_again(n)) {
		d = hentry(n, struct destination, node);
		if (!memcmp(&d->flow, &key, sizeof(key)))
			return d;
	}
	d = calloc(1, sizeof(*d));
	if (!d || htable_insert(&u->destinations, &d->node, hash)) {
		free(d);
		return NULL;
	}
	d->flow = key;
	return d;
}

static int count_session(const struct session *session, void *arg)
{
	const struct flow *outside = &session->outside;
	struct usage *u = arg;
	struct destination *d = get_destination(u, outside);

	if (!d || port_usage_add(&u->outside, outside))
		return -ENOMEM;
	d->ports++;
	return 0;
}

static void rank(struct usage *u, struct destination *d)
{
	for (unsigned int i = 0; i < BUSIEST; i++) {
		struct destination *other = u->busiest[i];

		if (other && other->ports >= d->ports)
			continue;
		u->busiest[i] = d;
		if (!other)
			return;
		d = other;
	}
}

static void find_busiest(struct usage *u)
{
	struct hnode *node;

	hash_for_each(node, &u->destinations)
		rank(u, hentry(node, struct destination, node));
}

static double share(uint32_t part, uint32_t whole)
{
	return part < whole ? 100.0 * part / whole : 100;
}

static struct text text_share(uint32_t part, uint32_t whole)
{
	struct text t;

	snprintf(t.s, sizeof(t.s), "%.1f%%", share(part, whole));
	return t;
}

static int print_addresses(const struct usage *u)
{
	static const struct table_column columns[] = {
		{"OUTSIDE", 15, false}, {"PROTO", 5, false},   {"PORTS", 7, true},
		{"SHARE", 6, true},	{"SESSIONS", 9, true},
	};
	struct libscols_table *table = table_new(columns, NCOLUMNS(columns));
	int err = table ? 0 : -ENOMEM;

	for (const struct outside_ports *a = u->outside.first; a && !err; a = a->next) {
		struct text addr = text_addr(a->addr), proto = text_proto(a->proto);
		struct text ports = text_count(a->ports), sessions = text_count(a->sessions);
		struct text part = text_share(a->ports, port_usage_range(&u->outside, a->proto));
		const char *const cells[] = {addr.s, proto.s, ports.s, part.s, sessions.s};

		err = table_add(table, cells, NCOLUMNS(columns));
	}
	return table_finish(table, err);
}

static int print_destinations(const struct usage *u)
{
	static const struct table_column columns[] = {
		{"DESTINATION", 21, false}, {"PROTO", 5, false}, {"OUTSIDE", 15, false},
		{"PORTS", 7, true},	    {"SHARE", 6, true},
	};
	struct libscols_table *table = table_new(columns, NCOLUMNS(columns));
	int err = table ? 0 : -ENOMEM;

	for (unsigned int i = 0; i < BUSIEST && u->busiest[i] && !err; i++) {
		const struct destination *d = u->busiest[i];
		struct text to = text_endpoint(d->flow.remote, d->flow.remote_port);
		struct text proto = text_proto(d->flow.proto), addr = text_addr(d->flow.addr);
		struct text ports = text_count(d->ports);
		struct text part =
			text_share(d->ports, port_usage_range(&u->outside, d->flow.proto));
		const char *const cells[] = {to.s, proto.s, addr.s, ports.s, part.s};

		err = table_add(table, cells, NCOLUMNS(columns));
	}
	return table_finish(table, err);
}

static int print_text(const struct usage *u)
{
	int err;

	if (!u->outside.first) {
		printf("no ports in use\n");
		return 0;
	}
	err = print_addresses(u);
	if (!err)
		printf("\n");
	return err ? err : print_destinations(u);
}

static void json_add_share(struct json_object *obj, uint32_t ports, uint32_t size)
{
	json_add_u64(obj, "ports", ports);
	json_add_u64(obj, "range", size);
	json_object_object_add(obj, "share", json_object_new_double(share(ports, size) / 100));
}

static struct json_object *json_addresses(const struct usage *u)
{
	struct json_object *list = json_object_new_array();

	for (const struct outside_ports *a = u->outside.first; a; a = a->next) {
		struct json_object *obj = json_object_new_object();

		json_add_string(obj, "outside", text_addr(a->addr).s);
		json_add_string(obj, "protocol", text_proto(a->proto).s);
		json_add_share(obj, a->ports, port_usage_range(&u->outside, a->proto));
		json_add_u64(obj, "sessions", a->sessions);
		json_object_array_add(list, obj);
	}
	return list;
}

static struct json_object *json_destinations(const struct usage *u)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < BUSIEST && u->busiest[i]; i++) {
		const struct destination *d = u->busiest[i];
		struct json_object *obj = json_object_new_object();

		json_add_string(obj, "address", text_addr(d->flow.remote).s);
		json_add_u64(obj, "port", ntohs(d->flow.remote_port));
		json_add_string(obj, "protocol", text_proto(d->flow.proto).s);
		json_add_string(obj, "outside", text_addr(d->flow.addr).s);
		json_add_share(obj, d->ports, port_usage_range(&u->outside, d->flow.proto));
		json_object_array_add(list, obj);
	}
	return list;
}

static int print_json(const struct usage *u)
{
	struct json_object *obj = json_object_new_object();

	json_object_object_add(obj, "addresses", json_addresses(u));
	json_object_object_add(obj, "destinations", json_destinations(u));
	return json_print(obj);
}

static void free_usage(struct usage *u)
{
	struct hnode *node;

	hash_for_each(node, &u->destinations) {
		struct destination *d = hentry(node, struct destination, node);

		htable_remove(&u->destinations, node);
		free(d);
	}
	htable_free(&u->destinations);
	port_usage_free(&u->outside);
}

static int show_ports(const struct mapset *maps, const void *args)
{
	const bool *json = args;
	struct usage u = {0};
	int err;

	port_usage_begin(&u.outside, maps->ctl);
	err = sessions_walk(maps, count_session, &u);

	find_busiest(&u);
	if (!err)
		err = *json ? print_json(&u) : print_text(&u);
	free_usage(&u);
	return err ? cmd_failed("counting ports", err) : EXIT_DONE;
}

int nat_ports(int argc, char **argv)
{
	bool json = false;
	int ret = cmd_only_json_option("nat", argc, argv, help, &json);

	return ret >= 0 ? ret : cmd_with_maps(show_ports, &json);
}
