// SPDX-License-Identifier: GPL-2.0-only
/*
 * Truncated and corrupt packets: whatever comes, each is counted once, what is passed by XDP is as
 * it came, and no private source leaves by the uplink for a destination that is not exempt.
 */
#include "cases.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CORRUPTIONS 100000 /* at each of two hooks, scaled() */

static const struct spec tcp_sent = {IP(PUBLIC, SERVER), TCP(50123, 443, TH_ACK), .payload = 20};
static const struct spec tcp_options = {IP(PUBLIC, SERVER), TCP(50123, 443, TH_ACK), .options = 40};
static const struct spec udp_answered = {IP(SERVER, INSIDE), UDP(53, 5000)};
static const struct spec echo_sent = {IP(PUBLIC, SERVER), ECHO_REQUEST(78)};

/* One of each kind that the programs know, out and in. */
static const struct spec kinds[] = {
	{FROM_V1000, IP(INSIDE, SERVER), TCP(40000, 443, TH_ACK), .payload = 12},
	{FROM_V1000, IP(INSIDE, SERVER), TCP(40001, 443, TH_SYN), .payload = 12},
	{FROM_V1000, IP(INSIDE, SERVER), UDP(5000, 53)},
	{FROM_V1000, IP(INSIDE, SERVER), ECHO_REQUEST(77)},
	{FROM_V1000, IP(INSIDE, SERVER), ICMP_ERROR(3, 3, udp_answered)},
	{FROM_V1000, IP(INSIDE, "10.20.1.1"), UDP(5000, 53)},
	{FROM_V1000, IP(INSIDE, "10.40.1.1"), UDP(5000, 53)},
	{FROM_V1000, IP(INSIDE, SERVER), UDP(5000, 53), .options = 40},
	{FROM_V1000, IP(INSIDE, SERVER), UDP(5000, 53), .frag = FRAG_MF},
	{FROM_V1000, IP(INSIDE, SERVER), UDP(5000, 53), .frag = 5},
	{FROM_V1000, IP(INSIDE, SERVER), .proto = 47, .payload = 30},
	{FROM_QINQ, IP("10.40.1.1", SERVER), UDP(5000, 53)},
	{FROM_BOND0, IP(SERVER, PUBLIC), TCP(443, 50123, TH_ACK), .payload = 12},
	{FROM_BOND0, IP(SERVER, PUBLIC), UDP(53, 50124)},
	{FROM_BOND0, IP(SERVER, PUBLIC), ECHO_REPLY(78)},
	{FROM_BOND0, IP(GATEWAY, PUBLIC), ICMP_ERROR(11, 0, tcp_sent)},
	{FROM_BOND0, IP(GATEWAY, PUBLIC), ICMP_ERROR(11, 0, tcp_options)},
	{FROM_BOND0, IP(GATEWAY, PUBLIC), ICMP_ERROR(3, 3, echo_sent), .inner_len = 8},
	{FROM_BOND0, .ethertype = 0x86dd, .payload = 60},
	{FROM_BOND0, .ethertype = 0x0806, .payload = 28},
	{.dmac = 0x0180c2000002, .ethertype = 0x8809, .payload = 110},
	{FROM_V1000_BARE, .tag = {{0x88a8, 40}, {0x8100, 4}, {0x8100, 5}}, IP(INSIDE, SERVER),
	 UDP(1, 2)},
};

static void arrange(bool tc_only)
{
	scenario_reset();
	for (unsigned int slot = BOND0; slot < DEVICES; slot++)
		iface_flags_set(slot, IFACE_FORWARD | (tc_only ? IFACE_TC_ONLY : 0) |
					      (slot == BOND0 ? IFACE_UPLINK : 0));
	session_put(flow_of(6, INSIDE, 40000, SERVER, 443), PUBLIC, 50123, SESSION_OPEN);
	session_put(flow_of(17, INSIDE, 5000, SERVER, 53), PUBLIC, 50124, SESSION_OPEN);
	session_put(flow_of(1, INSIDE, 77, SERVER, 0), PUBLIC, 78, SESSION_OPEN);
}

/* --- what must hold of any packet --- */

static bool in_prefix(const uint8_t *addr, const char *prefix, unsigned int len)
{
	uint32_t a;

	memcpy(&a, addr, sizeof(a));
	return !((ntohl(a) ^ ntohl(inet_addr(prefix))) >> (32 - len));
}

static bool is_private(const uint8_t *addr)
{
	return in_prefix(addr, "10.0.0.0", 8) || in_prefix(addr, "172.16.0.0", 12) ||
	       in_prefix(addr, "192.168.0.0", 16);
}

static bool is_own(const uint8_t *addr)
{
	return in_prefix(addr, PUBLIC, 32) || in_prefix(addr, PRIVATE, 32) ||
	       in_prefix(addr, "192.168.0.1", 32);
}

static bool ip_header_valid(const uint8_t *ip)
{
	uint32_t sum = 0;

	for (int i = 0; i < 20; i += 2)
		sum += ip[i] << 8 | ip[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (ip[0] & 15) > 5 || sum == 0xffff;
}

/* By the MACs that the daemon gave for the uplink's gateways. */
static bool leaves_by_uplink(struct run *run)
{
	static const uint8_t bond0[] = {2, 0, 0, 0, 0, BOND0 * 0x10};

	if (frame_ip(&run->frame) != run->frame.data + 14)
		return false; /* in a VLAN */
	if (run->hook == HOOK_TC_EGRESS)
		return run->ret == TC_UNSPEC;
	return (run->ret == XDP_TX || run->ret == TC_REDIRECT) &&
	       !memcmp(run->frame.data + 6, bond0, sizeof(bond0));
}

static const char *broken_rule(const struct frame *in, struct run *run, struct tally tally)
{
	uint8_t *ip = frame_ip(&run->frame);
	bool fast = verdict_group_of(tally.verdict) == VERDICT_FAST;

	if (tally.entries != 1 || tally.counter.packets != 1 || tally.counter.bytes != in->len)
		return "one verdict is counted, once";
	if (run->ret != verdict_return(run->hook, tally.verdict))
		return "the program returns what was counted";
	if (run->hook == HOOK_XDP && run->ret == XDP_PASS &&
	    (in->len != run->frame.len || memcmp(in->data, run->frame.data, in->len)))
		return "what XDP passes is as it came";
	if (fast && (!ip || !ip_header_valid(ip)))
		return "what is forwarded has a valid IP header";
	if (ip && leaves_by_uplink(run) && is_private(ip + 12) && !is_own(ip + 12) &&
	    !is_private(ip + 16) && !in_prefix(ip + 16, "224.0.0.0", 3))
		return "no private source leaves by the uplink";
	return NULL;
}

static void check(const struct frame *in, enum hook hook, uint32_t ifindex)
{
	static struct run run;
	const char *rule;
	struct tally tally;
	int err;

	run = (struct run){.hook = hook, .ifindex = ifindex, .frame = *in};
	tally_reset();
	err = bench_run(&run);
	if (err == -EINVAL) /* the kernel's own idea of a frame too short to run */
		return;
	assert_int_equal(err, 0);
	tally = tally_read();
	rule = broken_rule(in, &run, tally);
	if (!rule)
		return;
	frame_print("in", in);
	frame_print("out", &run.frame);
	fail_msg("%s: hook %u, verdict %s, returned %d", rule, hook, verdict_name(tally.verdict),
		 run.ret);
}

/* TC sees no tags: they are in the packet's metadata. */
static void strip_tags(struct spec *spec)
{
	if (spec->tag[0].tpid && !spec->tag[2].tpid)
		memset(spec->tag, 0, sizeof(spec->tag));
}

static unsigned int slot_of(const struct spec *spec)
{
	return spec->tag[0].tpid == 0x8100 ? V1000 : spec->tag[1].tpid ? QINQ : BOND0;
}

static void check_everywhere(const struct frame *tagged, const struct frame *bare,
			     unsigned int slot)
{
	check(tagged, HOOK_XDP, 0);
	check(bare, HOOK_TC_INGRESS, device[slot]);
	check(bare, HOOK_TC_EGRESS, device[BOND0]);
}

/* Every length of every kind, at every hook; the headers still say the whole length. */
static void test_truncated(void **state)
{
	static struct frame tagged, bare;

	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < LEN(kinds); i++) {
			struct spec spec = kinds[i];
			uint32_t tagged_len, bare_len;

			frame_build(&tagged, &spec);
			strip_tags(&spec);
			frame_build(&bare, &spec);
			tagged_len = tagged.len;
			bare_len = bare.len;
			arrange(round);
			for (uint32_t len = 14; len <= tagged_len; len++) {
				tagged.len = len;
				bare.len = len < bare_len ? len : bare_len;
				check_everywhere(&tagged, &bare, slot_of(&kinds[i]));
			}
		}
	}
	(void)state;
}

/* Gives the IP packet at `ip` the length `len`, with the right checksum over its header. */
static void set_ip_length(uint8_t *ip, uint16_t len)
{
	uint32_t sum = 0;

	ip[2] = len >> 8;
	ip[3] = len;
	ip[10] = ip[11] = 0;
	for (int i = 0; i < (ip[0] & 15) * 4; i += 2)
		sum += ip[i] << 8 | ip[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	ip[10] = ~sum >> 8;
	ip[11] = ~sum;
}

/* Every length that a header could claim, longer and shorter than the frame: what lies behind the
 * claimed end is not the packet's, so it must come out as it went in. */
static void test_lying_length(void **state)
{
	static struct frame tagged, bare;

	(void)state;
	for (unsigned int i = 0; i < LEN(kinds); i++) {
		struct spec spec = kinds[i];

		if (spec.ethertype)
			continue;
		frame_build(&tagged, &spec);
		strip_tags(&spec);
		frame_build(&bare, &spec);
		arrange(i & 1);
		for (uint32_t len = 0; len < 200 && frame_ip(&bare); len++) {
			set_ip_length(frame_ip(&tagged), len);
			set_ip_length(frame_ip(&bare), len);
			check_everywhere(&tagged, &bare, slot_of(&kinds[i]));
		}
	}
}

/* The transport header lies behind the packet's end: nothing there is a port. */
static void test_ports_in_padding(void **state)
{
	static struct frame frame;
	const struct spec spec = {FROM_V1000, IP(INSIDE, SERVER), TCP(40000, 443, TH_ACK)};

	(void)state;
	for (uint16_t len = 20; len <= 40; len++) {
		struct run run = {.hook = HOOK_XDP};

		arrange(false);
		frame_build(&frame, &spec);
		set_ip_length(frame_ip(&frame), len);
		run.frame = frame;
		assert_int_equal(bench_run(&run), 0);
		assert_int_equal(tally_read().verdict, len < 40 ? V_PASS_TRUNCATED : V_TX);
	}
}

/* One to four bytes of a good packet changed; half the time with the header's checksum repaired, so
 * that it is not all that is tested. */
static void corrupt(struct frame *frame)
{
	uint8_t *ip;

	for (int n = 1 + random() % 4; n; n--)
		frame->data[random() % frame->len] = random();
	ip = frame_ip(frame);
	if (ip && random() % 2 && ip + 60 <= frame->data + FRAME_MAX)
		set_ip_length(ip, ip[2] << 8 | ip[3]);
	if (random() % 8 == 0)
		frame->len = 14 + random() % (frame->len - 13);
}

static void test_corrupt(void **state)
{
	unsigned int seed = time(NULL);
	static struct frame frame;

	(void)state;
	if (getenv("SEED"))
		seed = strtoul(getenv("SEED"), NULL, 0);
	print_message("# SEED=%u\n", seed);
	srandom(seed);
	for (unsigned int i = 0; i < scaled(CORRUPTIONS); i++) {
		struct spec spec = kinds[random() % LEN(kinds)];
		unsigned int slot = slot_of(&spec);
		bool egress = random() % 2;

		if (i % scaled(10000) == 0)
			arrange(i / scaled(10000) % 2);
		frame_build(&frame, &spec);
		corrupt(&frame);
		check(&frame, HOOK_XDP, 0);
		strip_tags(&spec);
		frame_build(&frame, &spec);
		corrupt(&frame);
		check(&frame, egress ? HOOK_TC_EGRESS : HOOK_TC_INGRESS,
		      device[egress ? BOND0 : slot]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_lying_length),
		cmocka_unit_test(test_ports_in_padding),
		cmocka_unit_test(test_corrupt),
	};

	return cases_main("bad", NULL, 0, tests, LEN(tests));
}
