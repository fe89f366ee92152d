/* SPDX-License-Identifier: GPL-2.0-only */
/* The values a configuration key can have, each read from its text. */
#ifndef ERXDP_CONFIG_VALUES_H
#define ERXDP_CONFIG_VALUES_H

#include "config.h"

/* Each returns 0 and sets what it points to, or -EINVAL and leaves it. */
int value_mode(const char *text, enum attach_mode *mode);
/* "300", "5m", "2h4m": seconds */
int value_duration(const char *text, uint32_t *seconds);
int value_number(const char *text, uint32_t min, uint32_t max, uint32_t *number);
/* "1024-65535" */
int value_ports(const char *text, uint16_t *min, uint16_t *max);
/* An address, of the first len characters. */
int value_address(const char *text, size_t len, __be32 *addr);
/* "10.0.0.0/8", or an address alone */
int value_prefix(const char *text, struct config_prefix *prefix);
/* "203.0.113.5" or "203.0.113.8-203.0.113.11", added to the *n that there are; also -E2BIG */
int value_pool(const char *text, __be32 pool[ERXDP_MAX_POOL], unsigned int *n);
/* "8080", "5000-5010" */
int value_port_range(const char *text, uint16_t *first, uint16_t *last);
/* One of n words; the index of it */
int value_word(const char *text, const char *const words[], unsigned int n, unsigned int *word);
/* The name of a network device, as dev_valid_name() in the kernel has it. */
int value_device(const char *text, char name[IFNAMSIZ]);

const char *attach_mode_name(enum attach_mode mode);

#endif
