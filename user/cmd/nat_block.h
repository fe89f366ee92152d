/* SPDX-License-Identifier: GPL-2.0-only */
/* erxdp nat block: the port block of an inside host, or the host behind an outside port. */
#ifndef ERXDP_NAT_BLOCK_H
#define ERXDP_NAT_BLOCK_H

/* The exit code; argv[0] is the action's name. */
int nat_block(int argc, char **argv);

#endif
