/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of the protocols that sessions are of. They are told without /etc/protocols, which a
 * minimal host may lack, and which means another protocol (94) by "ipip". */
#ifndef ERXDP_PROTO_NAMES_H
#define ERXDP_PROTO_NAMES_H

#include <stdint.h>

/* NULL: none of those. */
const char *proto_name(unsigned int proto);
/* Of a name in the list; 0: none of those. */
uint8_t proto_parse(const char *name);

#endif
