// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "attach.h"
#include "clsact.h"
#include "error.h"
#include "interfaces.h"
#include "load.h"

static bool plan_has(const struct plan *plan, unsigned int ifindex)
{
	return plan && plan_find_iface(plan, ifindex);
}

static int detach_side(struct state *s, const struct plan *keep, enum tc_side side, struct error *e)
{
	int err, failed = 0;

	for (unsigned int i = 0; i < s->ntc; i++) {
		if (plan_has(keep, s->tc[i].ifindex))
			continue;
		err = tc_detach(s->tc[i].name, s->tc[i].ifindex, side, e);
		failed = err ? err : failed;
	}
	return failed;
}

int interfaces_detach(struct state *s, const struct plan *keep, struct error *e)
{
	int err = detach_side(s, keep, TC_INGRESS, e);

	if (!err)
		err = detach_side(s, keep, TC_EGRESS, e);
	for (unsigned int i = s->ntc; !err && i-- > 0;) {
		if (plan_has(keep, s->tc[i].ifindex))
			continue;
		if (s->tc[i].qdisc)
			clsact_remove_empty(s->tc[i].ifindex);
		state_drop(s->tc, s->ntc, &s->tc[i]);
	}
	return err;
}

static struct state_tc *state_add_tc(struct state *s, const struct plan_iface *iface)
{
	struct state_tc *row = state_find_tc(s, iface->ifindex);

	if (!row) {
		row = &s->tc[s->ntc++];
		memset(row, 0, sizeof(*row));
	}
	row->ifindex = iface->ifindex;
	memcpy(row->name, iface->name, IFNAMSIZ);
	return row;
}

int interfaces_attach(struct loader *l, struct state *s, const struct plan *plan, struct error *e)
{
	int err = interfaces_detach(s, plan, e);

	for (unsigned int i = 0; !err && i < plan->nifaces; i++)
		err = tc_attach(l, state_add_tc(s, &plan->iface[i]), TC_EGRESS, e);
	for (unsigned int i = 0; !err && i < plan->nifaces; i++)
		err = tc_attach(l, state_add_tc(s, &plan->iface[i]), TC_INGRESS, e);
	return err;
}

bool interfaces_intact(const struct state *s)
{
	char name[IFNAMSIZ];

	for (unsigned int i = 0; i < s->ntc; i++) {
		if (!if_indextoname(s->tc[i].ifindex, name))
			continue;
		if (!tc_is_attached(&s->tc[i], TC_INGRESS) || !tc_is_attached(&s->tc[i], TC_EGRESS))
			return false;
	}
	return true;
}
