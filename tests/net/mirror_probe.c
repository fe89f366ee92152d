// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mirror alone, in the network namespace it is started in, on maps of its own: no programs are
 * loaded. It takes commands on its standard input and answers each with a line (or more) and "end".
 *
 *     mirror_probe UPLINK [INSIDE...]
 *
 *     quiet            serves notifications until none has come for a while
 *     check FILE       asks the kernel for a route to each address in FILE, and compares
 *     same             reads the kernel's tables anew and compares the model with them
 *     status           the mirror's own figures
 *     get ADDRESS      what the programs would find
 *     buffer BYTES     the size of the receive buffer
 *     stop, start      closes the mirror; starts another one on the same maps
 *     watch FILE       looks these addresses up without a pause, in a thread
 *     unwatch          how many of those answers were not the first one
 *     nexthop ADDRESS  the nexthop it would be sent to, as the programs see it
 *     count            number of prefixes that the programs have, counted
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "dir24.h"
#include "fib_record.h"
#include "mapset.h"
#include "mirror.h"
#include "plan.h"
#include "rib.h"

#define QUIET_MS 40

static struct config config;
static struct mapset maps;
static struct plan plan;
static struct mirror *mirror;

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "mirror_probe: ");
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(1);
}

static int make_map(enum bpf_map_type type, const char *name, size_t key, size_t value,
		    unsigned int n, unsigned int flags)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = flags);
	int fd = bpf_map_create(type, name, key, value, n, &opts);

	if (fd < 0)
		die("map %s: %s", name, strerror(-fd));
	return fd;
}

/* As bpf/maps.h declares them. */
static void make_maps(void)
{
	const size_t prefix = sizeof(struct prefix_key), word = sizeof(__u32);
	const size_t exempt = sizeof(struct exempt_key), endpoint = sizeof(struct endpoint);

	memset(&maps, 0xff, offsetof(struct mapset, nexthop));
	maps.ifaces = make_map(BPF_MAP_TYPE_HASH, "ifaces", sizeof(struct iface_key),
			       sizeof(struct iface), ERXDP_MAX_IFACES * 8, 0);
	maps.routes = make_map(BPF_MAP_TYPE_ARRAY, "routes", word, sizeof(struct route_line),
			       ERXDP_ROUTE_LINES, BPF_F_MMAPABLE);
	maps.route_chunks =
		make_map(BPF_MAP_TYPE_ARRAY, "route_chunks", word, sizeof(struct route_chunk),
			 ERXDP_MAX_ROUTE_CHUNKS, BPF_F_MMAPABLE);
	maps.prefixes = make_map(BPF_MAP_TYPE_ARRAY, "prefixes", word, sizeof(struct route_record),
				 ERXDP_MAX_ROUTES, BPF_F_MMAPABLE);
	maps.exempt_dst = make_map(BPF_MAP_TYPE_LPM_TRIE, "exempt_dst", exempt, word,
				   ERXDP_MAX_EXEMPT, BPF_F_NO_PREALLOC);
	maps.exempt_src = make_map(BPF_MAP_TYPE_LPM_TRIE, "exempt_src", exempt, word,
				   ERXDP_MAX_EXEMPT, BPF_F_NO_PREALLOC);
	maps.inside_policies = make_map(BPF_MAP_TYPE_LPM_TRIE, "inside", prefix, word,
					ERXDP_MAX_POLICIES, BPF_F_NO_PREALLOC);
	maps.policies = make_map(BPF_MAP_TYPE_ARRAY, "policies", word, sizeof(struct policy),
				 ERXDP_MAX_POLICIES, BPF_F_MMAPABLE);
	maps.endpoints = make_map(BPF_MAP_TYPE_HASH, "endpoints", endpoint,
				  sizeof(struct endpoint_owner), 1024, BPF_F_NO_PREALLOC);
	maps.inside_endpoints =
		make_map(BPF_MAP_TYPE_HASH, "inside_endp", sizeof(struct inside_endpoint), endpoint,
			 1024, BPF_F_NO_PREALLOC);
	maps.nexthops = make_map(BPF_MAP_TYPE_ARRAY, "nexthops", word, sizeof(struct nexthop),
				 ERXDP_MAX_NEXTHOPS, BPF_F_MMAPABLE);
	maps.groups = make_map(BPF_MAP_TYPE_ARRAY, "groups", word, sizeof(struct nexthop_group),
			       ERXDP_MAX_GROUPS, BPF_F_MMAPABLE);
	maps.uplinks = make_map(BPF_MAP_TYPE_ARRAY, "uplinks", word, sizeof(struct uplink),
				ERXDP_MAX_IFACES, BPF_F_MMAPABLE);
	maps.bonds = make_map(BPF_MAP_TYPE_ARRAY, "bonds", word, sizeof(struct bond),
			      ERXDP_MAX_IFACES, BPF_F_MMAPABLE);
	maps.policies = make_map(BPF_MAP_TYPE_ARRAY, "policies", word, sizeof(struct policy),
				 ERXDP_MAX_POLICIES, BPF_F_MMAPABLE);
	maps.crowds = make_map(BPF_MAP_TYPE_ARRAY, "crowds", word, sizeof(struct crowd),
			       ERXDP_MAX_CROWDS, BPF_F_MMAPABLE);
	maps.port_state = make_map(BPF_MAP_TYPE_ARRAY, "port_state", word,
				   sizeof(struct port_state), 1, BPF_F_MMAPABLE);
	maps.control = make_map(BPF_MAP_TYPE_ARRAY, "control", word, sizeof(struct control), 1,
				BPF_F_MMAPABLE);
	maps.neighbours =
		make_map(BPF_MAP_TYPE_HASH, "neighbours", sizeof(struct neighbour_key),
			 sizeof(struct neighbour), ERXDP_MAX_NEIGHBOURS, BPF_F_NO_PREALLOC);
	maps.tx_ports =
		make_map(BPF_MAP_TYPE_DEVMAP_HASH, "tx_ports", word, word, ERXDP_MAX_TX_PORTS, 0);
	maps.local_ports = make_map(BPF_MAP_TYPE_ARRAY, "local_ports", word, sizeof(__u64),
				    ERXDP_LOCAL_PORTS, BPF_F_MMAPABLE);
	maps.sessions = make_map(BPF_MAP_TYPE_ARRAY, "sessions", word, sizeof(struct session), 1,
				 BPF_F_MMAPABLE);
	maps.session_totals = make_map(BPF_MAP_TYPE_ARRAY, "totals", word,
				       sizeof(struct session_totals), 1, BPF_F_MMAPABLE);
	if (mapset_map(&maps, 1) < 0)
		die("the maps cannot be mapped");
}

static void start_mirror(void)
{
	char why[160];
	int err = mirror_open(&mirror, &config);

	if (!err)
		err = mirror_dump(mirror);
	if (err < 0)
		die("the mirror cannot be opened: %s", strerror(-err));
	if (plan_derive(&plan, mirror_rib(mirror), &config, why, sizeof(why)) < 0)
		die("%s", why);
	err = mirror_start(mirror, &plan, &maps);
	if (err < 0)
		die("the mirror cannot be started: %s", strerror(-err));
}

static void serve(void)
{
	char why[160];

	mirror_dispatch(mirror);
	if (!mirror_plan_changed(mirror))
		return;
	if (plan_derive(&plan, mirror_rib(mirror), &config, why, sizeof(why)) < 0)
		printf("plan: %s\n", why);
	else
		mirror_replan(mirror, &plan);
}

static bool serve_for(int ms)
{
	struct pollfd fd = {.fd = mirror_fd(mirror), .events = POLLIN};

	if (poll(&fd, 1, ms) <= 0)
		return false;
	serve();
	return true;
}

static void cmd_quiet(const char *arg)
{
	struct mirror_status status;
	int patience = 1000;

	(void)arg;
	do {
		while (serve_for(QUIET_MS))
			;
		mirror_get_status(mirror, &status);
		/* A postponed dump may be up to two seconds away. */
	} while (!status.trusted && strstr(status.why, "anew") && patience--);
}

enum answer { UNICAST, LOCAL, BROADCAST, BLACKHOLE, UNREACHABLE, NOTHING, KERNEL };
static const char *const answer_name[] = {"unicast",	 "local",   "broadcast", "blackhole",
					  "unreachable", "nothing", "kernel"};

struct finding {
	enum answer answer;
	unsigned int n;
	struct hop hop[ERXDP_MAX_MEMBERS];
	bool group;
	bool deferred;	 /* a nexthop among them leaves the packet to the kernel */
	bool unresolved; /* one has a gateway without a MAC, which does, too */
};

static void add_hop(struct finding *v, uint32_t slot)
{
	const volatile struct nexthop *nexthop = &maps.nexthop[slot];
	uint32_t seq, flags;

	do {
		seq = __atomic_load_n(&nexthop->seq, __ATOMIC_ACQUIRE);
		v->hop[v->n].oif = nexthop->oif;
		v->hop[v->n].gateway = nexthop->gateway;
		flags = nexthop->flags;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (seq & 1 || seq != nexthop->seq);
	v->n++;
	v->deferred |= flags & NEXTHOP_DOWN;
	v->unresolved |= !(flags & (NEXTHOP_RESOLVED | NEXTHOP_ONLINK));
}

static void add_group(struct finding *v, uint32_t slot)
{
	const struct nexthop_group *group = &maps.group[slot];
	uint32_t last = 0;

	v->group = true;
	if (!group->count || group->member[group->count - 1].bound != 0x7fffffff)
		die("group %u does not cover the hash", slot);
	for (unsigned int i = 0; i < group->count; i++) {
		if (group->member[i].bound < last)
			die("group %u is not ascending", slot);
		last = group->member[i].bound;
		add_hop(v, group->member[i].nexthop);
	}
}

static struct finding ask_maps(__be32 addr)
{
	static const enum answer kinds[] = {
		[ROUTE_NONE] = NOTHING,
		[ROUTE_NEXTHOP] = UNICAST,
		[ROUTE_GROUP] = UNICAST,
		[ROUTE_LOCAL] = LOCAL,
		[ROUTE_BROADCAST] = BROADCAST,
		[ROUTE_BLACKHOLE] = BLACKHOLE,
		[ROUTE_UNREACHABLE] = UNREACHABLE,
		[ROUTE_KERNEL] = KERNEL,
	};
	uint32_t value = dir24_lookup(maps.route, maps.route_chunk, addr);
	struct finding v = {.answer = kinds[route_kind(value)]};

	if (route_kind(value) == ROUTE_NEXTHOP)
		add_hop(&v, route_index(value));
	if (route_kind(value) == ROUTE_GROUP)
		add_group(&v, route_index(value));
	return v;
}

static int take_attr(const struct nlattr *attr, void *arg)
{
	struct hop *hop = arg;

	if (mnl_attr_get_type(attr) == RTA_OIF)
		hop->oif = mnl_attr_get_u32(attr);
	if (mnl_attr_get_type(attr) == RTA_GATEWAY)
		hop->gateway = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static struct finding read_answer(const struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct finding v = {.answer = UNICAST, .n = 1};

	if (nlh->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *error = mnl_nlmsg_get_payload(nlh);

		v.answer = error->error == -ENETUNREACH ? NOTHING
			   : error->error == -EINVAL	? BLACKHOLE
							: UNREACHABLE;
		return v;
	}
	mnl_attr_parse(nlh, sizeof(*rtm), take_attr, &v.hop[0]);
	if (rtm->rtm_type == RTN_LOCAL)
		v.answer = LOCAL;
	else if (rtm->rtm_type != RTN_UNICAST)
		v.answer = BROADCAST;
	return v;
}

static struct finding ask_kernel(__be32 addr)
{
	static struct mnl_socket *socket;
	char buf[8192];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

	if (!socket) {
		socket = mnl_socket_open(NETLINK_ROUTE);
		mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID);
	}
	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = 32;
	mnl_attr_put_u32(nlh, RTA_DST, addr);
	if (mnl_socket_sendto(socket, nlh, nlh->nlmsg_len) < 0 ||
	    mnl_socket_recvfrom(socket, buf, sizeof(buf)) <= 0)
		die("the kernel does not answer");
	return read_answer((struct nlmsghdr *)buf);
}

static bool agrees(const struct finding *ours, const struct finding *kernel)
{
	if (ours->answer == KERNEL)
		return true;
	if (ours->answer != kernel->answer)
		return false;
	if (ours->answer != UNICAST)
		return true;
	for (unsigned int i = 0; i < ours->n; i++)
		if (ours->hop[i].oif == kernel->hop[0].oif &&
		    ours->hop[i].gateway == kernel->hop[0].gateway)
			return true;
	/* Which unresolved member of a group the kernel tries, it alone knows: it announces no
	 * entry that is just being resolved. */
	return ours->unresolved && ours->group;
}

static void print_finding(const char *who, const struct finding *v)
{
	char gateway[INET_ADDRSTRLEN];

	printf(" %s %s%s", who, answer_name[v->answer], v->deferred ? " deferred" : "");
	for (unsigned int i = 0; i < v->n; i++)
		printf(" dev %u via %s", v->hop[i].oif,
		       inet_ntop(AF_INET, &v->hop[i].gateway, gateway, sizeof(gateway)));
}

static void cmd_check(const char *arg)
{
	unsigned int n = 0, different = 0, deferred = 0;
	FILE *file = fopen(arg, "r");
	char line[64];

	if (!file)
		die("%s: %s", arg, strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		struct finding ours, kernel;
		struct in_addr addr;

		line[strcspn(line, "\n")] = 0;
		if (!inet_aton(line, &addr))
			continue;
		ours = ask_maps(addr.s_addr);
		kernel = ask_kernel(addr.s_addr);
		n++;
		deferred += ours.answer == KERNEL || ours.deferred;
		if (agrees(&ours, &kernel))
			continue;
		different++;
		printf("%s:", line);
		print_finding("maps", &ours);
		print_finding("kernel", &kernel);
		printf("\n");
	}
	fclose(file);
	printf("checked %u different %u deferred %u\n", n, different, deferred);
}

static void cmd_get(const char *arg)
{
	struct finding v = ask_maps(inet_addr(arg));

	printf("%s:", arg);
	print_finding("maps", &v);
	printf("\n");
}

static bool same_route(const struct rib_route *a, const struct rib_route *b)
{
	if (a->nhops != b->nhops ||
	    (a->nhops && memcmp(a->hop, b->hop, a->nhops * sizeof(a->hop[0]))))
		return false;
	return a->table == b->table && a->metric == b->metric && a->tos == b->tos &&
	       a->type == b->type && a->scope == b->scope && a->protocol == b->protocol &&
	       a->nh_id == b->nh_id && a->mtu == b->mtu && a->extra == b->extra &&
	       a->prefsrc == b->prefsrc;
}

static void print_route(const struct rib_route *route)
{
	printf(" [table %u tos %u metric %u type %u scope %u proto %u nhid %u mtu %u extra %x",
	       route->table, route->tos, route->metric, route->type, route->scope, route->protocol,
	       route->nh_id, route->mtu, route->extra);
	for (unsigned int i = 0; i < route->nhops; i++)
		printf(" dev %u%s", route->hop[i].oif, route->hop[i].dead ? " dead" : "");
	printf("]");
}

static void print_routes(const char *whose, const struct rib_prefix *prefix)
{
	const struct rib_route *route = prefix ? prefix->routes : NULL;

	printf(" %s:", whose);
	for (; route; route = route->next)
		print_route(route);
}

static unsigned int compare_prefix(const struct rib_prefix *a, const struct rib *other)
{
	const struct rib_prefix *b = rib_find_prefix(other, a->addr, a->len);
	const struct rib_route *x = a->routes, *y = b ? b->routes : NULL;
	char addr[INET_ADDRSTRLEN];

	for (; x && y; x = x->next, y = y->next)
		if (!same_route(x, y))
			break;
	if (!x && !y)
		return 0;
	printf("%s/%u differs:", inet_ntop(AF_INET, &a->addr, addr, sizeof(addr)), a->len);
	print_routes("one", a);
	print_routes("other", b);
	printf("\n");
	return 1;
}

static unsigned int compare_routes(const struct rib *one, const struct rib *other)
{
	unsigned int different = 0;
	struct hnode *node;

	hash_for_each(node, &one->prefixes)
		different += compare_prefix(hentry(node, struct rib_prefix, node), other);
	return different;
}

static unsigned int compare_nexthops(const struct rib *one, const struct rib *other)
{
	unsigned int different = 0;
	struct hnode *node;

	hash_for_each(node, &one->nexthops) {
		const struct rib_nexthop *a = hentry(node, struct rib_nexthop, node);
		const struct rib_nexthop *b = rib_find_nexthop(other, a->id);

		if (b && a->kind == b->kind && a->hop.oif == b->hop.oif &&
		    a->hop.gateway == b->hop.gateway && a->nmembers == b->nmembers &&
		    (!a->nmembers ||
		     !memcmp(a->member, b->member, a->nmembers * sizeof(*a->member))))
			continue;
		printf("nexthop %u differs\n", a->id);
		different++;
	}
	return different;
}

static unsigned int compare_addresses(const struct rib *one, const struct rib *other)
{
	unsigned int different = 0;
	struct hnode *node;

	hash_for_each(node, &one->links) {
		const struct rib_link *a = hentry(node, struct rib_link, node);
		const struct rib_link *b = rib_find_link(other, a->ifindex);
		unsigned int i = 0;

		if (!a->present)
			continue;
		while (b && i < a->naddress && i < b->naddress &&
		       a->address[i].local == b->address[i].local &&
		       a->address[i].secondary == b->address[i].secondary)
			i++;
		if (b && i == a->naddress && i == b->naddress && a->is.flags == b->is.flags &&
		    a->forwarding == b->forwarding)
			continue;
		printf("link %s differs\n", a->is.name);
		different++;
	}
	return different;
}

static void cmd_same(const char *arg)
{
	unsigned int different;
	struct mirror *fresh;
	const struct rib *a = mirror_rib(mirror), *b;

	(void)arg;
	if (mirror_open(&fresh, &config) < 0 || mirror_dump(fresh) < 0)
		die("the kernel's tables cannot be read");
	b = mirror_rib(fresh);
	different = compare_routes(a, b) + compare_routes(b, a) + compare_nexthops(a, b) +
		    compare_nexthops(b, a) + compare_addresses(a, b) + compare_addresses(b, a);
	printf("routes %u kernel %u different %u\n", a->nroutes, b->nroutes, different);
	mirror_close(fresh);
}

static void cmd_status(const char *arg)
{
	struct mirror_status s;

	(void)arg;
	mirror_get_status(mirror, &s);
	printf("trusted %d flag %d routes %u prefixes %u nexthops %u groups %u neighbours %u "
	       "unresolved %u resyncs %llu overruns %llu addr_gen %u why %s\n",
	       s.trusted, !!(maps.ctl->flags & CONTROL_TRUSTED), s.routes, s.prefixes, s.nexthops,
	       s.groups, s.neighbours, s.unresolved, (unsigned long long)s.resyncs,
	       (unsigned long long)s.overruns, maps.ctl->addr_gen, s.why);
}

static void cmd_count(const char *arg)
{
	(void)arg;
	printf("prefixes %u\n", fib_records_count(maps.prefix, ERXDP_MAX_ROUTES));
}

static void cmd_buffer(const char *arg)
{
	mirror_set_buffer(mirror, atoi(arg));
}

static void cmd_stop(const char *arg)
{
	(void)arg;
	mirror_close(mirror);
	mirror = NULL;
}

static void cmd_start(const char *arg)
{
	(void)arg;
	start_mirror();
}

static void print_mac(const char *name, const uint8_t *mac)
{
	printf(" %s %02x:%02x:%02x:%02x:%02x:%02x", name, mac[0], mac[1], mac[2], mac[3], mac[4],
	       mac[5]);
}

static void cmd_nexthop(const char *arg)
{
	uint32_t value = dir24_lookup(maps.route, maps.route_chunk, inet_addr(arg));
	const struct nexthop *nexthop;

	if (route_kind(value) != ROUTE_NEXTHOP) {
		printf("none\n");
		return;
	}
	nexthop = &maps.nexthop[route_index(value)];
	printf("slot %u%s%s%s%s%s mtu %u row %u", route_index(value),
	       nexthop->flags & NEXTHOP_RESOLVED ? " resolved" : "",
	       nexthop->flags & NEXTHOP_ONLINK ? " onlink" : "",
	       nexthop->flags & NEXTHOP_UPLINK ? " uplink" : "",
	       nexthop->flags & NEXTHOP_DOWN ? " down" : "",
	       nexthop->flags & NEXTHOP_TRANSMIT ? " transmit" : "", nexthop->mtu, nexthop->slot);
	print_mac("dmac", nexthop->dmac);
	print_mac("smac", nexthop->smac);
	printf("\n");
}

static struct watch {
	pthread_t thread;
	volatile bool stop;
	unsigned int n;
	struct watched {
		__be32 addr;
		struct finding first;
	} at[64];
	unsigned long lookups, wrong;
} watched;

static bool same_finding(const struct finding *a, const struct finding *b)
{
	return a->answer == b->answer && a->n == b->n && a->hop[0].oif == b->hop[0].oif &&
	       a->hop[0].gateway == b->hop[0].gateway;
}

static void *watch_all(void *arg)
{
	(void)arg;
	while (!watched.stop) {
		for (unsigned int i = 0; i < watched.n; i++) {
			struct finding now = ask_maps(watched.at[i].addr);

			watched.lookups++;
			watched.wrong += !same_finding(&now, &watched.at[i].first);
		}
	}
	return NULL;
}

static void cmd_watch(const char *arg)
{
	FILE *file = fopen(arg, "r");
	char line[64];

	if (!file)
		die("%s: %s", arg, strerror(errno));
	memset(&watched, 0, sizeof(watched));
	while (watched.n < 64 && fgets(line, sizeof(line), file)) {
		struct watched *w = &watched.at[watched.n++];

		w->addr = inet_addr(strtok(line, "\n"));
		w->first = ask_maps(w->addr);
	}
	fclose(file);
	pthread_create(&watched.thread, NULL, watch_all, NULL);
}

static void cmd_unwatch(const char *arg)
{
	(void)arg;
	watched.stop = true;
	pthread_join(watched.thread, NULL);
	printf("lookups %lu wrong %lu\n", watched.lookups, watched.wrong);
}

static void cmd_tick(const char *arg)
{
	(void)arg;
	mirror_tick(mirror);
}

static const struct command {
	const char *name;
	void (*run)(const char *arg);
} commands[] = {
	{"quiet", cmd_quiet},	  {"check", cmd_check},	    {"same", cmd_same},
	{"status", cmd_status},	  {"get", cmd_get},	    {"buffer", cmd_buffer},
	{"count", cmd_count},	  {"stop", cmd_stop},	    {"start", cmd_start},
	{"tick", cmd_tick},	  {"nexthop", cmd_nexthop}, {"watch", cmd_watch},
	{"unwatch", cmd_unwatch},
};

static void run_command(char *line)
{
	char *name = strtok(line, " \n"), *arg = strtok(NULL, "\n");

	for (unsigned int i = 0; name && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, name))
			commands[i].run(arg ? arg : "");
	printf("end\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char line[256];

	if (argc < 2)
		die("usage: mirror_probe UPLINK [INSIDE...]");
	config_defaults(&config);
	config.nuplinks = 1;
	snprintf(config.uplink[0], IFNAMSIZ, "%s", argv[1]);
	for (int i = 2; i < argc; i++)
		snprintf(config.inside[config.ninside++], IFNAMSIZ, "%s", argv[i]);
	make_maps();
	start_mirror();
	setvbuf(stdin, NULL, _IONBF, 0);
	for (;;) {
		struct pollfd fd[2] = {{.fd = mirror ? mirror_fd(mirror) : -1, .events = POLLIN},
				       {.fd = STDIN_FILENO, .events = POLLIN}};

		if (poll(fd, 2, -1) < 0)
			die("poll: %s", strerror(errno));
		if (fd[1].revents) {
			if (!fgets(line, sizeof(line), stdin))
				return 0;
			run_command(line);
		} else if (fd[0].revents) {
			serve();
		}
	}
}
