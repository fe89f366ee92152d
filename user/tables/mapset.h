/* SPDX-License-Identifier: GPL-2.0-only */
/* The pinned maps as file descriptors and mappings: what the fib writes and the commands read. */
#ifndef ERXDP_MAPSET_H
#define ERXDP_MAPSET_H

#include <erxdp/maps.h>

struct mapset {
	int ifaces;	  /* hash: iface_key -> iface */
	int routes;	  /* mmapable array of struct route_line */
	int route_chunks; /* mmapable array of struct route_chunk */
	int prefixes;	  /* mmapable array of struct route_record */
	int exempt_dst;	  /* LPM: exempt_key -> __u32 */
	int exempt_src;
	int policies;	      /* mmapable array of struct policy */
	int inside_policies;  /* LPM: prefix_key -> __u32 index into `policies` */
	int endpoints;	      /* hash: endpoint (outside) -> endpoint_owner */
	int inside_endpoints; /* hash: inside_endpoint -> endpoint (outside) */
	int permits;	      /* hash: permit -> __u32 CLOCK_MONOTONIC seconds */
	int nexthops;	      /* mmapable array of struct nexthop */
	int groups;	      /* mmapable array of struct nexthop_group */
	int uplinks;	      /* mmapable array of struct uplink, by slot */
	int bonds;	      /* mmapable array of struct bond, by slot */
	int control;	      /* mmapable array, one struct control */
	int neighbours;	      /* hash: neighbour_key -> neighbour */
	int tx_ports;	      /* devmap hash: ifindex -> ifindex */
	int sessions;	      /* mmapable array of struct session, erxdp/session_table.h */
	int inside_index;     /* mmapable arrays of struct session_bucket */
	int outside_index;
	int session_totals; /* mmapable array, one struct session_totals */
	int counters;	    /* per-CPU array, COUNTER_INDEX */
	int sent;	    /* per-CPU array, slot */
	int hosts;	    /* hash: __be32 -> inside_host */
	int refused;	    /* per-CPU array, one struct refused */
	int erxdp_sweep;    /* a program: removes sessions */
	int erxdp_import;   /* a program: enters sessions */
	int local_ports;    /* mmapable array of __u64, LOCAL_PORT_INDEX */
	int crowds;	    /* mmapable array of struct crowd */
	int port_state;	    /* mmapable array, one struct port_state */

	/* Mapped read-write by mapset_map() in the daemon, read-only elsewhere; NULL before. The
	 * stride of an element in a memory-mapped array is its size rounded up to 8. */
	struct nexthop *nexthop;
	struct route_line *route;
	struct route_chunk *route_chunk;
	struct route_record *prefix;
	struct nexthop_group *group;
	struct uplink *uplink;
	struct bond *bond;
	struct policy *policy;
	struct control *ctl;
	__u64 *local_port; /* how many sockets are bound, by LOCAL_PORT_INDEX */
	struct crowd *crowd;
	struct port_state *ports;
	struct session_totals *totals;
	struct session *session; /* by number; read-only for the daemon too */
	__u32 nsessions;	 /* records there are, number 0 included */
};

/* Opens the maps pinned below ERXDP_PIN_DIR. 0, -ENOENT where nothing is attached, or a negative
 * errno. */
int mapset_open(struct mapset *set);
/* Maps the arrays; writable for the daemon. 0 or a negative errno. */
int mapset_map(struct mapset *set, int writable);
void mapset_close(struct mapset *set);

#endif
