// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_values.h"
#include "prefix_mask.h"

static const char *const mode_names[] = {
	[MODE_AUTO] = "auto",
	[MODE_NATIVE] = "native",
	[MODE_GENERIC] = "generic",
	[MODE_TC] = "tc",
};

const char *attach_mode_name(enum attach_mode mode)
{
	return mode_names[mode];
}

int value_word(const char *text, const char *const words[], unsigned int n, unsigned int *word)
{
	for (unsigned int i = 0; i < n; i++) {
		if (!strcmp(text, words[i])) {
			*word = i;
			return 0;
		}
	}
	return -EINVAL;
}

int value_mode(const char *text, enum attach_mode *mode)
{
	unsigned int word;

	if (value_word(text, mode_names, sizeof(mode_names) / sizeof(mode_names[0]), &word))
		return -EINVAL;
	*mode = word;
	return 0;
}

/* Digits only: strtoul() would take signs and blanks. Stops behind the last one. */
static int take_number(const char **text, uint32_t *number)
{
	uint64_t n = 0;
	const char *p = *text;

	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	for (; isdigit((unsigned char)*p); p++) {
		n = n * 10 + (*p - '0');
		if (n > UINT32_MAX)
			return -EINVAL;
	}
	*text = p;
	*number = n;
	return 0;
}

int value_number(const char *text, uint32_t min, uint32_t max, uint32_t *number)
{
	uint32_t n;

	if (take_number(&text, &n) || *text || n < min || n > max)
		return -EINVAL;
	*number = n;
	return 0;
}

static uint32_t unit_seconds(char unit)
{
	switch (unit) {
	case 'd':
		return 86400;
	case 'h':
		return 3600;
	case 'm':
		return 60;
	case 's':
		return 1;
	}
	return 0;
}

#define DURATION_MAX (366U * 86400)

int value_duration(const char *text, uint32_t *seconds)
{
	uint64_t sum = 0;
	uint32_t n, unit, last = UINT32_MAX;

	if (!value_number(text, 1, DURATION_MAX, seconds))
		return 0;
	while (*text) {
		if (take_number(&text, &n))
			return -EINVAL;
		unit = unit_seconds(*text);
		/* Units descend, so "5m2h" and "5m5m" are slips. */
		if (!unit || unit >= last)
			return -EINVAL;
		text++;
		last = unit;
		sum += (uint64_t)n * unit;
	}
	if (!sum || sum > DURATION_MAX)
		return -EINVAL;
	*seconds = sum;
	return 0;
}

int value_ports(const char *text, uint16_t *min, uint16_t *max)
{
	uint32_t low, high;

	if (take_number(&text, &low) || *text++ != '-' || take_number(&text, &high) || *text)
		return -EINVAL;
	if (!low || low > high || high > UINT16_MAX)
		return -EINVAL;
	*min = low;
	*max = high;
	return 0;
}

int value_port_range(const char *text, uint16_t *first, uint16_t *last)
{
	uint32_t port;

	if (strchr(text, '-'))
		return value_ports(text, first, last);
	if (value_number(text, 1, UINT16_MAX, &port))
		return -EINVAL;
	*first = *last = port;
	return 0;
}

/* What can be an outside address: not 0/8, 127/8, multicast or above. */
static bool is_unicast(uint32_t addr)
{
	return addr >> 24 && addr >> 24 != 127 && addr < 0xe0000000;
}

int value_address(const char *text, size_t len, __be32 *addr)
{
	char copy[INET_ADDRSTRLEN];
	struct in_addr in;

	if (len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (inet_pton(AF_INET, copy, &in) != 1)
		return -EINVAL;
	*addr = in.s_addr;
	return 0;
}

int value_pool(const char *text, __be32 pool[ERXDP_MAX_POOL], unsigned int *n)
{
	const char *dash = strchrnul(text, '-');
	__be32 first, last;
	uint32_t low, high;

	if (value_address(text, dash - text, &first))
		return -EINVAL;
	last = first;
	if (*dash && value_address(dash + 1, strlen(dash + 1), &last))
		return -EINVAL;
	low = ntohl(first);
	high = ntohl(last);
	if (!is_unicast(low) || !is_unicast(high) || low > high || high - low >= ERXDP_MAX_POOL)
		return -EINVAL;
	if (*n + high - low >= ERXDP_MAX_POOL)
		return -E2BIG;
	for (uint32_t addr = low; addr <= high; addr++)
		pool[(*n)++] = htonl(addr);
	return 0;
}

int value_prefix(const char *text, struct config_prefix *prefix)
{
	const char *slash = strchrnul(text, '/');
	uint32_t len = 32;
	__be32 addr;

	if (value_address(text, slash - text, &addr))
		return -EINVAL;
	if (*slash && value_number(slash + 1, 0, 32, &len))
		return -EINVAL;
	if (addr & ~prefix_mask(len))
		return -EINVAL;
	prefix->addr = addr;
	prefix->len = len;
	return 0;
}

int value_device(const char *text, char name[IFNAMSIZ])
{
	size_t len = strlen(text);

	if (!len || len >= IFNAMSIZ || !strcmp(text, ".") || !strcmp(text, ".."))
		return -EINVAL;
	for (const char *p = text; *p; p++) {
		if (*p == '/' || *p == ':' || *p == '=' || !isgraph((unsigned char)*p))
			return -EINVAL;
	}
	memcpy(name, text, len + 1);
	return 0;
}
