/* SPDX-License-Identifier: GPL-2.0-only */
/* erxdp nat hosts: who has how many sessions. */
#ifndef ERXDP_NAT_HOSTS_H
#define ERXDP_NAT_HOSTS_H

/* The exit code; argv[0] is the action's name. */
int nat_hosts(int argc, char **argv);

#endif
