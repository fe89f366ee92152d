// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach.h"
#include "clock.h"
#include "error.h"
#include "host.h"
#include "interfaces.h"
#include "log.h"
#include "mapset.h"
#include "nft.h"
#include "pins.h"
#include "ports.h"
#include "sockets.h"

int host_check_netns(struct error *e)
{
	struct stat netns;
	struct state s;

	if (stat("/proc/self/ns/net", &netns))
		return error_set(e, -errno, "/proc/self/ns/net: %s", strerror(errno));
	if (state_load(&s) || !s.netns || s.netns == netns.st_ino)
		return 0;
	return error_set(
		e, -EBUSY,
		"erxdp is attached in another network namespace; run `erxdp detach` there");
}

/* Programs that no state tells of, since it was lost or the attach was killed. */
static int sweep(const struct if_nameindex *devices, struct error *e)
{
	int err, failed = 0;

	for (const struct if_nameindex *d = devices; d->if_index; d++) {
		err = xdp_detach(d->if_name, d->if_index, e);
		failed = err ? err : failed;
	}
	for (enum tc_side side = TC_INGRESS; side <= TC_EGRESS; side++) {
		for (const struct if_nameindex *d = devices; d->if_index; d++) {
			err = tc_detach(d->if_name, d->if_index, side, e);
			failed = err ? err : failed;
		}
	}
	return failed;
}

static int sweep_devices(struct state *s, struct error *e)
{
	struct if_nameindex *devices = if_nameindex();
	int err;

	(void)s;
	if (!devices)
		return error_set(e, -errno, "devices cannot be listed: %s", strerror(errno));
	err = sweep(devices, e);
	if_freenameindex(devices);
	return err;
}

static int release_interfaces(struct state *s, struct error *e)
{
	return interfaces_detach(s, NULL, e);
}

static int release_sockets(struct state *s, struct error *e)
{
	(void)s;
	(void)e;
	sockets_detach();
	return 0;
}

static int delete_table(struct state *s, struct error *e)
{
	(void)s;
	return nft_table_delete(e);
}

/*
 * Where conntrack cannot be told of the connections: it must know a flow before its answers can do
 * without our TC ingress, or the host itself would answer them, TCP with a reset. So what leaves is
 * left to the kernel, and its MASQUERADE rule, for a while before anything is removed. A flow that
 * sends nothing in that time, and one whose port was not its own, is not saved by this.
 */
#define HANDBACK_MS 1000

static void let_kernel_learn(const struct mapset *maps)
{
	__atomic_or_fetch(&maps->ctl->flags, CONTROL_HANDBACK, __ATOMIC_RELEASE);
	sleep_ms(HANDBACK_MS);
}

static void hand_back(enum pins pins, struct takeover *given)
{
	struct mapset maps = {};

	if (pins == PINS_OTHER_ABI)
		log_warn("the maps are of an erxdp with another ABI; their connections cannot be "
			 "handed to the kernel, and end");
	if (pins != PINS_OURS || mapset_open(&maps))
		return;
	if (!mapset_map(&maps, 1) && maps.totals->live && !handback(&maps, given))
		let_kernel_learn(&maps);
	mapset_close(&maps);
}

/* XDP first, then TC, whose egress translates what its ingress still let by; then the table. */
static int (*const removals[])(struct state *s, struct error *e) = {
	ports_release, release_interfaces, sweep_devices, release_sockets, delete_table,
};

static int remove_all(struct state *s, struct error *e)
{
	int err, failed = 0;

	for (size_t i = 0; i < sizeof(removals) / sizeof(removals[0]); i++) {
		err = removals[i](s, e);
		if (!err)
			continue;
		log_err("%s", e->text);
		failed = err;
	}
	return failed;
}

int host_detach(bool *found, struct takeover *given, struct error *e)
{
	struct state state;
	unsigned int abi;
	enum pins pins = pins_look(&abi);
	int err = state_load(&state);

	*found = err != -ENOENT || (pins != PINS_NONE && pins != PINS_FOREIGN);
	if (err)
		memset(&state, 0, sizeof(state));
	if (!*found)
		return 0;
	loader_quiet();
	hand_back(pins, given);
	err = remove_all(&state, e);
	if (err) {
		state_save(&state);
		return error_set(e, err, "detach is not complete; mend that and run it again");
	}
	pins_remove();
	state_remove();
	return 0;
}
