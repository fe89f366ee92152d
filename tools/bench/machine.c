// SPDX-License-Identifier: GPL-2.0-only
#include "machine.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* As the kernel names it. */
static void read_cpu(char *model, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[256], *value;

	snprintf(model, size, "unknown");
	while (file && fgets(line, sizeof(line), file)) {
		value = strstr(line, ": ");
		if (strncmp(line, "model name", 10) || !value)
			continue;
		value[strcspn(value, "\n")] = 0;
		snprintf(model, size, "%s", value + 2);
		break;
	}
	if (file)
		fclose(file);
}

static void add(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

void machine_write(FILE *out)
{
	struct json_object *line = json_object_new_object(), *machine = json_object_new_object();
	time_t now = time(NULL);
	double load[1] = {};
	char text[128];
	struct utsname name;

	uname(&name);
	read_cpu(text, sizeof(text));
	add(machine, "cpu", text);
	json_object_object_add(machine, "cores",
			       json_object_new_int(sysconf(_SC_NPROCESSORS_ONLN)));
	add(machine, "kernel", name.release);
	add(machine, "arch", name.machine);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M", gmtime(&now));
	add(machine, "date", text);
	getloadavg(load, 1);
	snprintf(text, sizeof(text), "%.2f", load[0]);
	json_object_object_add(machine, "load", json_object_new_double_s(load[0], text));
	json_object_object_add(line, "machine", machine);
	fprintf(out, "%s\n", json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN));
	json_object_put(line);
}
