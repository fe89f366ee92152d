// SPDX-License-Identifier: GPL-2.0-only
#include "proto_names.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include <erxdp/protocol.h>

static const struct {
	uint8_t proto;
	const char *name;
} names[] = {
	{IPPROTO_ICMP, "icmp"},	       {PROTOCOL_IPIP, "ipip"}, {IPPROTO_TCP, "tcp"},
	{IPPROTO_UDP, "udp"},	       {PROTOCOL_6IN4, "6in4"}, {PROTOCOL_GRE, "gre"},
	{PROTOCOL_ESP, "esp"},	       {PROTOCOL_L2TP, "l2tp"}, {PROTOCOL_SCTP, "sctp"},
	{PROTOCOL_UDPLITE, "udplite"},
};

#define NNAMES (sizeof(names) / sizeof(names[0]))

const char *proto_name(unsigned int proto)
{
	for (size_t i = 0; i < NNAMES; i++)
		if (names[i].proto == proto)
			return names[i].name;
	return NULL;
}

uint8_t proto_parse(const char *name)
{
	for (size_t i = 0; i < NNAMES; i++)
		if (!strcmp(names[i].name, name))
			return names[i].proto;
	return 0;
}
