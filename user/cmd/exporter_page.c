// SPDX-License-Identifier: GPL-2.0-only
#include "exporter_page.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <erxdp/abi.h>
#include <erxdp/protocol.h>

#include "cmd.h"
#include "cmd_common.h"
#include "log.h"
#include "metrics.h"
#include "output.h"
#include "port_usage.h"
#include "prom_text.h"
#include "sessions.h"

/* Records looked at for a page: all of a table of the usual size, a million in four pages. */
#define WALK_BUDGET 262144

struct exporter_page {
	pthread_mutex_t lock; /* over all that follows */
	bool open;	      /* the maps are */
	struct stat pin;      /* of the attach that is open or was told of; st_ino 0: none */
	struct mapset maps;
	uint32_t at; /* where the walk stands */
	struct port_usage counting, counted;
};

struct exporter_page *exporter_page_new(void)
{
	struct exporter_page *page = calloc(1, sizeof(*page));

	if (page)
		pthread_mutex_init(&page->lock, NULL);
	return page;
}

static void leave(struct exporter_page *page)
{
	if (page->open)
		mapset_close(&page->maps);
	page->open = false;
	page->at = 0;
	port_usage_free(&page->counting);
	port_usage_free(&page->counted);
}

void exporter_page_free(struct exporter_page *page)
{
	leave(page);
	pthread_mutex_destroy(&page->lock);
	free(page);
}

static struct stat look_at_pin(void)
{
	struct stat pin = {0};

	if (stat(ERXDP_PIN_DIR "/control", &pin))
		pin.st_ino = 0;
	return pin;
}

static bool is_known(const struct exporter_page *page, const struct stat *pin)
{
	return pin->st_ino == page->pin.st_ino && pin->st_dev == page->pin.st_dev;
}

/* Opens the maps of an attach that is new to us. What cannot be opened was told once, and is not
 * tried again until there is another one; but what is not complete yet is. */
static void follow_attach(struct exporter_page *page)
{
	struct stat pin = look_at_pin();
	int ret;

	if (is_known(page, &pin))
		return;
	leave(page);
	ret = pin.st_ino ? cmd_try_open_maps(&page->maps) : CMD_DETACHED;
	page->open = ret == EXIT_DONE;
	page->pin = ret == CMD_DETACHED ? (struct stat){0} : pin;
}

void exporter_page_look(struct exporter_page *page)
{
	struct stat pin = look_at_pin();

	pthread_mutex_lock(&page->lock);
	if (page->open && !is_known(page, &pin)) {
		leave(page);
		page->pin.st_ino = 0;
	}
	pthread_mutex_unlock(&page->lock);
}

static int count_ports(const struct session *session, void *arg)
{
	if (protocol_by_address(session->outside.proto))
		return 0;
	return port_usage_add(arg, &session->outside);
}

/* Out of memory the walk ends early: its numbers are not shown, and the next page begins anew. */
static void walk_on(struct exporter_page *page)
{
	int err;

	if (!page->at) {
		port_usage_free(&page->counting);
		port_usage_begin(&page->counting, page->maps.ctl);
	}
	err = sessions_walk_part(&page->maps, &page->at, WALK_BUDGET, count_ports, &page->counting);
	if (err)
		page->at = 0;
	if (err || page->at)
		return;
	port_usage_free(&page->counted);
	page->counted = page->counting;
	page->counting = (struct port_usage){0};
}

static void print_ports(FILE *out, const struct port_usage *u, const char *name, const char *help,
			bool range)
{
	prom_head(out, name, "gauge", help);
	for (const struct outside_ports *a = u->first; a; a = a->next)
		fprintf(out, "%s{address=\"%s\",protocol=\"%s\"} %u\n", name, text_addr(a->addr).s,
			text_proto(a->proto).s, range ? port_usage_range(u, a->proto) : a->ports);
}

static int print_attached(FILE *out, struct exporter_page *page)
{
	int err = metrics_print(out, &page->maps);

	if (err)
		return err;
	walk_on(page);
	print_ports(out, &page->counted, "erxdp_ports_in_use",
		    "Distinct outside ports, or ICMP identifiers, that sessions have.", false);
	print_ports(out, &page->counted, "erxdp_ports_limit",
		    "Ports that nearly all flows of the protocol are given theirs from.", true);
	return 0;
}

static int print(FILE *out, struct exporter_page *page)
{
	int err = -ENOENT;

	follow_attach(page);
	if (page->open)
		err = print_attached(out, page);
	if (err != -ENOENT)
		return err;
	metrics_print_detached(out);
	return 0;
}

int exporter_page_make(struct exporter_page *page, char **text, size_t *len)
{
	FILE *out = open_memstream(text, len);
	int err = -ENOMEM;

	pthread_mutex_lock(&page->lock);
	if (out)
		err = print(out, page);
	pthread_mutex_unlock(&page->lock);
	if (out && fclose(out) && !err)
		err = -ENOMEM;
	if (!err)
		return 0;
	if (out)
		free(*text);
	log_err("the metrics cannot be read: %s", strerror(-err));
	return err;
}
