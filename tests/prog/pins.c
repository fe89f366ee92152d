// SPDX-License-Identifier: GPL-2.0-only
#include "pins.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "scenario.h"

/* The place of an object's pins with "", else of one of them. */
static const char *pin_path(uint32_t max_sessions, const char *object, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%u/%s%s%s", getenv(TEST_PINS_ENV), max_sessions, object,
		 *name ? "/" : "", name);
	return path;
}

static bool is_array(const struct bpf_map *map)
{
	enum bpf_map_type type = bpf_map__type(map);

	return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

/* In one call: elements by the hundred thousand take a slow machine seconds. */
static void array_zero(struct bpf_map *map)
{
	uint32_t n = bpf_map__max_entries(map), *keys = calloc(n, sizeof(*keys));
	size_t element = bpf_map__value_size(map);
	void *values;

	if (bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY)
		element = (element + 7) / 8 * 8 * libbpf_num_possible_cpus();
	values = calloc(n, element);
	assert_true(keys && values);
	for (uint32_t i = 0; i < n; i++)
		keys[i] = i;
	if (bpf_map_update_batch(bpf_map__fd(map), keys, values, &n, NULL))
		fail_msg("emptying %s: %s", bpf_map__name(map), strerror(errno));
	free(values);
	free(keys);
}

static void memory_zero(struct bpf_map *map)
{
	size_t len;
	void *mem = map_memory(map, &len);

	memset(mem, 0, len);
	munmap(mem, len);
}

static void take_maps(struct bpf_object *object, uint32_t max_sessions, const char *name)
{
	struct bpf_map *map;
	int fd;

	bpf_object__for_each_map(map, object) {
		fd = bpf_obj_get(pin_path(max_sessions, name, bpf_map__name(map)));
		if (fd < 0 || bpf_map__reuse_fd(map, fd))
			fail_msg("%s: %s", bpf_map__name(map), strerror(errno));
		close(fd);
		if (bpf_map__map_flags(map) & BPF_F_MMAPABLE)
			memory_zero(map);
		else if (is_array(map))
			array_zero(map);
		else
			map_clear(map);
	}
}

static int take_program(struct bpf_program *program, uint32_t max_sessions, const char *object)
{
	int fd = bpf_obj_get(pin_path(max_sessions, object, bpf_program__name(program)));

	if (fd < 0)
		fail_msg("%s: %s", bpf_program__name(program), strerror(errno));
	return fd;
}

bool pins_take(uint32_t max_sessions)
{
	if (!getenv(TEST_PINS_ENV) || access(pin_path(max_sessions, "complete", ""), F_OK))
		return false;
	take_maps(bench.xdp->obj, max_sessions, "xdp");
	take_maps(bench.tc->obj, max_sessions, "tc");
	bench.program[HOOK_XDP] = take_program(bench.xdp->progs.erxdp_xdp, max_sessions, "xdp");
	bench.program[HOOK_TC_INGRESS] =
		take_program(bench.tc->progs.erxdp_ingress, max_sessions, "tc");
	bench.program[HOOK_TC_EGRESS] =
		take_program(bench.tc->progs.erxdp_egress, max_sessions, "tc");
	bench.sweep = take_program(bench.tc->progs.erxdp_sweep, max_sessions, "tc");
	bench.import = take_program(bench.tc->progs.erxdp_import, max_sessions, "tc");
	return true;
}

void pins_leave(uint32_t max_sessions)
{
	if (!getenv(TEST_PINS_ENV))
		return;
	assert_int_equal(mkdir(pin_path(max_sessions, "", ""), 0700), 0);
	assert_int_equal(bpf_object__pin(bench.xdp->obj, pin_path(max_sessions, "xdp", "")), 0);
	assert_int_equal(bpf_object__pin(bench.tc->obj, pin_path(max_sessions, "tc", "")), 0);
	/* Last, so that a program that dies in between leaves nothing that looks whole. */
	assert_int_equal(mkdir(pin_path(max_sessions, "complete", ""), 0700), 0);
}
