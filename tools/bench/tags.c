// SPDX-License-Identifier: GPL-2.0-only
#include "tags.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anew.h"
#include "load.h"
#include "mapset.h"
#include "seconds.h"

#include "anew.skel.h"
#include "xdp.skel.h"

#define RUNS		 5000
#define SAMPLES_PER_TURN 20
#define VID		 1000

/* As contender.c has them: exempt, and translated. */
#define PRIVATE 0xac100001U
#define PUBLIC	0xc6120001U

static const struct path {
	const char *name;
	enum kind kind;
	uint32_t target;
	bool tagged_in, tagged_out;
} paths[] = {
	{"anew", KIND_DIRECT, PUBLIC, false, false},
	{"erxdp-routed", KIND_ROUTED, PRIVATE, false, false},
	{"erxdp-snat", KIND_SNAT, PUBLIC, false, false},
	{"snat-tagged-both", KIND_SNAT, PUBLIC, true, true},
	{"snat-tag-popped", KIND_SNAT, PUBLIC, true, false},
	{"snat-tag-pushed", KIND_SNAT, PUBLIC, false, true},
};

#define NPATHS (sizeof(paths) / sizeof(paths[0]))

struct bench {
	struct anew_bpf *anew;
	struct xdp_bpf *xdp;
	struct bpf_link *attached;
	struct mapset maps; /* of the router */
	struct generator gen;
	uint32_t inside, uplink; /* devices */
};

static struct iface_key inside_key(const struct bench *b, bool tagged)
{
	struct iface_key key = {.ifindex = b->inside};

	if (tagged)
		key.tag[0] = (struct vlan_tag){htons(ETH_P_8021Q), VID};
	return key;
}

static int add_tagged_inside(const struct bench *b)
{
	struct iface_key bare = inside_key(b, false), tagged = inside_key(b, true);
	struct iface iface;
	int err = bpf_map_lookup_elem(b->maps.ifaces, &bare, &iface);

	return err ? err : bpf_map_update_elem(b->maps.ifaces, &tagged, &iface, BPF_ANY);
}

/* Nobody else is served by the router meanwhile. */
static void tag_uplink(const struct bench *b, bool tagged)
{
	struct vlan_tag tag = {};

	if (tagged)
		tag = (struct vlan_tag){htons(ETH_P_8021Q), VID};
	for (uint32_t i = 0; i < ERXDP_MAX_NEXTHOPS; i++)
		if (b->maps.nexthop[i].oif == b->uplink)
			b->maps.nexthop[i].tag[0] = tag;
	__atomic_fetch_add(&b->maps.ctl->generation, 1, __ATOMIC_RELEASE);
}

static void restore(const struct bench *b)
{
	struct iface_key tagged = inside_key(b, true);

	bpf_map_delete_elem(b->maps.ifaces, &tagged);
	tag_uplink(b, false);
}

/* Else the kernel would enter the program into its XDP dispatcher for each call, and take it out
 * again, which are 16 ms. There is no traffic on the loopback device. */
static int keep_attached(struct bench *b)
{
	b->attached = bpf_program__attach_xdp(b->anew->progs.bench_anew, if_nametoindex("lo"));
	return b->attached ? 0 : -errno;
}

static int open_programs(struct bench *b)
{
	int err;

	b->anew = anew_bpf__open_and_load();
	b->xdp = xdp_bpf__open();
	if (!b->anew || !b->xdp)
		return -1;
	err = loader_share_maps(b->xdp->obj, 0);
	if (!err)
		err = xdp_bpf__load(b->xdp);
	return err ? err : keep_attached(b);
}

static int open_bench(struct bench *b)
{
	b->inside = if_nametoindex("in0");
	b->uplink = if_nametoindex("up0");
	if (!b->inside || !b->uplink || mapset_open(&b->maps)) {
		fprintf(stderr, "bench: no router of erxdp's here\n");
		return -1;
	}
	if (mapset_map(&b->maps, 1) || generator_open(&b->gen) || open_programs(b)) {
		fprintf(stderr, "bench: the programs were not loaded\n");
		return -1;
	}
	return add_tagged_inside(b);
}

static void close_bench(struct bench *b)
{
	if (b->maps.nexthop)
		restore(b);
	bpf_link__destroy(b->attached);
	anew_bpf__destroy(b->anew);
	xdp_bpf__destroy(b->xdp);
	if (b->gen.skel)
		generator_close(&b->gen);
	mapset_close(&b->maps);
}

static int make_frame(struct bench *b, const struct path *path)
{
	const struct traffic traffic = {
		.targets = {.first = path->target, .step = 1, .each = 1, .number = 1},
		.flows = 1,
		.tag = path->tagged_in ? VID : 0,
	};

	generator_aim(&b->gen, 0, &traffic, 0);
	return generator_frame(&b->gen, b->anew->bss->frame, ANEW_WRITTEN);
}

static int aim(struct bench *b, const struct path *path)
{
	int fd = bpf_program__fd(path->kind == KIND_DIRECT ? b->anew->progs.bench_nothing
							   : b->xdp->progs.erxdp_xdp);
	int len = make_frame(b, path);
	__u32 zero = 0;

	tag_uplink(b, path->tagged_out);
	return len < 0 ? len
		       : bpf_map_update_elem(bpf_map__fd(b->anew->maps.target), &zero, &fd,
					     BPF_ANY);
}

/* out: what is left after the last run, with room for ANEW_LONGEST. Its length, or -1. */
static int run(const struct bench *b, unsigned int runs, uint8_t *out)
{
	uint8_t in[ANEW_MIDDLE] = {};
	struct xdp_md ctx = {.ingress_ifindex = b->inside, .data_end = sizeof(in)};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in, .data_size_in = sizeof(in),
		    .data_out = out, .data_size_out = ANEW_LONGEST, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = runs);

	if (bpf_prog_test_run_opts(bpf_program__fd(b->anew->progs.bench_anew), &opts) ||
	    opts.retval != XDP_REDIRECT)
		return -1;
	return opts.data_size_out;
}

/* The tag and the source address of what comes out. */
static int check(const struct bench *b, const struct path *path)
{
	uint8_t out[ANEW_LONGEST];
	int moved = BENCH_TAG * (path->tagged_out - path->tagged_in);
	bool tagged = path->kind == KIND_DIRECT ? path->tagged_in : path->tagged_out;
	const struct bench_frame *frame = (void *)(out + (tagged ? BENCH_TAG : 0));
	uint32_t source = path->kind == KIND_SNAT ? BENCH_OUTSIDE : bench_source(0);
	const uint16_t *type = (void *)(out + 2 * ETH_ALEN);

	if (run(b, 1, out) == (int)ANEW_MIDDLE + moved && (*type == htons(ETH_P_8021Q)) == tagged &&
	    frame->ip.saddr == htonl(source))
		return 0;
	fprintf(stderr, "bench: path %s: not the frame that should come out\n", path->name);
	return -1;
}

static int turn(struct bench *b, const struct path *path, struct contender *contender)
{
	uint8_t out[ANEW_LONGEST];
	int err = aim(b, path);

	if (!err)
		err = check(b, path);
	for (unsigned int i = 0; !err && i < SAMPLES_PER_TURN; i++) {
		double began = seconds();

		if (run(b, RUNS, out) < 0) {
			fprintf(stderr, "bench: path %s: not forwarded\n", path->name);
			err = -1;
		}
		samples_add(&contender->cost.turn, (seconds() - began) * 1e9 / RUNS);
	}
	contender_end_turn(contender);
	return err;
}

int tags_measure(struct measurement *m)
{
	struct bench b = {};
	int err;

	m->n = NPATHS;
	m->contender = calloc(m->n, sizeof(*m->contender));
	if (!m->contender)
		return -1;
	for (unsigned int i = 0; i < NPATHS; i++) {
		snprintf(m->contender[i].name, sizeof(m->contender[i].name), "%s", paths[i].name);
		m->contender[i].kind = paths[i].kind;
	}
	err = open_bench(&b);
	for (unsigned int i = 0; !err && i < m->rounds * NPATHS; i++)
		err = turn(&b, &paths[i % NPATHS], &m->contender[i % NPATHS]);
	close_bench(&b);
	return err;
}
