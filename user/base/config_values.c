// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_values.h"

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

int value_mode(const char *text, enum attach_mode *mode)
{
	for (unsigned int i = 0; i < sizeof(mode_names) / sizeof(mode_names[0]); i++) {
		if (!strcmp(text, mode_names[i])) {
			*mode = i;
			return 0;
		}
	}
	return -EINVAL;
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

int value_prefix(const char *text, struct config_prefix *prefix)
{
	char addr[INET_ADDRSTRLEN];
	const char *slash = strchrnul(text, '/');
	struct in_addr in;
	uint32_t len = 32;

	if ((size_t)(slash - text) >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text, slash - text);
	addr[slash - text] = '\0';
	if (inet_pton(AF_INET, addr, &in) != 1)
		return -EINVAL;
	if (*slash && value_number(slash + 1, 0, 32, &len))
		return -EINVAL;
	if (len < 32 && ntohl(in.s_addr) << len)
		return -EINVAL;
	prefix->addr = in.s_addr;
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
