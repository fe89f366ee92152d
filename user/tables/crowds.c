// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/random.h>

#include <erxdp/crowd.h>

#include "crowds.h"
#include "mapset.h"

int port_secret_prepare(const struct mapset *maps)
{
	uint64_t secret[2];

	if (maps->ports->secret[0] || maps->ports->secret[1])
		return 0;
	if (getrandom(secret, sizeof(secret), 0) != sizeof(secret))
		return -EIO;
	maps->ports->secret[0] = secret[0];
	maps->ports->secret[1] = secret[1];
	return 0;
}

static bool crowds_mapped(const struct mapset *maps)
{
	return maps->crowd && maps->ports && maps->ports->crowds;
}

static bool crowd_idle(const struct crowd *crowd, uint32_t now)
{
	return crowd->state == CROWD_READY && (int32_t)(now - crowd->used) >= CROWD_IDLE;
}

unsigned int crowds_expire(const struct mapset *maps, uint32_t now)
{
	unsigned int ended = 0;

	if (!crowds_mapped(maps))
		return 0;
	for (unsigned int i = 0; i < ERXDP_MAX_CROWDS; i++) {
		struct crowd *crowd = &maps->crowd[i];

		if (!crowd_idle(crowd, now) ||
		    !__sync_bool_compare_and_swap(&crowd->state, CROWD_READY, CROWD_FREE))
			continue;
		__sync_fetch_and_sub(&maps->ports->crowds, 1);
		ended++;
	}
	return ended;
}
