// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "host.h"
#include "host_recall.h"
#include "pins.h"

/* Of an attach whose pins are gone only what is still to be restored on the devices matters. */
static void forget_attached(struct state *s)
{
	s->nports = s->nxdp = s->nslots = 0;
	s->objects[0] = '\0';
	for (unsigned int i = s->ntc; i-- > 0;) {
		if (!s->tc[i].qdisc)
			state_drop(s->tc, s->ntc, &s->tc[i]);
	}
}

/* What auto gave to TC is tried again with every attach. */
static void forget_fallbacks(struct host *h)
{
	for (unsigned int i = h->state.nports; i-- > 0;) {
		if (h->state.port[i].mode == MODE_TC)
			state_drop(h->state.port, h->state.nports, &h->state.port[i]);
	}
}

int host_recall(struct host *h, struct error *e)
{
	struct state *s = &h->state;
	struct stat netns;
	unsigned int abi;
	int err = host_check_netns(e);

	if (!err)
		err = pins_check(e);
	if (err)
		return err;
	if (stat("/proc/self/ns/net", &netns))
		return error_set(e, -errno, "/proc/self/ns/net: %s", strerror(errno));
	h->adopted = pins_look(&abi) == PINS_OURS;
	if (state_load(s))
		memset(s, 0, sizeof(*s));
	if (!h->adopted)
		forget_attached(s);
	forget_fallbacks(h);
	s->netns = netns.st_ino;
	s->mode = h->config.mode;
	s->pid = getpid();
	snprintf(s->version, sizeof(s->version), "%s", ERXDP_VERSION);
	if (!realpath(h->config_path, s->config_path))
		snprintf(s->config_path, sizeof(s->config_path), "%s", h->config_path);
	return 0;
}

/* plan_derive() keeps the slots of the interfaces that it finds in the plan. */
static void recall_slots(struct host *h)
{
	for (unsigned int i = 0; i < h->state.nslots; i++) {
		h->plan.iface[i].ifindex = h->state.slot[i].ifindex;
		h->plan.iface[i].slot = h->state.slot[i].slot;
	}
	h->plan.nifaces = h->state.nslots;
}

static void keep_uplink(struct config *config, const char *name)
{
	if (config->nuplinks < CONFIG_MAX_NAMES)
		snprintf(config->uplink[config->nuplinks++], IFNAMSIZ, "%s", name);
}

/* An uplink that was derived from the default route stays the uplink while erxdp is attached: a
 * default route that moves for an hour must not turn an inside interface into one. */
static void recall_uplinks(struct host *h)
{
	char name[IFNAMSIZ];

	if (h->config.nuplinks)
		return;
	for (unsigned int i = 0; i < h->state.nslots; i++) {
		if (h->state.slot[i].uplink && if_indextoname(h->state.slot[i].ifindex, name))
			keep_uplink(&h->config, name);
	}
}

void host_keep_uplinks(const struct host *h, struct config *config)
{
	if (config->nuplinks)
		return;
	for (unsigned int i = 0; i < h->plan.nifaces; i++) {
		if (h->plan.iface[i].uplink)
			keep_uplink(config, h->plan.iface[i].name);
	}
}

void host_remember_plan(struct host *h)
{
	for (unsigned int i = 0; i < h->plan.nifaces; i++) {
		h->state.slot[i].ifindex = h->plan.iface[i].ifindex;
		h->state.slot[i].slot = h->plan.iface[i].slot;
		h->state.slot[i].uplink = h->plan.iface[i].uplink;
	}
	h->state.nslots = h->plan.nifaces;
	host_keep_uplinks(h, &h->config);
}

void host_recall_plan(struct host *h)
{
	recall_uplinks(h);
	recall_slots(h);
}
