// SPDX-License-Identifier: GPL-2.0-only
#include "session_filter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "config_values.h"
#include "prefix_mask.h"
#include "proto_names.h"
#include "sessions.h"

static int parse_prefix(const char *arg, struct filter_prefix *prefix)
{
	const char *slash = strchrnul(arg, '/');
	uint32_t len = 32;
	__be32 addr;

	if (value_address(arg, slash - arg, &addr))
		return -EINVAL;
	if (*slash && value_number(slash + 1, 0, 32, &len))
		return -EINVAL;
	prefix->mask = prefix_mask(len);
	prefix->addr = addr & prefix->mask;
	return 0;
}

static int parse_port(const char *arg, __be16 *port, bool *has)
{
	uint32_t value;

	if (value_number(arg, 0, 65535, &value))
		return -EINVAL;
	*port = htons(value);
	*has = true;
	return 0;
}

static int parse_proto(const char *arg, uint8_t *proto)
{
	uint32_t value = proto_parse(arg);
	struct protoent *p = value ? NULL : getprotobyname(arg);

	if (p)
		value = p->p_proto;
	else if (!value && value_number(arg, 0, 255, &value))
		return -EINVAL;
	if (!value || value > 255)
		return -EINVAL;
	*proto = value;
	return 0;
}

static int parse_state(const char *arg, uint8_t *state)
{
	*state = session_state_parse(arg);
	return *state ? 0 : -EINVAL;
}

static int set_option(struct session_filter *f, int option, const char *arg, const char **expected)
{
	static const char address[] = "an IPv4 address, or a prefix like 10.1.0.0/16";
	static const char port[] = "a port, 0 to 65535";

	*expected = address;
	switch (option) {
	case 's':
		return parse_prefix(arg, &f->src);
	case 'd':
		return parse_prefix(arg, &f->dst);
	case FILTER_OUTSIDE:
		return parse_prefix(arg, &f->outside);
	case 'a':
		return parse_prefix(arg, &f->any);
	}
	*expected = port;
	switch (option) {
	case FILTER_SPORT:
		return parse_port(arg, &f->sport, &f->has_sport);
	case FILTER_DPORT:
		return parse_port(arg, &f->dport, &f->has_dport);
	case FILTER_OUTSIDE_PORT:
		return parse_port(arg, &f->outside_port, &f->has_outside_port);
	case FILTER_PORT:
		return parse_port(arg, &f->any_port, &f->has_any_port);
	case 'p':
		*expected = "a protocol: tcp, udp, icmp, gre, esp and so on, or a number, 1 to 255";
		return parse_proto(arg, &f->proto);
	case FILTER_STATE:
		*expected = "a state: new, open, closing or closed";
		return parse_state(arg, &f->state);
	}
	return 1;
}

int session_filter_set(struct session_filter *f, int option, const char *arg, char *err,
		       size_t errlen)
{
	const char *expected;
	int ret = set_option(f, option, arg, &expected);

	if (ret < 0)
		snprintf(err, errlen, "'%s' is not %s", arg, expected);
	return ret;
}

static bool in_prefix(__be32 addr, const struct filter_prefix *prefix)
{
	return (addr & prefix->mask) == prefix->addr;
}

bool session_filter_match(const struct session_filter *f, const struct session *s)
{
	const struct flow *inside = &s->inside;

	if (f->proto && inside->proto != f->proto)
		return false;
	if (f->state && s->state != f->state)
		return false;
	if (f->has_sport && inside->port != f->sport)
		return false;
	if (f->has_dport && inside->remote_port != f->dport)
		return false;
	if (f->has_outside_port && s->outside.port != f->outside_port)
		return false;
	if (f->has_any_port && inside->port != f->any_port && inside->remote_port != f->any_port &&
	    s->outside.port != f->any_port)
		return false;
	if (!in_prefix(inside->addr, &f->any) && !in_prefix(inside->remote, &f->any) &&
	    !in_prefix(s->outside.addr, &f->any))
		return false;
	return in_prefix(inside->addr, &f->src) && in_prefix(inside->remote, &f->dst) &&
	       in_prefix(s->outside.addr, &f->outside);
}
