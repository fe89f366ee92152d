// SPDX-License-Identifier: GPL-2.0-only
/* erxdp check: what would be attached, and what stands in the way. Changes nothing. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <erxdp/abi.h>

#include "check.h"
#include "check_print.h"
#include "cmd.h"
#include "cmd_common.h"
#include "error.h"
#include "forwards.h"
#include "host.h"
#include "load.h"
#include "log.h"
#include "mirror.h"
#include "output.h"
#include "pins.h"
#include "preflight.h"
#include "rundir.h"

static const char help[] =
	"usage: erxdp check [OPTIONS]\n"
	"\n"
	"What would be attached, and what stands in the way: each with a sentence and a\n"
	"remedy. Changes nothing. Exit code 0: ready; 1: an error is among it, and\n"
	"`erxdp attach` would refuse.\n"
	"\n"
	"  -c, --config FILE   configuration instead of " ERXDP_CONFIG_FILE "\n"
	"  -j, --json          print JSON\n"
	"  -h, --help          print this\n";

struct wishes {
	const char *config;
	bool json;
};

static int read_options(struct wishes *w, int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
						{"json", no_argument, NULL, 'j'},
						{"help", no_argument, NULL, 'h'},
						{}};
	int opt;

	argv[0] = "erxdp"; /* for getopt's own messages */
	while ((opt = getopt_long(argc, argv, "c:jh", options, NULL)) != -1) {
		switch (opt) {
		case 'c':
			w->config = optarg;
			break;
		case 'j':
			w->json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_DONE;
		default:
			return cmd_usage("check", NULL);
		}
	}
	return cmd_no_more("check", argc, argv);
}

/* A refusal of attach's own, in its words, which name the remedy too. */
static int refused(struct check *c, const char *key, const char *subject, const char *text,
		   const char *remedy)
{
	struct finding *finding = finding_add(&c->found, SEVERITY_ERROR, key, subject);

	finding_say(finding, "%s", text);
	finding_remedy(finding, "%s", remedy);
	return -1;
}

static int look_at_host(struct check *c, struct host *h, const struct wishes *w)
{
	char text[512];
	struct error e;
	int err;

	if (config_load(&h->config, h->config_path, w->config, text, sizeof(text)))
		return refused(c, "configuration", "configuration", text, "man 8 erxdp");
	err = preflight(&e);
	if (err == -EOPNOTSUPP)
		return refused(c, "kernel-version", "kernel", e.text,
			       "apt install linux-image-amd64");
	if (err)
		return refused(c, "permission", "process", e.text, "sudo erxdp check");
	if (host_check_netns(&e))
		return refused(c, "netns", "namespace", e.text, "erxdp detach");
	if (pins_check(&e))
		return refused(c, "pins", ERXDP_PIN_DIR, e.text, "erxdp detach");
	return 0;
}

static int make_plan(struct check *c, struct host *h)
{
	struct error e;

	if (mirror_open(&h->mirror, &h->config) || mirror_dump(h->mirror))
		return refused(c, "routes", "rtnetlink", "the kernel's routes cannot be read",
			       "ip route show");
	if (plan_derive(&h->plan, mirror_rib(h->mirror), &h->config, e.text, sizeof(e.text)))
		return refused(c, "interfaces", "interfaces", e.text,
			       "ip -d link show; ip route show");
	c->plan = &h->plan;
	if (forwards_check(h, &h->config, h->adopted ? FORWARDS_ADOPT : FORWARDS_ATTACH, &e))
		refused(c, "forward", "[forward]", e.text, "ss -lntup");
	return 0;
}

static int check_all(struct check *c, struct host *h, const struct wishes *w)
{
	unsigned int abi;
	int ret;

	loader_quiet();
	c->config = &h->config;
	if (!look_at_host(c, h, w)) {
		h->adopted = pins_look(&abi) == PINS_OURS;
		if (!make_plan(c, h))
			check_host(c, h);
	}
	if (c->found.lost)
		log_err("out of memory; what was found is incomplete");
	if (w->json)
		ret = json_print(check_json(c));
	else
		ret = check_print(c);
	if (ret)
		return EXIT_FAILED;
	return check_is_ready(c) ? EXIT_DONE : EXIT_FAILED;
}

int cmd_check(int argc, char **argv)
{
	struct host *h = malloc(sizeof(*h));
	struct wishes w = {};
	struct check c = {};
	int ret = read_options(&w, argc, argv);

	if (ret < 0 && !h)
		ret = cmd_failed("checking", -ENOMEM);
	if (ret >= 0) {
		free(h);
		return ret;
	}
	host_init(h);
	h->config_path = w.config ? w.config : ERXDP_CONFIG_FILE;
	ret = check_all(&c, h, &w);
	findings_free(&c.found);
	host_leave(h);
	free(h);
	return ret;
}
