// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "attach.h"
#include "error.h"
#include "load.h"
#include "log.h"
#include "offload.h"
#include "ports.h"

static bool port_receives_by(const struct plan_port *port, unsigned int ifindex)
{
	struct plan_slave dev[PLAN_MAX_SLAVES];
	unsigned int n = plan_receivers(port, dev);

	while (n--) {
		if (dev[n].ifindex == ifindex)
			return true;
	}
	return false;
}

/* Offloads. */

static int uncover_tags(struct state *s, const struct plan_port *port, const struct plan_slave *dev,
			struct error *e)
{
	struct state_offload *row;
	int on = offload_get(dev->name);

	if (on < 0)
		return error_set(e, on, "%s: features cannot be read: %s", dev->name,
				 strerror(-on));
	if (!on)
		return 0;
	row = state_find_offload(s, dev->ifindex);
	if (!row) {
		if (s->noffloads == STATE_MAX_XDP)
			return error_set(e, -E2BIG, "more than %d devices", STATE_MAX_XDP);
		row = &s->offload[s->noffloads++];
		memset(row, 0, sizeof(*row));
		memcpy(row->name, dev->name, IFNAMSIZ);
		row->ifindex = dev->ifindex;
	}
	row->port = port->ifindex;
	row->features |= on;
	/* In the file before on the device: what is off must be known to whoever restores it. */
	state_save(s);
	on = offload_set(dev->name, on, 0, e);
	if (!on)
		log_info("%s: rx-vlan-offload is off while attached, so that XDP sees VLAN tags",
			 dev->name);
	return on;
}

static int cover_tags(struct state *s, struct state_offload *row, struct error *e)
{
	char name[IFNAMSIZ];
	int err;

	/* By its index: the device may have been renamed. */
	if (if_indextoname(row->ifindex, name))
		err = offload_set(name, row->features, 1, e);
	else
		err = error_set(e, -errno, "%s cannot be found: %s", row->name, strerror(errno));
	/* Gone, or fixed: then it was never turned off. */
	if (err && err != -ENXIO && err != -ENODEV && err != -EOPNOTSUPP)
		return err;
	state_drop(s->offload, s->noffloads, row);
	return 0;
}

/* Letting go. */

static int release_xdp(struct state *s, struct state_xdp *row, struct error *e)
{
	int err = xdp_detach(row->name, row->ifindex, e);

	if (!err)
		state_drop(s->xdp, s->nxdp, row);
	return err;
}

/* Of one port, what `keep` does not receive by (NULL: all); goes on after an error. */
static int port_release(struct state *s, unsigned int port, const struct plan_port *keep,
			enum attach_mode mode, struct error *e)
{
	int err, failed = 0;

	for (unsigned int i = s->nxdp; i-- > 0;) {
		struct state_xdp *row = &s->xdp[i];

		if (row->port != port)
			continue;
		if (keep && row->mode == mode &&
		    (mode == MODE_NATIVE || port_receives_by(keep, row->ifindex)))
			continue;
		err = release_xdp(s, row, e);
		failed = err ? err : failed;
	}
	for (unsigned int i = s->noffloads; i-- > 0;) {
		struct state_offload *row = &s->offload[i];

		if (row->port != port || (keep && port_receives_by(keep, row->ifindex)))
			continue;
		err = cover_tags(s, row, e);
		failed = err ? err : failed;
	}
	return failed;
}

int ports_release(struct state *s, struct error *e)
{
	int err, failed = 0;

	for (unsigned int i = s->nports; i-- > 0;) {
		err = port_release(s, s->port[i].ifindex, NULL, MODE_TC, e);
		if (!err)
			state_drop(s->port, s->nports, &s->port[i]);
		failed = err ? err : failed;
	}
	return failed;
}

/* Taking on. */

static struct state_port *state_add_port(struct state *s, const struct plan_port *port,
					 enum attach_mode mode)
{
	struct state_port *row = state_find_port(s, port->ifindex);

	if (!row) {
		if (s->nports == PLAN_MAX_PORTS)
			return NULL;
		row = &s->port[s->nports++];
		memset(row, 0, sizeof(*row));
	}
	memcpy(row->name, port->name, IFNAMSIZ);
	row->ifindex = port->ifindex;
	row->mode = mode;
	row->why[0] = '\0';
	return row;
}

/* Where XDP cannot be had, as opposed to where something is broken. */
static bool xdp_impossible(int err)
{
	return err == -EOPNOTSUPP || err == -EBUSY || err == -EEXIST || err == -EINVAL ||
	       err == -ERANGE || err == -ENOMEM || err == -ENOSPC;
}

/* auto: TC does the work, and the user is told; otherwise the error stands. */
static int fall_back(struct state *s, struct state_port *row, enum attach_mode asked, int err,
		     struct error *e)
{
	struct error ignored;

	port_release(s, row->ifindex, NULL, MODE_TC, &ignored);
	if (!xdp_impossible(err))
		return err;
	if (asked != MODE_AUTO)
		return error_set(e, err, "%s. `--mode auto` would use TC there", e->text);
	row->mode = MODE_TC;
	snprintf(row->why, sizeof(row->why), "%.255s", e->text);
	log_warn("%s. So TC serves %s instead of XDP: it forwards and translates the same "
		 "packets, but slower, since the kernel allocates a buffer for each one first",
		 e->text, row->name);
	return 0;
}

static int port_prepare(struct state *s, const struct plan_port *port, enum attach_mode asked,
			struct error *e)
{
	struct state_port *row = state_find_port(s, port->ifindex);
	enum attach_mode mode = asked == MODE_AUTO ? MODE_NATIVE : asked;
	struct plan_slave dev[PLAN_MAX_SLAVES];
	unsigned int n = plan_receivers(port, dev);
	int err;

	/* A port that auto once gave to TC stays there until the next attach. */
	if (row && row->mode == MODE_TC)
		mode = MODE_TC;
	row = row ? row : state_add_port(s, port, mode);
	if (!row)
		return error_set(e, -E2BIG, "more than %d ports", PLAN_MAX_PORTS);
	row->mode = mode;
	err = port_release(s, port->ifindex, mode == MODE_TC ? NULL : port, mode, e);
	for (unsigned int i = 0; !err && i < n && mode != MODE_TC; i++)
		err = uncover_tags(s, port, &dev[i], e);
	return err ? fall_back(s, row, asked, err, e) : 0;
}

int ports_prepare(struct state *s, struct plan *plan, enum attach_mode mode, struct error *e)
{
	int err = 0;

	for (unsigned int i = s->nports; i-- > 0;) {
		if (plan_find_port(plan, s->port[i].ifindex))
			continue;
		if (port_release(s, s->port[i].ifindex, NULL, MODE_TC, e))
			log_warn("%s", e->text);
		state_drop(s->port, s->nports, &s->port[i]);
	}
	for (unsigned int i = 0; !err && i < plan->nports; i++) {
		err = port_prepare(s, &plan->port[i], mode, e);
		if (!err)
			plan->port[i].tc_only =
				state_find_port(s, plan->port[i].ifindex)->mode == MODE_TC;
	}
	return err;
}

static int device_attach(struct loader *l, struct state *s, const struct plan_port *port,
			 enum attach_mode mode, const struct plan_slave *dev, struct error *e)
{
	struct state_xdp *row = state_find_xdp(s, dev->ifindex), new = {};
	int err;

	memcpy(new.name, dev->name, IFNAMSIZ);
	new.ifindex = dev->ifindex;
	new.port = port->ifindex;
	new.mode = mode;
	err = xdp_attach(l, &new, e);
	if (err)
		return err;
	if (!row && s->nxdp == STATE_MAX_XDP)
		return error_set(e, -E2BIG, "more than %d devices", STATE_MAX_XDP);
	row = row ? row : &s->xdp[s->nxdp++];
	*row = new;
	return 0;
}

static int port_attach(struct loader *l, struct state *s, const struct plan_port *port,
		       enum attach_mode asked, struct error *e)
{
	struct state_port *row = state_find_port(s, port->ifindex);
	struct plan_slave dev[PLAN_MAX_SLAVES];
	unsigned int n = plan_receivers(port, dev);
	int err = 0;

	if (row->mode == MODE_TC)
		return 0;
	if (row->mode == MODE_NATIVE) {
		dev[0].ifindex = port->ifindex;
		memcpy(dev[0].name, port->name, IFNAMSIZ);
		n = 1;
	}
	for (unsigned int i = 0; !err && i < n; i++)
		err = device_attach(l, s, port, row->mode, &dev[i], e);
	return err ? fall_back(s, row, asked, err, e) : 0;
}

int ports_attach(struct loader *l, struct state *s, struct plan *plan, enum attach_mode mode,
		 struct error *e)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < plan->nports; i++) {
		err = port_attach(l, s, &plan->port[i], mode, e);
		if (!err)
			plan->port[i].tc_only =
				state_find_port(s, plan->port[i].ifindex)->mode == MODE_TC;
	}
	return err;
}
