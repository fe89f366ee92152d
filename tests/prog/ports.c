// SPDX-License-Identifier: GPL-2.0-only
#include "ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static const char *text_of(uint32_t addr, char text[INET_ADDRSTRLEN])
{
	struct in_addr in = {htonl(addr)};

	return inet_ntop(AF_INET, &in, text, INET_ADDRSTRLEN);
}

int port_of(const struct first_packet *p)
{
	struct run run = {.hook = p->hook, .ifindex = p->hook == HOOK_XDP ? 0 : device[BOND0]};
	char src[INET_ADDRSTRLEN];
	struct spec xdp = {FROM_V1000,		.src = text_of(p->src, src),
			   .dst = SERVER,	.proto = p->proto,
			   .sport = p->port,	.dport = p->dest_port,
			   .tcp_flags = TH_SYN, .type = 8,
			   .echo = p->port};
	struct spec tc = {TO_BOND0,
			  .src = src,
			  .dst = SERVER,
			  .proto = p->proto,
			  .sport = p->port,
			  .dport = p->dest_port,
			  .tcp_flags = TH_SYN,
			  .type = 8,
			  .echo = p->port};
	const uint8_t *l4 = run.frame.data + 14 + 20;
	unsigned int verdict;

	frame_build(&run.frame, p->hook == HOOK_XDP ? &xdp : &tc);
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	verdict = tally_read().verdict;
	if (verdict == V_DROP_NO_PORT)
		return REFUSED;
	if (verdict != V_TX && verdict != V_SLOW_OUT)
		fail_msg("verdict %s", verdict_name(verdict));
	return p->proto == IPPROTO_ICMP ? l4[4] << 8 | l4[5] : l4[0] << 8 | l4[1];
}

int udp_port(uint32_t host, uint16_t port)
{
	const struct first_packet p = {HOOK_XDP, IPPROTO_UDP, HOST_BASE + host, port, DEST_PORT};

	return port_of(&p);
}

void end_session(uint16_t outside)
{
	struct run run = {.hook = HOOK_XDP};
	struct spec spec = {FROM_BOND0, IP(SERVER, PUBLIC), UDP(DEST_PORT, outside)};
	struct flow flow;

	assert_true(mapping_get(flow_of(17, PUBLIC, outside, SERVER, DEST_PORT), &flow));
	session_age(flow, 1000);
	frame_build(&run.frame, &spec);
	assert_int_equal(bench_run(&run), 0);
	assert_false(mapping_get(flow_of(17, PUBLIC, outside, SERVER, DEST_PORT), &flow));
}

void set_range(uint16_t min, uint16_t max)
{
	bench.control->port_min = min;
	bench.control->port_max = max;
}
