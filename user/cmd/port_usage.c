// SPDX-License-Identifier: GPL-2.0-only
#include "port_usage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

void port_usage_begin(struct port_usage *u, const struct control *ctl)
{
	*u = (struct port_usage){.port_min = ctl->port_min, .port_max = ctl->port_max};
}

/* Ports below 1024 serve only their like, unless the range has no others. */
uint32_t port_usage_range(const struct port_usage *u, uint8_t proto)
{
	uint32_t min = u->port_min;

	if (proto == IPPROTO_ICMP)
		return 65536;
	if (min < 1024 && u->port_max >= 1024)
		min = 1024;
	return u->port_max < min ? 0 : u->port_max - min + 1;
}

static struct outside_ports *get_address(struct port_usage *u, const struct flow *outside)
{
	uint32_t hash = hash_bytes(&outside->addr, sizeof(outside->addr), outside->proto);
	struct outside_ports *a;

	for (struct hnode *n = htable_first(&u->addresses, hash); n; n = htable_again(n)) {
		a = hentry(n, struct outside_ports, node);
		if (a->addr == outside->addr && a->proto == outside->proto)
			return a;
	}
	a = calloc(1, sizeof(*a));
	if (!a || htable_insert(&u->addresses, &a->node, hash)) {
		free(a);
		return NULL;
	}
	a->addr = outside->addr;
	a->proto = outside->proto;
	a->next = u->first;
	u->first = a;
	return a;
}

int port_usage_add(struct port_usage *u, const struct flow *outside)
{
	struct outside_ports *a = get_address(u, outside);
	uint32_t port = ntohs(outside->port);
	uint64_t bit = 1ULL << (port & 63);

	if (!a)
		return -ENOMEM;
	a->sessions++;
	a->ports += !(a->seen[port >> 6] & bit);
	a->seen[port >> 6] |= bit;
	return 0;
}

void port_usage_free(struct port_usage *u)
{
	while (u->first) {
		struct outside_ports *a = u->first;

		u->first = a->next;
		free(a);
	}
	htable_free(&u->addresses);
	*u = (struct port_usage){0};
}
