// SPDX-License-Identifier: GPL-2.0-only
#include "prom_text.h"

#include <inttypes.h>
#include <string.h>

void prom_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void prom_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	for (; *value; value++) {
		if (strchr("\\\"", *value))
			fputc('\\', out);
		fputc(*value, out);
	}
	fputc('"', out);
}

static void whole(FILE *out, const char *name, const char *type, const char *help, uint64_t value)
{
	prom_head(out, name, type, help);
	fprintf(out, "%s %" PRIu64 "\n", name, value);
}

void prom_gauge(FILE *out, const char *name, const char *help, uint64_t value)
{
	whole(out, name, "gauge", help, value);
}

void prom_counter(FILE *out, const char *name, const char *help, uint64_t value)
{
	whole(out, name, "counter", help, value);
}
