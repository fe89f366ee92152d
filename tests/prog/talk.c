// SPDX-License-Identifier: GPL-2.0-only
#include "talk.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum hook talk_hook;

static void link_header(struct spec *spec, unsigned int slot)
{
	spec->dmac = MAC_HOST(slot);
	spec->smac = MAC_PEER(slot == BOND0 ? NH_DEFAULT : NH_AZURE);
	if (talk_hook == HOOK_XDP && slot != BOND0) {
		spec->tag[0].tpid = 0x8100;
		spec->tag[0].tci = slot == V1000 ? 1000 : 2000;
	}
}

static uint16_t word_at(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

struct heard talk(unsigned int slot, uint8_t proto, const char *src, uint16_t sport,
		  const char *dst, uint16_t dport, uint8_t tcp_flags)
{
	static struct run run;
	struct spec spec = {
		.src = src,
		.dst = dst,
		.proto = proto,
		.sport = sport,
		.dport = dport,
		.tcp_flags = tcp_flags,
		.type = slot == BOND0 ? 0 : 8,
		.echo = slot == BOND0 ? dport : sport,
	};
	struct heard heard = {};
	const uint8_t *ip, *l4;

	run = (struct run){.hook = talk_hook};
	run.ifindex = talk_hook == HOOK_XDP ? 0 : device[slot];
	link_header(&spec, slot);
	frame_build(&run.frame, &spec);
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	heard.verdict = tally_read().verdict;
	if (verdict_group_of(heard.verdict) == VERDICT_DROP)
		return heard;
	assert_null(frame_wrong_checksum(&run.frame));
	ip = frame_ip(&run.frame);
	l4 = ip + (ip[0] & 15) * 4;
	memcpy(&heard.src, ip + 12, 4);
	memcpy(&heard.dst, ip + 16, 4);
	heard.sport = word_at(l4 + (proto == 1 ? 4 : 0));
	heard.dport = word_at(l4 + (proto == 1 ? 4 : 2));
	return heard;
}

struct heard udp_out(const char *src, uint16_t sport, const char *dst, uint16_t dport)
{
	return talk(V1000, 17, src, sport, dst, dport, 0);
}

struct heard udp_in(const char *src, uint16_t sport, uint16_t dport)
{
	return talk(BOND0, 17, src, sport, PUBLIC, dport, 0);
}

struct heard syn_out(const char *src, uint16_t sport, const char *dst, uint16_t dport)
{
	return talk(V1000, 6, src, sport, dst, dport, TH_SYN);
}

struct heard syn_in(const char *src, uint16_t sport, uint16_t dport)
{
	return talk(BOND0, 6, src, sport, PUBLIC, dport, TH_SYN);
}

struct heard echo_out(const char *src, uint16_t id, const char *dst)
{
	return talk(V1000, 1, src, id, dst, 0, 0);
}

void heard_by(struct heard heard, const char *dst, uint16_t dport)
{
	assert_string_equal(verdict_name(heard.verdict), "TX");
	assert_int_equal(heard.dst, inet_addr(dst));
	assert_int_equal(heard.dport, dport);
}

void heard_as(struct heard heard, const char *src, uint16_t sport)
{
	assert_string_equal(verdict_name(heard.verdict), "TX");
	assert_int_equal(heard.src, inet_addr(src));
	assert_int_equal(heard.sport, sport);
}

void policy_rfc(enum policy_filtering filtering)
{
	bench.policy[0].behaviour = BEHAVIOUR_RFC;
	bench.policy[0].filtering = filtering;
	bench.control->flags |= CONTROL_ENDPOINTS;
}

static void all_by_tc(void)
{
	for (unsigned int slot = BOND0; slot < DEVICES; slot++)
		iface_flags_set(slot,
				IFACE_FORWARD | IFACE_TC_ONLY | (slot == BOND0 ? IFACE_UPLINK : 0));
}

void talk_reset(enum policy_behaviour behaviour, enum policy_filtering filtering)
{
	scenario_reset();
	policy_rfc(filtering);
	bench.policy[0].behaviour = behaviour;
	if (talk_hook != HOOK_XDP)
		all_by_tc();
}

static struct endpoint endpoint_of(uint8_t proto, const char *addr, uint16_t port)
{
	return (struct endpoint){.addr = inet_addr(addr), .port = htons(port), .proto = proto};
}

bool owner_get(uint8_t proto, const char *outside, uint16_t port, struct endpoint_owner *owner)
{
	struct endpoint key = endpoint_of(proto, outside, port);

	return !bpf_map_lookup_elem(bpf_map__fd(bench.xdp->maps.endpoints), &key, owner);
}

void owner_write(uint8_t proto, const char *outside, uint16_t port,
		 const struct endpoint_owner *owner)
{
	struct endpoint key = endpoint_of(proto, outside, port);

	assert_int_equal(
		bpf_map_update_elem(bpf_map__fd(bench.xdp->maps.endpoints), &key, owner, BPF_ANY),
		0);
}

void owner_age(uint8_t proto, const char *outside, uint16_t port, uint32_t seconds)
{
	int fd = bpf_map__fd(bench.xdp->maps.permits);
	uint32_t then = clock_now() - seconds;
	struct endpoint_owner owner;
	struct permit permit;

	assert_true(owner_get(proto, outside, port, &owner));
	owner.last_out = then;
	owner_write(proto, outside, port, &owner);
	for (int err = bpf_map_get_next_key(fd, NULL, &permit); !err;
	     err = bpf_map_get_next_key(fd, &permit, &permit))
		assert_int_equal(bpf_map_update_elem(fd, &permit, &then, BPF_ANY), 0);
}

void forward_put(uint8_t proto, const char *outside, uint16_t port, const char *inside,
		 uint16_t inside_port)
{
	struct inside_endpoint key = {
		.inside = endpoint_of(proto, inside, inside_port),
		.outside = inet_addr(outside),
	};
	struct endpoint at = endpoint_of(proto, outside, port);
	struct endpoint_owner owner = {
		.inside = key.inside,
		.kind = ENDPOINT_FORWARD,
		.uplink = BOND0,
	};

	bench.control->flags |= CONTROL_ENDPOINTS;
	owner_write(proto, outside, port, &owner);
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(bench.xdp->maps.inside_endpoints), &key,
					     &at, BPF_ANY),
			 0);
}

static void test_row(void **state)
{
	const struct pcase *c = *state;

	scenario_reset();
	if (c->hook == HOOK_TC_INGRESS)
		all_by_tc();
	if (c->arrange)
		c->arrange();
	case_run(c);
}

static int in_tc(void **state)
{
	(void)state;
	talk_hook = HOOK_TC_INGRESS;
	return 0;
}

static int in_xdp(void **state)
{
	(void)state;
	talk_hook = HOOK_XDP;
	return 0;
}

static const char *tc_name(const char *name)
{
	char *text;

	assert_true(asprintf(&text, "TC: %s", name) > 0);
	return text;
}

/* In TC there are no tags in the frame, and what is sent bears a mark. */
static struct pcase *tc_twin(const struct pcase *c)
{
	struct pcase *twin = malloc(sizeof(*twin));

	*twin = *c;
	twin->what = tc_name(c->what);
	twin->hook = HOOK_TC_INGRESS;
	if (verdict_group_of(c->verdict) == VERDICT_FAST)
		twin->mark_out = MARK(ERXDP_MARK_FORWARDED);
	memset(twin->in.tag, 0, sizeof(twin->in.tag));
	memset(twin->out.tag, 0, sizeof(twin->out.tag));
	return twin;
}

int talk_socket(int type, uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, type, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (void *)&at, sizeof(at)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 1), 0);
	return fd;
}

int talk_main(const char *group, const struct pcase *cases, unsigned int ncases,
	      const struct CMUnitTest *tests, unsigned int ntests)
{
	struct CMUnitTest *all = calloc(2 * (ncases + ntests), sizeof(*all)), *next = all;

	for (unsigned int i = 0; i < ncases; i++) {
		struct pcase *twin = tc_twin(&cases[i]);

		*next++ = (struct CMUnitTest){cases[i].what, test_row, in_xdp, NULL,
					      (void *)&cases[i]};
		*next++ = (struct CMUnitTest){twin->what, test_row, in_xdp, NULL, twin};
	}
	for (unsigned int i = 0; i < ntests; i++) {
		*next++ =
			(struct CMUnitTest){tests[i].name, tests[i].test_func, in_xdp, NULL, NULL};
		*next++ = (struct CMUnitTest){tc_name(tests[i].name), tests[i].test_func, in_tc,
					      NULL, NULL};
	}
	return _cmocka_run_group_tests(group, all, next - all, scenario_open, bench_close);
}
