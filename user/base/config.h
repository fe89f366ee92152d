/* SPDX-License-Identifier: GPL-2.0-only */
/* The configuration file (INI, read with inih); an empty or missing default file is a valid one. */
#ifndef ERXDP_CONFIG_H
#define ERXDP_CONFIG_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include <erxdp/maps.h>

#define CONFIG_MAX_NAMES    64
#define CONFIG_MAX_PREFIXES 256

enum attach_mode { MODE_AUTO, MODE_NATIVE, MODE_GENERIC, MODE_TC };

struct config_prefix {
	__be32 addr;
	unsigned int len;
};

struct config {
	enum attach_mode mode;
	unsigned int nuplinks; /* 0: the device of the default route */
	char uplink[CONFIG_MAX_NAMES][IFNAMSIZ];
	unsigned int ninside; /* 0: the VLANs on the uplinks' ports */
	char inside[CONFIG_MAX_NAMES][IFNAMSIZ];
	unsigned int nexempt_dst; /* default: 10/8, 172.16/12, 192.168/16 */
	struct config_prefix exempt_dst[CONFIG_MAX_PREFIXES];
	unsigned int nexempt_src;
	struct config_prefix exempt_src[CONFIG_MAX_PREFIXES];
	uint32_t timeout[TIMEOUT_MAX]; /* seconds */
	uint16_t port_min, port_max;
	uint32_t max_sessions;
	unsigned int mark_shift;
};

void config_defaults(struct config *config);

/*
 * Reads path over the defaults; a missing file is an error only where `must_exist`. 0, or a
 * negative errno with "FILE:LINE: key: what was expected" in err, and *config untouched.
 */
int config_load(struct config *config, const char *path, bool must_exist, char *err, size_t errlen);

#endif
