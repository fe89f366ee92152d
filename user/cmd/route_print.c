// SPDX-License-Identifier: GPL-2.0-only
#include "route_print.h"

#include <arpa/inet.h>
#include <errno.h>
#include <json-c/json.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "iface_names.h"
#include "output.h"
#include "route_kernel.h"
#include "route_view.h"

static const struct table_column columns[] = {
	{"PREFIX", 18, false}, {"KIND", 9, false},  {"VIA", 15, false}, {"DEVICE", 10, false},
	{"PORT", 6, false},    {"TAGS", 4, false},  {"MAC", 17, false}, {"MTU", 4, true},
	{"SHARE", 5, true},    {"STATE", 4, false},
};

static const struct {
	unsigned int flag;
	const char *name;
} nexthop_flags[] = {
	{NEXTHOP_RESOLVED, "resolved"}, {NEXTHOP_ONLINK, "on-link"},	{NEXTHOP_UPLINK, "uplink"},
	{NEXTHOP_DOWN, "down"},		{NEXTHOP_TRANSMIT, "transmit"},
};

#define NFLAGS (sizeof(nexthop_flags) / sizeof(nexthop_flags[0]))

/* The kernel is asked once for a device: a million routes lead to a handful of them. */
static const char *device_name(unsigned int ifindex)
{
	static struct {
		unsigned int ifindex;
		char name[IFNAMSIZ];
	} known[64];
	unsigned int i = ifindex % (sizeof(known) / sizeof(known[0]));

	if (known[i].ifindex != ifindex || !known[i].name[0]) {
		known[i].ifindex = ifindex;
		iface_name(ifindex, known[i].name);
	}
	return known[i].name;
}

/* What becomes of a packet: the same questions in the same order as the programs ask them. */
static const char *hop_state(const struct nexthop *nexthop)
{
	if (nexthop->flags & NEXTHOP_DOWN)
		return "link down, the kernel decides";
	if (!(nexthop->flags & NEXTHOP_TRANSMIT))
		return "the kernel sends";
	if (!(nexthop->flags & (NEXTHOP_RESOLVED | NEXTHOP_ONLINK)))
		return "not resolved, the kernel sends";
	return nexthop->flags & NEXTHOP_UPLINK ? "fast, translated" : "fast";
}

static struct text hop_via(const struct nexthop *nexthop)
{
	struct text onlink = {"on link"};

	return nexthop->gateway ? text_addr(nexthop->gateway) : onlink;
}

static struct text hop_mac(const struct nexthop *nexthop)
{
	struct text none = {"-"};

	return nexthop->flags & NEXTHOP_RESOLVED ? text_mac(nexthop->dmac) : none;
}

struct libscols_table *route_table_new(void)
{
	return table_new(columns, NCOLUMNS(columns));
}

static int add_hop(struct libscols_table *table, const char *prefix, const char *kind,
		   const struct route_hop *hop)
{
	const struct nexthop *nexthop = &hop->nexthop;
	struct text via = hop_via(nexthop), mac = hop_mac(nexthop), tags = text_tags(nexthop->tag);
	char oif[IFNAMSIZ], port[IFNAMSIZ], mtu[16], share[16];
	const char *const cells[NCOLUMNS(columns)] = {
		prefix, kind, via.s, oif, port, tags.s, mac.s, mtu, share, hop_state(nexthop),
	};

	/* Two devices may share a place in what is known. */
	strcpy(oif, device_name(nexthop->oif));
	strcpy(port, device_name(nexthop->port));
	snprintf(mtu, sizeof(mtu), "%u", nexthop->mtu);
	snprintf(share, sizeof(share), "%.0f %%", hop->share);
	return table_add(table, cells, NCOLUMNS(columns));
}

int route_table_add(struct libscols_table *table, const struct route_view *view)
{
	struct text prefix = text_prefix(view->prefix.addr, view->prefix.prefixlen);
	const char *kind = route_kind_name(view->kind);
	const char *const plain[NCOLUMNS(columns)] = {
		prefix.s, kind, NULL, NULL, NULL,
		NULL,	  NULL, NULL, NULL, route_kind_text(view->kind),
	};
	int err = 0;

	if (!view->nhops)
		return table_add(table, plain, NCOLUMNS(columns));
	for (unsigned int i = 0; i < view->nhops && !err; i++)
		err = add_hop(table, i ? "" : prefix.s, i ? "" : kind, &view->hop[i]);
	return err;
}

static struct json_object *prefix_json(__be32 addr, unsigned int len)
{
	char text[32];

	snprintf(text, sizeof(text), "%.15s/%u", text_addr(addr).s, len);
	return json_object_new_string(text);
}

static struct json_object *flags_json(unsigned int flags)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < NFLAGS; i++)
		if (flags & nexthop_flags[i].flag)
			json_object_array_add(list, json_object_new_string(nexthop_flags[i].name));
	return list;
}

static struct json_object *tags_json(const struct vlan_tag *tag)
{
	struct json_object *list = json_object_new_array();

	for (int i = 0; i < 2 && tag[i].tpid; i++) {
		struct json_object *obj = json_object_new_object();

		json_add_string(obj, "protocol",
				tag[i].tpid == htons(0x88a8) ? "802.1ad" : "802.1Q");
		json_add_u64(obj, "id", tag[i].vid);
		json_object_array_add(list, obj);
	}
	return list;
}

static struct json_object *hop_json(const struct route_hop *hop)
{
	const struct nexthop *nexthop = &hop->nexthop;
	struct json_object *obj = json_object_new_object();
	bool resolved = nexthop->flags & NEXTHOP_RESOLVED;

	json_add_string(obj, "device", device_name(nexthop->oif));
	json_add_string(obj, "port", device_name(nexthop->port));
	json_object_object_add(obj, "tags", tags_json(nexthop->tag));
	json_add_string(obj, "gateway", nexthop->gateway ? text_addr(nexthop->gateway).s : NULL);
	json_add_string(obj, "mac", resolved ? text_mac(nexthop->dmac).s : NULL);
	json_add_string(obj, "source_mac", text_mac(nexthop->smac).s);
	json_add_u64(obj, "mtu", nexthop->mtu);
	json_add_u64(obj, "share", hop->share + 0.5);
	json_object_object_add(obj, "flags", flags_json(nexthop->flags));
	json_add_string(obj, "state", hop_state(nexthop));
	return obj;
}

struct json_object *route_json(const struct route_view *view)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *hops = json_object_new_array();

	json_object_object_add(obj, "prefix",
			       view->kind == ROUTE_NONE
				       ? NULL
				       : prefix_json(view->prefix.addr, view->prefix.prefixlen));
	json_add_string(obj, "kind", route_kind_name(view->kind));
	for (unsigned int i = 0; i < view->nhops; i++)
		json_object_array_add(hops, hop_json(&view->hop[i]));
	json_object_object_add(obj, "nexthops", hops);
	return obj;
}

static void print_hop(const struct route_hop *hop, bool share)
{
	const struct nexthop *nexthop = &hop->nexthop;

	if (nexthop->gateway)
		printf(" via %s", text_addr(nexthop->gateway).s);
	printf(" dev %s", device_name(nexthop->oif));
	printf(" port %s", device_name(nexthop->port));
	if (nexthop->tag[0].tpid)
		printf(" vlan %s", text_tags(nexthop->tag).s);
	if (nexthop->flags & NEXTHOP_RESOLVED)
		printf(" mac %s", text_mac(nexthop->dmac).s);
	printf(" mtu %u", nexthop->mtu);
	if (share)
		printf(" share %.0f %%", hop->share);
	printf(" (%s)", hop_state(nexthop));
}

void route_print(const struct route_view *view)
{
	const char *text = route_kind_text(view->kind);

	if (view->kind != ROUTE_NONE)
		printf("%s ", text_prefix(view->prefix.addr, view->prefix.prefixlen).s);
	printf("%s", route_kind_name(view->kind));
	if (text)
		printf(" (%s)", text);
	for (unsigned int i = 0; i < view->nhops; i++) {
		printf("%s", view->nhops > 1 ? "\n           " : "");
		print_hop(&view->hop[i], view->nhops > 1);
	}
	putchar('\n');
}

static struct text table_name(uint32_t table)
{
	struct text t;

	switch (table) {
	case RT_TABLE_MAIN:
		return (struct text){"main"};
	case RT_TABLE_LOCAL:
		return (struct text){"local"};
	case RT_TABLE_DEFAULT:
		return (struct text){"default"};
	}
	snprintf(t.s, sizeof(t.s), "%u", table);
	return t;
}

void kernel_route_print(const struct kernel_route *route)
{
	if (route->has_match)
		printf("%s ", text_prefix(route->dst, route->len).s);
	printf("%s", kernel_route_type(route));
	if (route->gateway)
		printf(" via %s", text_addr(route->gateway).s);
	if (route->foreign)
		printf(" via an IPv6 gateway");
	if (route->oif)
		printf(" dev %s", device_name(route->oif));
	if (route->has_match)
		printf(" table %s", table_name(route->table).s);
	putchar('\n');
}

struct json_object *kernel_route_json(const struct kernel_route *route)
{
	struct json_object *obj = json_object_new_object();

	json_object_object_add(obj, "prefix",
			       route->has_match ? prefix_json(route->dst, route->len) : NULL);
	json_add_string(obj, "type", kernel_route_type(route));
	json_add_string(obj, "device", route->oif ? device_name(route->oif) : NULL);
	json_add_string(obj, "gateway", route->gateway ? text_addr(route->gateway).s : NULL);
	json_add_string(obj, "table", route->has_match ? table_name(route->table).s : NULL);
	return obj;
}
