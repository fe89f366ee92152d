// SPDX-License-Identifier: GPL-2.0-only
/* The keys: where each may stand, how its value is read, what was expected. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "config_parts.h"
#include "config_values.h"

static void *field_of(const struct key *key, void *base)
{
	return (char *)base + key->field;
}

static unsigned int *count_of(const struct key *key, void *base)
{
	return (unsigned int *)((char *)base + key->count);
}

static int read_mode(const struct key *key, void *base, const char *text)
{
	return value_mode(text, field_of(key, base));
}

static int read_number(const struct key *key, void *base, const char *text)
{
	return value_number(text, 0, key->max, field_of(key, base));
}

static int read_duration(const struct key *key, void *base, const char *text)
{
	return value_duration(text, field_of(key, base));
}

static int read_ports(const struct key *key, void *base, const char *text)
{
	struct config *config = base;

	(void)key;
	return value_ports(text, &config->port_min, &config->port_max);
}

static int read_device(const struct key *key, void *base, const char *text)
{
	char(*names)[IFNAMSIZ] = field_of(key, base);
	unsigned int *count = count_of(key, base);

	if (*count == key->max)
		return -E2BIG;
	return value_device(text, names[*count]) ? -EINVAL : ((*count)++, 0);
}

static int read_prefix(const struct key *key, void *base, const char *text)
{
	struct config_prefix *prefixes = field_of(key, base);
	unsigned int *count = count_of(key, base);

	if (*count == key->max)
		return -E2BIG;
	return value_prefix(text, &prefixes[*count]) ? -EINVAL : ((*count)++, 0);
}

static int read_behaviour(const struct key *key, void *base, const char *text)
{
	static const char *const words[] = {[BEHAVIOUR_COMPAT] = "compat", [BEHAVIOUR_RFC] = "rfc"};
	unsigned int word;

	if (value_word(text, words, sizeof(words) / sizeof(words[0]), &word))
		return -EINVAL;
	*(__u8 *)field_of(key, base) = word;
	return 0;
}

static int read_filtering(const struct key *key, void *base, const char *text)
{
	static const char *const words[] = {
		[FILTERING_ENDPOINT_INDEPENDENT] = "endpoint-independent",
		[FILTERING_ADDRESS] = "address",
		[FILTERING_ADDRESS_PORT] = "address-and-port",
	};
	unsigned int word;

	if (value_word(text, words, sizeof(words) / sizeof(words[0]), &word))
		return -EINVAL;
	*(__u8 *)field_of(key, base) = word;
	return 0;
}

static int read_refresh(const struct key *key, void *base, const char *text)
{
	static const char *const words[] = {"no", "yes"};
	struct policy *policy = base;
	unsigned int word;

	(void)key;
	if (value_word(text, words, 2, &word))
		return -EINVAL;
	policy->flags &= ~POLICY_INBOUND_REFRESH;
	policy->flags |= word ? POLICY_INBOUND_REFRESH : 0;
	return 0;
}

/* The second word of two means true. */
static int read_bool(const struct key *key, void *base, const char *text,
		     const char *const words[2])
{
	unsigned int word;

	if (value_word(text, words, 2, &word))
		return -EINVAL;
	*(bool *)field_of(key, base) = word;
	return 0;
}

static int read_forward_filter(const struct key *key, void *base, const char *text)
{
	return read_bool(key, base, text, (const char *const[]){"auto", "bypass"});
}

static int read_accounting(const struct key *key, void *base, const char *text)
{
	return read_bool(key, base, text, (const char *const[]){"no", "yes"});
}

static int read_block_prefix(const struct key *key, void *base, const char *text)
{
	struct policy *policy = base;
	struct config_prefix prefix;

	(void)key;
	if (value_prefix(text, &prefix))
		return -EINVAL;
	policy->block_prefix = prefix.addr;
	policy->block_prefixlen = prefix.len;
	return 0;
}

static int read_block_size(const struct key *key, void *base, const char *text)
{
	uint32_t size;

	if (value_number(text, 1, key->max, &size) || (size & (size - 1)))
		return -EINVAL;
	*(__u32 *)field_of(key, base) = size;
	return 0;
}

static int read_pool(const struct key *key, void *base, const char *text)
{
	return value_pool(text, field_of(key, base), count_of(key, base));
}

#define A_DURATION "a duration such as 300, 5m or 2h4m"
#define A_DEVICE   "names of network devices such as bond0"
#define A_PREFIX   "prefixes such as 10.0.0.0/8 (bits behind the length zero)"
#define A_SOURCE                              \
	"addresses and ranges, at most " STR( \
		ERXDP_MAX_POOL) " in all, such as 203.0.113.8-203.0.113.11"
#define A_RATE_MAX 1000000
#define A_BLOCK	   32768
#define STR_(x)	   #x
#define STR(x)	   STR_(x)
#define FIELD(f)   offsetof(struct config, f)
#define POLICY(f)  offsetof(struct policy, f)
#define UPLINK(f)  offsetof(struct config_uplink, f)
/* What is said of all inside hosts, of those that leave by an uplink, or of those of a prefix. */
#define OF_POLICY (SECTION_NAT | SECTION_UPLINK | SECTION_INSIDE)

const struct key config_keys[] = {
	{SECTION_INTERFACES, "uplink", A_DEVICE, read_device, IN_CONFIG, FIELD(uplink),
	 FIELD(nuplinks), CONFIG_MAX_NAMES},
	{SECTION_INTERFACES, "inside", A_DEVICE, read_device, IN_CONFIG, FIELD(inside),
	 FIELD(ninside), CONFIG_MAX_NAMES},
	{SECTION_INTERFACES, "mode", "auto, native, generic or tc", read_mode, IN_CONFIG,
	 FIELD(mode), 0, 0},
	{SECTION_INTERFACES, "forward-filter", "auto or bypass", read_forward_filter, IN_CONFIG,
	 FIELD(forward_bypass), 0, 0},
	{SECTION_NAT, "exempt-destination", A_PREFIX, read_prefix, IN_CONFIG, FIELD(exempt_dst),
	 FIELD(nexempt_dst), CONFIG_MAX_PREFIXES},
	{SECTION_NAT, "exempt-source", A_PREFIX, read_prefix, IN_CONFIG, FIELD(exempt_src),
	 FIELD(nexempt_src), CONFIG_MAX_PREFIXES},
	{SECTION_NAT, "ports", "a range such as 1024-65535", read_ports, IN_CONFIG, FIELD(port_min),
	 0, 0},
	{SECTION_NAT, "max-sessions", "a number from 0 to " STR(ERXDP_MAX_SESSIONS), read_number,
	 IN_CONFIG, FIELD(max_sessions), 0, ERXDP_MAX_SESSIONS},
	{SECTION_NAT, "accounting", "yes or no", read_accounting, IN_CONFIG, FIELD(accounting), 0,
	 0},
	{SECTION_NAT, "mark-shift", "a number from 0 to 30", read_number, IN_CONFIG,
	 FIELD(mark_shift), 0, 30},
	{SECTION_UPLINK, "source", A_SOURCE, read_pool, IN_UPLINK, UPLINK(pool), UPLINK(npool),
	 ERXDP_MAX_POOL},
	{SECTION_UPLINK, "exempt-destination", A_PREFIX, read_prefix, IN_UPLINK, UPLINK(exempt_dst),
	 UPLINK(nexempt_dst), CONFIG_MAX_PREFIXES},
	{SECTION_UPLINK, "exempt-source", A_PREFIX, read_prefix, IN_UPLINK, UPLINK(exempt_src),
	 UPLINK(nexempt_src), CONFIG_MAX_PREFIXES},
	{OF_POLICY, "behaviour", "compat or rfc", read_behaviour, IN_POLICY, POLICY(behaviour), 0,
	 0},
	{OF_POLICY, "filtering", "endpoint-independent, address or address-and-port",
	 read_filtering, IN_POLICY, POLICY(filtering), 0, 0},
	{OF_POLICY, "inbound-refresh", "yes or no", read_refresh, IN_POLICY, POLICY(flags), 0, 0},
	{OF_POLICY, "max-sessions-per-host",
	 "a number from 0 (no limit) to " STR(ERXDP_MAX_SESSIONS), read_number, IN_POLICY,
	 POLICY(max_sessions), 0, ERXDP_MAX_SESSIONS},
	{OF_POLICY, "new-sessions-per-second", "a number from 0 (no limit) to " STR(A_RATE_MAX),
	 read_number, IN_POLICY, POLICY(max_rate), 0, A_RATE_MAX},
	{OF_POLICY, "port-block-prefix",
	 "a prefix such as 10.0.2.0/24 (bits behind the length zero)", read_block_prefix, IN_POLICY,
	 POLICY(block_prefix), 0, 0},
	{OF_POLICY, "port-block-size", "a power of two from 1 to " STR(A_BLOCK), read_block_size,
	 IN_POLICY, POLICY(block_size), 0, A_BLOCK},
	{SECTION_TIMEOUTS, "udp", A_DURATION, read_duration, IN_CONFIG, FIELD(timeout[TIMEOUT_UDP]),
	 0, 0},
	{SECTION_TIMEOUTS, "tcp-established", A_DURATION, read_duration, IN_CONFIG,
	 FIELD(timeout[TIMEOUT_TCP_ESTABLISHED]), 0, 0},
	{SECTION_TIMEOUTS, "tcp-transitory", A_DURATION, read_duration, IN_CONFIG,
	 FIELD(timeout[TIMEOUT_TCP_TRANSITORY]), 0, 0},
	{SECTION_TIMEOUTS, "tcp-closing", A_DURATION, read_duration, IN_CONFIG,
	 FIELD(timeout[TIMEOUT_TCP_CLOSING]), 0, 0},
	{SECTION_TIMEOUTS, "icmp", A_DURATION, read_duration, IN_CONFIG,
	 FIELD(timeout[TIMEOUT_ICMP]), 0, 0},
	{SECTION_TIMEOUTS, "other", A_DURATION, read_duration, IN_CONFIG,
	 FIELD(timeout[TIMEOUT_OTHER]), 0, 0},
};

const unsigned int config_nkeys = sizeof(config_keys) / sizeof(config_keys[0]);
_Static_assert(sizeof(config_keys) / sizeof(config_keys[0]) <= CONFIG_MAX_KEYS, "rows of given");

const struct key *config_find_key(enum section section, const char *name)
{
	for (unsigned int i = 0; i < config_nkeys; i++) {
		if (config_keys[i].sections & section && !strcmp(config_keys[i].name, name))
			return &config_keys[i];
	}
	return NULL;
}

unsigned int config_line(const struct config *config, const char *name)
{
	for (unsigned int i = 0; i < config_nkeys; i++) {
		if (config->line[i] && !strcmp(config_keys[i].name, name))
			return config->line[i];
	}
	return 0;
}

unsigned int config_given(const struct parser *p, unsigned int policy, const char *name)
{
	for (unsigned int i = 0; i < config_nkeys; i++) {
		if (p->given[policy][i] && !strcmp(config_keys[i].name, name))
			return p->given[policy][i];
	}
	return 0;
}
