// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "check.h"
#include "config.h"
#include "error.h"
#include "host.h"
#include "legacy_rules.h"
#include "log.h"
#include "mirror.h"
#include "nft_rules.h"
#include "ruleset.h"

static void (*const subjects[])(struct check *c) = {
	check_kernel,  check_devices, check_offloads, check_programs, check_bonds,
	check_routing, check_sysctls, check_services, check_memory,
};

static void read_rules(struct check *c, struct ruleset *rs)
{
	static const struct {
		int (*read)(struct ruleset *rs, struct error *e);
		const char *remedy;
	} readers[] = {{nft_rules_read, "nft list ruleset"},
		       {legacy_rules_read, "iptables-legacy-save"}};
	struct error e;

	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		struct finding *finding;

		if (!readers[i].read(rs, &e))
			continue;
		finding = finding_add(&c->found, SEVERITY_WARNING, "firewall-unknown", "firewall");
		finding_say(finding, "%s, so what the fast path would bypass is not known", e.text);
		finding_remedy(finding, "%s", readers[i].remedy);
	}
}

static void check_rules(struct check *c)
{
	struct ruleset rs = {};

	read_rules(c, &rs);
	check_firewall(c, &rs);
	check_nat(c, &rs);
	ruleset_free(&rs);
}

static void look_at(struct check *c, const struct host *h, const struct config *config)
{
	c->config = config;
	c->config_path = h->config_path;
	c->rib = mirror_rib(h->mirror);
	c->plan = &h->plan;
	c->attached = h->adopted;
}

void check_host(struct check *c, const struct host *h)
{
	look_at(c, h, &h->config);
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		subjects[i](c);
	check_rules(c);
}

static void take_error(struct error *e, const struct finding *finding)
{
	if (*finding->remedy)
		error_set(e, -EPERM, "%s: %s; remedy: %s", finding->subject, finding->text,
			  finding->remedy);
	else
		error_set(e, -EPERM, "%s: %s", finding->subject, finding->text);
}

static int take_errors(struct check *c, struct error *e)
{
	bool refused = false;

	for (size_t i = 0; i < c->found.n; i++) {
		if (c->found.list[i]->severity != SEVERITY_ERROR)
			continue;
		if (refused)
			log_err("%s", e->text);
		take_error(e, c->found.list[i]);
		refused = true;
	}
	if (!refused && c->found.lost)
		error_set(e, -ENOMEM, "out of memory");
	refused |= c->found.lost;
	findings_free(&c->found);
	return refused ? -EPERM : 0;
}

int check_refuses(const struct host *h, struct error *e)
{
	struct check c = {};

	check_host(&c, h);
	return take_errors(&c, e);
}

int check_firewall_refuses(const struct host *h, const struct config *config, struct error *e)
{
	struct ruleset rs = {};
	struct check c = {};

	look_at(&c, h, config);
	read_rules(&c, &rs);
	check_firewall(&c, &rs);
	ruleset_free(&rs);
	return take_errors(&c, e);
}

bool check_wants_native(const struct check *c)
{
	return c->config->mode == MODE_AUTO || c->config->mode == MODE_NATIVE;
}

struct finding *check_no_native(struct check *c, unsigned int port, const char *key,
				const char *subject)
{
	if (!check_wants_native(c))
		return NULL;
	c->no_xdp[port] = true;
	return finding_add(&c->found,
			   c->config->mode == MODE_NATIVE ? SEVERITY_ERROR : SEVERITY_WARNING, key,
			   subject);
}

const struct plan_iface *check_find_iface(const struct check *c, const char *name)
{
	for (unsigned int i = 0; i < c->plan->nifaces; i++)
		if (!strcmp(c->plan->iface[i].name, name))
			return &c->plan->iface[i];
	return NULL;
}
