// SPDX-License-Identifier: GPL-2.0-only
#include "metrics.h"

#include <errno.h>
#include <stdlib.h>

#include "prom_text.h"
#include "stats.h"
#include "status.h"

static void build_info(FILE *out)
{
	prom_head(out, "erxdp_build_info", "gauge", "The version of erxdp that reads this.");
	fprintf(out, "erxdp_build_info{version=\"%s\"} 1\n", ERXDP_VERSION);
}

static int print_status(FILE *out, const struct mapset *maps)
{
	struct status *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->maps = *maps;
	err = status_read(s);
	if (!err)
		status_prometheus(out, s);
	status_forget(s);
	free(s);
	return err;
}

int metrics_print(FILE *out, const struct mapset *maps)
{
	struct stats_source source = {.maps = maps};
	struct stats_sample sample;
	int err = stats_take(&source, &sample);

	if (!err)
		err = print_status(out, maps);
	if (!err) {
		stats_prometheus(out, &sample);
		build_info(out);
	}
	stats_drop(&sample);
	return err;
}

void metrics_print_detached(FILE *out)
{
	status_prometheus_detached(out);
	build_info(out);
}
