// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>

#include "config_values.h"
#include "prom_text.h"
#include "status.h"

static void ports(FILE *out, const struct status *s)
{
	static const char name[] = "erxdp_port_mode_info";

	prom_head(out, name, "gauge", "How a port is served: native or generic XDP, or tc.");
	for (unsigned int i = 0; i < s->state.nports; i++) {
		fprintf(out, "%s{", name);
		prom_label(out, "device", s->state.port[i].name);
		fprintf(out, ",mode=\"%s\"} 1\n", attach_mode_name(s->state.port[i].mode));
	}
}

static void programs(FILE *out, const struct status *s)
{
	static const char name[] = "erxdp_xdp_attached";

	prom_head(out, name, "gauge", "0 where somebody removed the XDP program from a device.");
	for (unsigned int i = 0; i < s->state.nxdp; i++) {
		fprintf(out, "%s{", name);
		prom_label(out, "device", s->state.xdp[i].name);
		fprintf(out, "} %d\n", !s->xdp_missing[i]);
	}
}

/* What the daemon alone knows. */
static const struct {
	const char *key, *name, *help;
	void (*print)(FILE *out, const char *name, const char *help, uint64_t value);
} answers[] = {
	{"uptime", "erxdp_daemon_uptime_seconds", "Since the daemon has been serving.", prom_gauge},
	{"resyncs", "erxdp_daemon_resyncs_total",
	 "How often all of the kernel's routes were read again.", prom_counter},
	{"overruns", "erxdp_daemon_overruns_total",
	 "How often the kernel's notifications were lost.", prom_counter},
	{"messages", "erxdp_daemon_messages_total", "Notifications of the kernel that were read.",
	 prom_counter},
	{"routes", "erxdp_kernel_routes", "Routes in the kernel's tables.", prom_gauge},
	{"nexthops", "erxdp_nexthops", "Gateways and devices that routes lead to.", prom_gauge},
	{"groups", "erxdp_nexthop_groups", "Groups of nexthops, for ECMP.", prom_gauge},
	{"unresolved", "erxdp_gateways_unresolved", "Gateways whose MAC is not known.", prom_gauge},
};

/* What is told whether erxdp is attached or not. */
static void summary(FILE *out, bool attached, bool good, bool daemon_up)
{
	prom_gauge(out, "erxdp_attached", "1 while erxdp is attached.", attached);
	prom_gauge(out, "erxdp_good",
		   "1 while everything is in its place, the fast path is on and a daemon follows.",
		   good);
	prom_gauge(out, "erxdp_daemon_up", "1 while a daemon follows the kernel's routes.",
		   daemon_up);
}

static void daemon_part(FILE *out, const struct status *s)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]) && s->daemon; i++)
		answers[i].print(out, answers[i].name, answers[i].help,
				 status_daemon_number(s, answers[i].key));
}

void status_prometheus(FILE *out, const struct status *s)
{
	summary(out, true, status_good(s), s->daemon);
	ports(out, s);
	programs(out, s);
	prom_gauge(out, "erxdp_neighbours", "On-link hosts in the programs' table.", s->neighbours);
	prom_gauge(out, "erxdp_reserved_ports", "Ports that sockets of this host are bound to.",
		   s->reserved_ports);
	prom_counter(out, "erxdp_uncounted_sockets_total",
		     "Sockets of this host that were bound beyond what can be counted.",
		     s->sockets_no_room);
	daemon_part(out, s);
}

void status_prometheus_detached(FILE *out)
{
	summary(out, false, false, false);
}
