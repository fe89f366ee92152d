// SPDX-License-Identifier: GPL-2.0-only
/* Kernel memory for the tables, all of it taken at attach. */
#include <stdio.h>

#include "check.h"
#include "config.h"
#include "load.h"

static unsigned long long available(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long kb = 0;
	char line[128];

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %llu", &kb) == 1)
			break;
	fclose(file);
	return kb * 1024;
}

void check_memory(struct check *c)
{
	struct finding *finding;

	c->memory = loader_memory(c->config->max_sessions);
	c->available = available();
	/* Of what is attached the memory is taken already. */
	if (c->attached || !c->available || c->memory <= c->available)
		return;
	finding = finding_add(&c->found, SEVERITY_ERROR, "memory", "memory");
	finding_say(finding,
		    "the tables for %u sessions take %llu MB of kernel memory, and %llu MB are "
		    "available",
		    c->config->max_sessions, c->memory / 1000000, c->available / 1000000);
	finding_remedy(finding, "max-sessions = %llu in [nat] of the configuration",
		       c->available > LOADER_MEMORY_FIXED
			       ? (c->available - LOADER_MEMORY_FIXED) / LOADER_MEMORY_SESSION / 2
			       : 0);
}
