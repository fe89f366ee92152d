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
#define CONFIG_MAX_UPLINKS  16 /* [uplink] sections */
#define CONFIG_MAX_FORWARDS 256
#define CONFIG_MAX_KEYS	    32 /* of all sections together */

enum attach_mode { MODE_AUTO, MODE_NATIVE, MODE_GENERIC, MODE_TC };

struct config_prefix {
	__be32 addr;
	unsigned int len;
};

/* A section [uplink NAME]. */
struct config_uplink {
	char name[IFNAMSIZ];
	unsigned int line;   /* of the file */
	unsigned int policy; /* index into config.policy */
	unsigned int npool;  /* 0: the outside address is chosen */
	__be32 pool[ERXDP_MAX_POOL];
	bool own_exempt_dst, own_exempt_src; /* false: the global list holds */
	unsigned int nexempt_dst;
	struct config_prefix exempt_dst[CONFIG_MAX_PREFIXES];
	unsigned int nexempt_src;
	struct config_prefix exempt_src[CONFIG_MAX_PREFIXES];
};

/* A section [inside PREFIX]. */
struct config_inside {
	struct config_prefix prefix;
	unsigned int policy;
};

/* A line of [forward]. Ports are host byte order. */
struct config_forward {
	uint8_t proto;
	char device[IFNAMSIZ]; /* whose addresses are meant; "uplink": every uplink's; "": addr */
	__be32 addr;
	uint16_t first, last; /* outside ports */
	__be32 inside;
	uint16_t inside_first;
	unsigned int line; /* of the file */
};
#define CONFIG_ANY_UPLINK "uplink"

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
	bool accounting;     /* sessions count their bytes */
	bool forward_bypass; /* attach though the kernel's FORWARD hook drops packets */
	/* 0: [nat]'s; then one for each [uplink] and [inside] section, in the file's order or as
	 * config_keep_policies() has it, with what they leave out taken from [nat]. */
	unsigned int npolicies;
	struct policy policy[ERXDP_MAX_POLICIES];
	unsigned int nuplink_sections;
	struct config_uplink uplink_section[CONFIG_MAX_UPLINKS];
	unsigned int ninside_sections;
	struct config_inside inside_section[ERXDP_MAX_POLICIES];
	unsigned int nforwards;
	struct config_forward forward[CONFIG_MAX_FORWARDS];
	unsigned int line[CONFIG_MAX_KEYS]; /* config_line() */
};

void config_defaults(struct config *config);

/* The section of an uplink; NULL: it has none. */
const struct config_uplink *config_find_uplink(const struct config *config, const char *name);
/* The policy of an inside host on an uplink: of the longest [inside] prefix, else the uplink's. */
unsigned int config_policy_of(const struct config *config, const char *uplink, __be32 inside);
/* The line of a key of [interfaces], [nat] or [timeouts]; 0: it was not given. */
unsigned int config_line(const struct config *config, const char *key);
/*
 * Gives the sections of *next that are in *old too the numbers of their policies there, and the
 * others numbers that nobody has there, as far as these go. So a host that *next says the same of
 * has the same policy all the time while one is put in place of the other.
 */
void config_keep_policies(struct config *next, const struct config *old);
/* "tcp 192.0.2.1:8080" or "udp uplink:5000-5010", as the file has it; of 64 bytes. */
const char *config_forward_name(const struct config_forward *forward, char *text);

/*
 * Reads path over the defaults; a missing file is an error only where `must_exist`. 0, or a
 * negative errno with "FILE:LINE: key: what was expected" in err, and *config untouched.
 */
int config_load(struct config *config, const char *path, bool must_exist, char *err, size_t errlen);

#endif
