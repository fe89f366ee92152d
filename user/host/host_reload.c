// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another configuration while packets flow. Everything that can refuse it comes first; then it is
 * put into force by difference, what is added before what goes. What could not be changed without
 * losing packets is refused by its name: devices that XDP would have to be put on or taken off,
 * which resets the rings of many NICs, and what the tables were made for.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "config_values.h"
#include "error.h"
#include "forwards.h"
#include "host.h"
#include "host_recall.h"
#include "log.h"
#include "mirror.h"
#include "rib.h"
#include "sessions.h"

struct reload {
	struct host *h;
	struct config next, old; /* each some 100 kB */
	struct plan plan;	 /* of the next */
	struct error *e;
};

/* line 0: the file does not say it, but did. */
static int __attribute__((format(printf, 3, 4)))
refuse(struct reload *r, unsigned int line, const char *fmt, ...)
{
	char text[520], place[16] = "";
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (line)
		snprintf(place, sizeof(place), ":%u", line);
	return error_set(r->e, -EINVAL, "%.100s%s: %s", r->h->config_path, place, text);
}

/* What another daemon could do. */
static int refuse_without_restart(struct reload *r, unsigned int line, const char *what)
{
	return refuse(r, line,
		      "%s, which a reload cannot do without losing packets; undo that in the file, "
		      "or start another daemon, which keeps the sessions: `kill %d`, then `erxdp "
		      "attach`",
		      what, (int)getpid());
}

static int read_file(struct reload *r)
{
	struct host *h = r->h;
	int err = config_load(&r->next, h->config_path, h->config_named, r->e->text,
			      sizeof(r->e->text));

	if (err)
		return err;
	if (h->mode_named)
		r->next.mode = h->config.mode;
	host_keep_uplinks(h, &r->next);
	config_keep_policies(&r->next, &h->config);
	return 0;
}

static int check_sizes(struct reload *r)
{
	uint32_t room = sessions_room(&r->h->maps), wanted = r->next.max_sessions;

	if (!wanted || wanted == room)
		return 0;
	return refuse(r, config_line(&r->next, "max-sessions"),
		      "max-sessions: %u are wanted, and the tables were made for %u; write "
		      "max-sessions = %u in [nat], or `erxdp detach`, then `erxdp attach`",
		      wanted, room, room);
}

static int check_mode(struct reload *r)
{
	char what[96];

	if (r->next.mode == r->h->config.mode)
		return 0;
	snprintf(what, sizeof(what), "mode: changes from %s to %s",
		 attach_mode_name(r->h->config.mode), attach_mode_name(r->next.mode));
	return refuse_without_restart(r, config_line(&r->next, "mode"), what);
}

/* TC ingress marks what TC egress and the nft table recognise a moment later. */
static int check_mark(struct reload *r)
{
	char what[96];

	if (r->next.mark_shift == r->h->config.mark_shift)
		return 0;
	snprintf(what, sizeof(what), "mark-shift: changes from %u to %u", r->h->config.mark_shift,
		 r->next.mark_shift);
	return refuse_without_restart(r, config_line(&r->next, "mark-shift"), what);
}

/* An uplink is named by the list, or by its section alone. */
static unsigned int line_of(const struct config *config, const struct plan_iface *iface)
{
	const struct config_uplink *section = config_find_uplink(config, iface->name);

	if (!iface->uplink)
		return config_line(config, "inside");
	return section ? section->line : config_line(config, "uplink");
}

static int check_role(struct reload *r, const struct plan_iface *now, const struct plan_iface *then)
{
	bool was = now && now->uplink, becomes = then && then->uplink;
	char what[96];

	if (was == becomes)
		return 0;
	snprintf(what, sizeof(what), "uplink: %s would %s", then ? then->name : now->name,
		 becomes ? "become an uplink" : "be no uplink any more");
	return refuse_without_restart(
		r, becomes ? line_of(&r->next, then) : config_line(&r->next, "uplink"), what);
}

/* Interfaces on the same ports may come and go. */
static int check_ports(struct reload *r)
{
	const struct plan *now = &r->h->plan, *then = &r->plan;
	char what[96];

	for (unsigned int i = 0; i < then->nifaces; i++) {
		const struct plan_iface *iface = &then->iface[i];

		if (plan_find_port(now, iface->port))
			continue;
		snprintf(what, sizeof(what),
			 "inside: %s is added, on a device that is not attached", iface->name);
		return refuse_without_restart(r, line_of(&r->next, iface), what);
	}
	for (unsigned int i = 0; i < now->nports; i++) {
		if (plan_find_port(then, now->port[i].ifindex))
			continue;
		snprintf(what, sizeof(what), "inside: nothing is left on %s, which is attached",
			 now->port[i].name);
		return refuse_without_restart(r, config_line(&r->next, "inside"), what);
	}
	return 0;
}

static int check_named(struct reload *r, const char *key, const char names[][IFNAMSIZ],
		       unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (!rib_find_link_named(mirror_rib(r->h->mirror), names[i]))
			return refuse(
				r, config_line(&r->next, key),
				"%s: there is no interface %s; create it, or correct the name", key,
				names[i]);
	return 0;
}

static int derive_plan(struct reload *r)
{
	char why[400];
	int err = check_named(r, "uplink", r->next.uplink, r->next.nuplinks);

	if (!err)
		err = check_named(r, "inside", r->next.inside, r->next.ninside);
	if (err)
		return err;
	r->plan = r->h->plan;
	err = plan_derive(&r->plan, mirror_rib(r->h->mirror), &r->next, why, sizeof(why));
	return err ? refuse(r, 0, "%s", why) : 0;
}

static int check_interfaces(struct reload *r)
{
	const struct plan *now = &r->h->plan;
	int err = derive_plan(r);

	for (unsigned int i = 0; !err && i < r->plan.nifaces; i++)
		err = check_role(r, plan_find_iface(now, r->plan.iface[i].ifindex),
				 &r->plan.iface[i]);
	for (unsigned int i = 0; !err && i < now->nifaces; i++)
		err = check_role(r, &now->iface[i],
				 plan_find_iface(&r->plan, now->iface[i].ifindex));
	return err ? err : check_ports(r);
}

static int check_forwards(struct reload *r)
{
	return forwards_check(r->h, &r->next, FORWARDS_RELOAD, r->e);
}

/* `auto` would not have attached where rules drop forwarded packets. */
static int check_forward_filter(struct reload *r)
{
	struct error why;

	if (r->next.forward_bypass || !r->h->config.forward_bypass)
		return 0;
	if (!check_firewall_refuses(r->h, &r->next, &why))
		return 0;
	return refuse(r, config_line(&r->next, "forward-filter"), "forward-filter: %s", why.text);
}

static int (*const checks[])(struct reload *r) = {
	read_file,	  check_sizes,	  check_mode,		check_mark,
	check_interfaces, check_forwards, check_forward_filter,
};

static int put_in_force(struct host *h, const struct config *config, struct error *e)
{
	int err;

	h->config = *config;
	err = mirror_reconfigure(h->mirror);
	if (err)
		return error_set(e, err, "%s: the tables cannot be filled: %s", h->config_path,
				 strerror(-err));
	return host_replan(h, e);
}

int host_reload(struct host *h, struct error *e)
{
	static struct reload r;
	struct error again;
	int err = 0;

	r.h = h;
	r.e = e;
	for (size_t i = 0; !err && i < sizeof(checks) / sizeof(checks[0]); i++)
		err = checks[i](&r);
	if (err)
		return err;
	r.old = h->config;
	err = put_in_force(h, &r.next, e);
	if (err && put_in_force(h, &r.old, &again))
		log_err("the configuration before could not be put back whole: %s", again.text);
	return err;
}
