// SPDX-License-Identifier: GPL-2.0-only
/* All that an attach asks before it changes anything: what attach itself refuses for, then the
 * subjects. */
#include <errno.h>

#include <erxdp/abi.h>

#include "check.h"
#include "error.h"
#include "forwards.h"
#include "host.h"
#include "load.h"
#include "mirror.h"
#include "pins.h"
#include "preflight.h"

int check_refuse(struct check *c, const char *key, const char *subject, const char *text,
		 const char *remedy)
{
	struct finding *finding = finding_add(&c->found, SEVERITY_ERROR, key, subject);

	finding_say(finding, "%s", text);
	finding_remedy(finding, "%s", remedy);
	return -1;
}

static int look_at_host(struct check *c)
{
	struct error e;
	int err = preflight(&e);

	if (err == -EOPNOTSUPP)
		return check_refuse(c, "kernel-version", "kernel", e.text,
				    "apt install linux-image-amd64");
	if (err)
		return check_refuse(c, "permission", "process", e.text, "sudo erxdp check");
	if (host_check_netns(&e))
		return check_refuse(c, "netns", "namespace", e.text, "erxdp detach");
	if (pins_check(&e))
		return check_refuse(c, "pins", ERXDP_PIN_DIR, e.text, "erxdp detach");
	return 0;
}

static int make_plan(struct check *c, struct host *h)
{
	struct error e;

	if (mirror_open(&h->mirror, &h->config) || mirror_dump(h->mirror))
		return check_refuse(c, "routes", "rtnetlink", "the kernel's routes cannot be read",
				    "ip route show");
	if (plan_derive(&h->plan, mirror_rib(h->mirror), &h->config, e.text, sizeof(e.text)))
		return check_refuse(c, "interfaces", "interfaces", e.text,
				    "ip -d link show; ip route show");
	c->plan = &h->plan;
	if (forwards_check(h, &h->config, h->adopted ? FORWARDS_ADOPT : FORWARDS_ATTACH, &e))
		check_refuse(c, "forward", "[forward]", e.text, "ss -lntup");
	return 0;
}

void check_attach(struct check *c, struct host *h)
{
	unsigned int abi;

	loader_quiet();
	c->config = &h->config;
	if (look_at_host(c))
		return;
	h->adopted = pins_look(&abi) == PINS_OURS;
	if (!make_plan(c, h))
		check_host(c, h);
}
