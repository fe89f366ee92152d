/* SPDX-License-Identifier: GPL-2.0-only */
/* erxdp nat ports: how much of the ports of each outside address is in use. */
#ifndef ERXDP_NAT_PORTS_H
#define ERXDP_NAT_PORTS_H

/* The exit code; argv[0] is the action's name. */
int nat_ports(int argc, char **argv);

#endif
