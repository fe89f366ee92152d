// SPDX-License-Identifier: GPL-2.0-only
#include "endpoints.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include <erxdp/timeout.h>

#include "map_walk.h"
#include "mapset.h"
#include "sessions.h"

#define SWEEP_ROOM 1024 /* elements fetched at once */

/* Where the walks stand; the daemon has one of each. */
static struct sweep {
	bool begun;
	struct map_cursor endpoints, inside, permits;
	union {
		struct endpoint outside[SWEEP_ROOM];
		struct inside_endpoint inside[SWEEP_ROOM];
		struct permit permit[SWEEP_ROOM];
	} key;
	union {
		struct endpoint_owner owner[SWEEP_ROOM];
		struct endpoint outside[SWEEP_ROOM];
		uint32_t last[SWEEP_ROOM];
	} value;
} sweep;

bool endpoint_outlived(const struct control *ctl, const struct endpoint *outside,
		       const struct endpoint_owner *owner, uint32_t now)
{
	uint32_t timeout = 0;

	if (owner->kind == ENDPOINT_FORWARD || owner->uses & ~ENDPOINT_OWNED)
		return false;
	if (owner->kind == ENDPOINT_MAPPING)
		timeout = endpoint_timeout(ctl, outside->proto, 0);
	return endpoint_idle(owner->last_out, now) >= timeout + SESSION_GRACE;
}

/* Looks again, since a batch may be some milliseconds old. 1 when removed. A session may be counted
 * in until the last moment; then the record is put back. */
static int remove_owner(const struct mapset *maps, const struct endpoint *outside)
{
	struct endpoint_owner owner;
	int err = bpf_map_lookup_elem(maps->endpoints, outside, &owner);

	if (err || !endpoint_outlived(maps->ctl, outside, &owner, session_clock()))
		return err == -ENOENT ? 0 : err;
	err = bpf_map_lookup_and_delete_elem(maps->endpoints, outside, &owner);
	if (err)
		return err == -ENOENT ? 0 : err;
	if (!(owner.uses & ~ENDPOINT_OWNED))
		return 1;
	err = bpf_map_update_elem(maps->endpoints, outside, &owner, BPF_NOEXIST);
	return err == -EEXIST ? 0 : err;
}

/* Does the inside endpoint have the outside one? */
static bool leads_there(const struct mapset *maps, const struct inside_endpoint *key,
			const struct endpoint *outside)
{
	struct endpoint_owner owner;
	int err = bpf_map_lookup_elem(maps->endpoints, outside, &owner);

	if (err)
		return err != -ENOENT;
	return owner.kind != ENDPOINT_SHARED &&
	       !memcmp(&owner.inside, &key->inside, sizeof(owner.inside));
}

/* 1 when removed. What was entered anew in the meantime is put back. */
static int remove_inside(const struct mapset *maps, const struct inside_endpoint *key,
			 const struct endpoint *outside)
{
	struct endpoint now;
	int err = bpf_map_lookup_and_delete_elem(maps->inside_endpoints, key, &now);

	if (err)
		return err == -ENOENT ? 0 : err;
	if (!memcmp(&now, outside, sizeof(now)))
		return 1;
	err = bpf_map_update_elem(maps->inside_endpoints, key, &now, BPF_NOEXIST);
	return err == -EEXIST ? 0 : err;
}

static int judge_owner(const struct mapset *maps, int i, uint32_t now)
{
	const struct endpoint *outside = &sweep.key.outside[i];

	return endpoint_outlived(maps->ctl, outside, &sweep.value.owner[i], now)
		       ? remove_owner(maps, outside)
		       : 0;
}

static int judge_inside(const struct mapset *maps, int i, uint32_t now)
{
	const struct inside_endpoint *key = &sweep.key.inside[i];
	const struct endpoint *outside = &sweep.value.outside[i];

	(void)now;
	return leads_there(maps, key, outside) ? 0 : remove_inside(maps, key, outside);
}

static int judge_permit(const struct mapset *maps, int i, uint32_t now)
{
	const struct permit *permit = &sweep.key.permit[i];
	uint32_t timeout = endpoint_timeout(maps->ctl, permit->outside.proto, 1);
	int err;

	if (endpoint_idle(sweep.value.last[i], now) < timeout + SESSION_GRACE)
		return 0;
	err = bpf_map_delete_elem(maps->permits, permit);
	return err == -ENOENT ? 0 : err ? err : 1;
}

static int sweep_map(const struct mapset *maps, struct map_cursor *cursor, uint32_t budget,
		     int (*judge)(const struct mapset *maps, int i, uint32_t now))
{
	uint32_t now = session_clock();
	int n, removed = 0;

	while (budget) {
		n = map_cursor_next(cursor, &sweep.key, &sweep.value, SWEEP_ROOM);
		if (n <= 0)
			return n ? n : removed;
		for (int i = 0; i < n; i++) {
			int ret = judge(maps, i, now);

			if (ret < 0)
				return ret;
			removed += ret;
		}
		budget -= (uint32_t)n < budget ? (uint32_t)n : budget;
	}
	return removed;
}

static void begin_sweep(const struct mapset *maps)
{
	map_cursor_init(&sweep.endpoints, maps->endpoints, sizeof(struct endpoint),
			sizeof(struct endpoint_owner));
	map_cursor_init(&sweep.inside, maps->inside_endpoints, sizeof(struct inside_endpoint),
			sizeof(struct endpoint));
	map_cursor_init(&sweep.permits, maps->permits, sizeof(struct permit), sizeof(uint32_t));
	sweep.begun = true;
}

int endpoints_expire(const struct mapset *maps, uint32_t budget)
{
	int owners, inside, permits;

	if (!sweep.begun || sweep.endpoints.fd != maps->endpoints)
		begin_sweep(maps);
	owners = sweep_map(maps, &sweep.endpoints, budget, judge_owner);
	if (owners < 0)
		return owners;
	inside = sweep_map(maps, &sweep.inside, budget, judge_inside);
	if (inside < 0)
		return inside;
	permits = sweep_map(maps, &sweep.permits, budget, judge_permit);
	return permits < 0 ? permits : owners + inside + permits;
}
