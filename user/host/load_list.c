// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>

#include "load.h"
#include "load_list.h"
#include "sockets.skel.h"
#include "tc.skel.h"
#include "xdp.skel.h"

static void list_map(const struct bpf_map *map, unsigned int sessions,
		     const struct load_visitor *visitor, void *arg)
{
	const struct load_map is = {
		.name = bpf_map__name(map),
		.type = libbpf_bpf_map_type_str(bpf_map__type(map)),
		.entries = loader_map_entries(map, sessions),
		.key = bpf_map__key_size(map),
		.value = bpf_map__value_size(map),
	};

	visitor->map(&is, arg);
}

/* first: the object that was listed before, whose maps this one shares; NULL: none. Maps of the
 * compiler's (.rodata) are not worth a line. */
static void list_object(struct bpf_object *obj, struct bpf_object *first, unsigned int sessions,
			const struct load_visitor *visitor, void *arg)
{
	struct bpf_program *prog;
	struct bpf_map *map;

	bpf_object__for_each_program(prog, obj)
		visitor->program(bpf_program__name(prog), bpf_program__section_name(prog), arg);
	bpf_object__for_each_map(map, obj) {
		if (bpf_map__is_internal(map) ||
		    (first && bpf_object__find_map_by_name(first, bpf_map__name(map))))
			continue;
		list_map(map, sessions, visitor, arg);
	}
}

int load_list(unsigned int sessions, bool xdp, const struct load_visitor *visitor, void *arg)
{
	struct tc_bpf *tc = tc_bpf__open();
	struct xdp_bpf *fast = xdp ? xdp_bpf__open() : NULL;
	struct sockets_bpf *sockets = sockets_bpf__open();
	int err = tc && sockets && (fast || !xdp) ? 0 : -ENOMEM;

	if (!err && xdp)
		list_object(fast->obj, tc->obj, sessions, visitor, arg);
	if (!err) {
		list_object(tc->obj, NULL, sessions, visitor, arg);
		list_object(sockets->obj, tc->obj, sessions, visitor, arg);
	}
	sockets_bpf__destroy(sockets);
	xdp_bpf__destroy(fast);
	tc_bpf__destroy(tc);
	return err;
}
