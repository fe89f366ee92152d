// SPDX-License-Identifier: GPL-2.0-only
#include "status.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/stat.h>

#include <erxdp/abi.h>

#include "daemon_client.h"
#include "fib_record.h"
#include "map_walk.h"
#include "sockets.h"

static bool in_other_netns(const struct state *state)
{
	struct stat st;

	return state->netns && !stat("/proc/self/ns/net", &st) && st.st_ino != state->netns;
}

/* With libxdp's dispatcher in between, the program on the device is never erxdp's own: what can be
 * seen from outside is that there is none at all. */
static bool xdp_is_missing(const struct state_xdp *xdp)
{
	__u32 id = 0;

	return bpf_xdp_query_id(xdp->ifindex, 0, &id) || !id;
}

static void check_xdp(struct status *s)
{
	for (unsigned int i = 0; i < s->state.nxdp; i++)
		s->xdp_missing[i] = !s->other_netns && xdp_is_missing(&s->state.xdp[i]);
}

static int read_count(int fd, size_t key_size, size_t value_size, uint64_t *count)
{
	long n = map_count(fd, key_size, value_size);

	if (n < 0)
		return n;
	*count = n;
	return 0;
}

static int count_maps(struct status *s)
{
	const struct mapset *maps = &s->maps;

	s->sessions = maps->totals->live;
	s->prefixes = fib_records_count(maps->prefix, ERXDP_MAX_ROUTES);
	return read_count(maps->neighbours, sizeof(struct neighbour_key), sizeof(struct neighbour),
			  &s->neighbours);
}

static void count_reserved_ports(struct status *s)
{
	s->sockets_counted = sockets_attached();
	for (unsigned int i = 0; i < ERXDP_LOCAL_PORTS; i++)
		s->reserved_ports += i != LOCAL_PORTS_NO_ROOM && s->maps.local_port[i] > 0;
	s->sockets_no_room = s->maps.local_port[LOCAL_PORTS_NO_ROOM];
}

int status_read(struct status *s)
{
	int err = state_load(&s->state);

	if (err && err != -ENOENT && err != -EINVAL)
		return err;
	s->has_state = !err;
	s->other_netns = s->has_state && in_other_netns(&s->state);
	s->trusted = s->maps.ctl->flags & CONTROL_TRUSTED;
	s->max_sessions = s->maps.ctl->max_sessions;
	if (s->has_state)
		check_xdp(s);
	count_reserved_ports(s);
	s->confirm = confirm_look(&s->confirm_left);
	s->confirm_left = (s->confirm_left + 999) / 1000;
	s->daemon_error = daemon_ask_status(&s->daemon);
	return count_maps(s);
}

void status_forget(struct status *s)
{
	struct mapset maps = s->maps;

	json_object_put(s->daemon);
	memset(s, 0, sizeof(*s));
	s->maps = maps;
}

void status_close(struct status *s)
{
	status_forget(s);
	mapset_close(&s->maps);
}

static const struct state_xdp *find_missing(const struct status *s)
{
	for (unsigned int i = 0; i < s->state.nxdp; i++)
		if (s->xdp_missing[i])
			return &s->state.xdp[i];
	return NULL;
}

bool status_good(const struct status *s)
{
	return s->daemon && s->trusted && s->has_state && !find_missing(s);
}

const char *status_why(const struct status *s)
{
	struct json_object *why = json_object_object_get(s->daemon, "why");

	if (status_good(s))
		return "";
	if (!s->has_state)
		return "maps are pinned, but " ERXDP_RUN_DIR "/state.json is missing or damaged: "
		       "an attach was interrupted; `erxdp detach` cleans up";
	if (find_missing(s))
		return "somebody removed the XDP program from a device; `erxdp detach`, then "
		       "`erxdp attach`";
	if (!s->daemon && s->trusted)
		return "no daemon is there to follow the kernel's routes; `erxdp attach` starts "
		       "one";
	if (json_object_get_string_len(why) > 0)
		return json_object_get_string(why);
	return s->daemon ? "the tables are not in step with the kernel's"
			 : "the tables are not in step with the kernel's, and no daemon is "
			   "there to synchronise them";
}

uint64_t status_daemon_number(const struct status *s, const char *key)
{
	return json_object_get_uint64(json_object_object_get(s->daemon, key));
}
