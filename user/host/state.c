// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <erxdp/abi.h>

#include "config_values.h"
#include "state.h"

#define STATE_FILE ERXDP_RUN_DIR "/state.json"
#define STATE_TEMP STATE_FILE ".new"

typedef struct json_object json;

static void put_int(json *o, const char *key, int64_t value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

static void put_text(json *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

static void put_bool(json *o, const char *key, bool value)
{
	json_object_object_add(o, key, json_object_new_boolean(value));
}

static int64_t get_int(json *o, const char *key)
{
	return json_object_get_int64(json_object_object_get(o, key));
}

static bool get_bool(json *o, const char *key)
{
	return json_object_get_boolean(json_object_object_get(o, key));
}

static void get_text(json *o, const char *key, char *text, size_t size)
{
	const char *value = json_object_get_string(json_object_object_get(o, key));

	snprintf(text, size, "%s", value ? value : "");
}

static enum attach_mode get_mode(json *o)
{
	enum attach_mode mode = MODE_TC;
	char text[16];

	get_text(o, "mode", text, sizeof(text));
	value_mode(text, &mode);
	return mode;
}

/* Every row names its device so. */
static json *put_device(const char *name, unsigned int ifindex)
{
	json *o = json_object_new_object();

	put_text(o, "device", name);
	put_int(o, "ifindex", ifindex);
	return o;
}

static void get_device(json *o, char name[IFNAMSIZ], unsigned int *ifindex)
{
	get_text(o, "device", name, IFNAMSIZ);
	*ifindex = get_int(o, "ifindex");
}

static json *put_port(const struct state *s, unsigned int i)
{
	json *o = put_device(s->port[i].name, s->port[i].ifindex);

	put_text(o, "mode", attach_mode_name(s->port[i].mode));
	put_text(o, "why", s->port[i].why);
	return o;
}

static void get_port(struct state *s, unsigned int i, json *o)
{
	get_device(o, s->port[i].name, &s->port[i].ifindex);
	s->port[i].mode = get_mode(o);
	get_text(o, "why", s->port[i].why, sizeof(s->port[i].why));
}

static json *put_xdp(const struct state *s, unsigned int i)
{
	json *o = put_device(s->xdp[i].name, s->xdp[i].ifindex);

	put_int(o, "port", s->xdp[i].port);
	put_int(o, "program", s->xdp[i].program);
	put_text(o, "mode", attach_mode_name(s->xdp[i].mode));
	return o;
}

static void get_xdp(struct state *s, unsigned int i, json *o)
{
	get_device(o, s->xdp[i].name, &s->xdp[i].ifindex);
	s->xdp[i].port = get_int(o, "port");
	s->xdp[i].program = get_int(o, "program");
	s->xdp[i].mode = get_mode(o);
}

static json *put_tc(const struct state *s, unsigned int i)
{
	json *o = put_device(s->tc[i].name, s->tc[i].ifindex);

	put_bool(o, "tcx", s->tc[i].tcx);
	put_bool(o, "qdisc", s->tc[i].qdisc);
	put_int(o, "ingress", s->tc[i].ingress);
	put_int(o, "egress", s->tc[i].egress);
	return o;
}

static void get_tc(struct state *s, unsigned int i, json *o)
{
	get_device(o, s->tc[i].name, &s->tc[i].ifindex);
	s->tc[i].tcx = get_bool(o, "tcx");
	s->tc[i].qdisc = get_bool(o, "qdisc");
	s->tc[i].ingress = get_int(o, "ingress");
	s->tc[i].egress = get_int(o, "egress");
}

static json *put_offload(const struct state *s, unsigned int i)
{
	json *o = put_device(s->offload[i].name, s->offload[i].ifindex);

	put_int(o, "port", s->offload[i].port);
	put_int(o, "features", s->offload[i].features);
	return o;
}

static void get_offload(struct state *s, unsigned int i, json *o)
{
	get_device(o, s->offload[i].name, &s->offload[i].ifindex);
	s->offload[i].port = get_int(o, "port");
	s->offload[i].features = get_int(o, "features");
}

static json *put_slot(const struct state *s, unsigned int i)
{
	json *o = json_object_new_object();

	put_int(o, "ifindex", s->slot[i].ifindex);
	put_int(o, "slot", s->slot[i].slot);
	put_bool(o, "uplink", s->slot[i].uplink);
	return o;
}

static void get_slot(struct state *s, unsigned int i, json *o)
{
	s->slot[i].ifindex = get_int(o, "ifindex");
	s->slot[i].slot = get_int(o, "slot");
	s->slot[i].uplink = get_bool(o, "uplink");
}

/* The arrays of struct state. */
static const struct rows {
	const char *key;
	size_t count; /* offset of the number of rows */
	unsigned int max;
	json *(*put)(const struct state *s, unsigned int i);
	void (*get)(struct state *s, unsigned int i, json *o);
} rows[] = {
	{"ports", offsetof(struct state, nports), PLAN_MAX_PORTS, put_port, get_port},
	{"xdp", offsetof(struct state, nxdp), STATE_MAX_XDP, put_xdp, get_xdp},
	{"tc", offsetof(struct state, ntc), STATE_MAX_TC, put_tc, get_tc},
	{"offloads", offsetof(struct state, noffloads), STATE_MAX_XDP, put_offload, get_offload},
	{"slots", offsetof(struct state, nslots), PLAN_MAX_IFACES, put_slot, get_slot},
};

#define NROWS (sizeof(rows) / sizeof(rows[0]))

static unsigned int *rows_count(const struct rows *r, struct state *s)
{
	return (unsigned int *)((char *)s + r->count);
}

static json *put_state(const struct state *s)
{
	json *o = json_object_new_object();

	put_text(o, "version", s->version);
	put_int(o, "abi", ERXDP_ABI);
	put_int(o, "pid", s->pid);
	put_int(o, "netns", s->netns);
	put_text(o, "objects", s->objects);
	put_text(o, "config", s->config_path);
	put_text(o, "mode", attach_mode_name(s->mode));
	for (size_t i = 0; i < NROWS; i++) {
		unsigned int count = *rows_count(&rows[i], (struct state *)s);
		json *array = json_object_new_array();

		for (unsigned int j = 0; j < count; j++)
			json_object_array_add(array, rows[i].put(s, j));
		json_object_object_add(o, rows[i].key, array);
	}
	return o;
}

static int get_state(struct state *s, json *o)
{
	if (!json_object_is_type(o, json_type_object))
		return -EINVAL;
	get_text(o, "version", s->version, sizeof(s->version));
	s->pid = get_int(o, "pid");
	s->netns = get_int(o, "netns");
	get_text(o, "objects", s->objects, sizeof(s->objects));
	get_text(o, "config", s->config_path, sizeof(s->config_path));
	s->mode = get_mode(o);
	for (size_t i = 0; i < NROWS; i++) {
		json *array = json_object_object_get(o, rows[i].key);
		size_t n;

		if (!json_object_is_type(array, json_type_array))
			return -EINVAL;
		n = json_object_array_length(array);
		if (n > rows[i].max)
			return -EINVAL;
		for (size_t j = 0; j < n; j++)
			rows[i].get(s, j, json_object_array_get_idx(array, j));
		*rows_count(&rows[i], s) = n;
	}
	return 0;
}

bool state_exists(void)
{
	return !access(STATE_FILE, F_OK);
}

int state_load(struct state *state)
{
	json *o;
	int err;

	if (!state_exists())
		return -errno;
	o = json_object_from_file(STATE_FILE);
	memset(state, 0, sizeof(*state));
	err = o ? get_state(state, o) : -EINVAL;
	json_object_put(o);
	return err;
}

static int write_text(int fd, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	while (len) {
		n = write(fd, text, len);
		if (n < 0)
			return -errno;
		text += n;
		len -= n;
	}
	return fchmod(fd, 0600) ? -errno : 0;
}

int state_save(const struct state *state)
{
	json *o = put_state(state);
	int fd, err;

	fd = open(STATE_TEMP, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	err = fd < 0 ? -errno : write_text(fd, json_object_to_json_string_ext(o, 0));
	if (fd >= 0)
		close(fd);
	json_object_put(o);
	if (!err && rename(STATE_TEMP, STATE_FILE))
		err = -errno;
	if (err)
		unlink(STATE_TEMP);
	return err;
}

void state_remove(void)
{
	unlink(STATE_TEMP);
	unlink(STATE_FILE);
}

struct state_port *state_find_port(struct state *state, unsigned int ifindex)
{
	for (unsigned int i = 0; i < state->nports; i++) {
		if (state->port[i].ifindex == ifindex)
			return &state->port[i];
	}
	return NULL;
}

struct state_xdp *state_find_xdp(struct state *state, unsigned int ifindex)
{
	for (unsigned int i = 0; i < state->nxdp; i++) {
		if (state->xdp[i].ifindex == ifindex)
			return &state->xdp[i];
	}
	return NULL;
}

struct state_tc *state_find_tc(struct state *state, unsigned int ifindex)
{
	for (unsigned int i = 0; i < state->ntc; i++) {
		if (state->tc[i].ifindex == ifindex)
			return &state->tc[i];
	}
	return NULL;
}

struct state_offload *state_find_offload(struct state *state, unsigned int ifindex)
{
	for (unsigned int i = 0; i < state->noffloads; i++) {
		if (state->offload[i].ifindex == ifindex)
			return &state->offload[i];
	}
	return NULL;
}
