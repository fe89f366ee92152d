// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration file. `keys` is the whole of its grammar: section, key, how the value is read,
 * and what the user is told when it cannot be. inih splits the file into lines; the reader below
 * stands between it and the file to know the line number, which inih does not pass on.
 */
#include <asm/byteorder.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <erxdp/abi.h>

#include "config.h"
#include "config_values.h"

struct parser {
	struct config config;
	const char *path;
	FILE *file;
	unsigned int line;
	bool continued; /* the line carries on the list of the key before it */
	uint32_t seen;	/* a bit for each key */
	char *err;
	size_t errlen;
	bool failed;
};

struct key {
	const char *section;
	const char *name;
	const char *expected;
	/* Reads one value; for a list: one item of it. */
	int (*read)(const struct key *key, struct config *config, const char *text);
	size_t field; /* offset in struct config of what is read */
	size_t count; /* offset of a list's length; 0: not a list */
	uint32_t max;
};

static void *key_field(const struct key *key, struct config *config)
{
	return (char *)config + key->field;
}

static unsigned int *key_count(const struct key *key, struct config *config)
{
	return (unsigned int *)((char *)config + key->count);
}

static int read_mode(const struct key *key, struct config *config, const char *text)
{
	return value_mode(text, key_field(key, config));
}

static int read_number(const struct key *key, struct config *config, const char *text)
{
	return value_number(text, 0, key->max, key_field(key, config));
}

static int read_duration(const struct key *key, struct config *config, const char *text)
{
	return value_duration(text, key_field(key, config));
}

static int read_ports(const struct key *key, struct config *config, const char *text)
{
	(void)key;
	return value_ports(text, &config->port_min, &config->port_max);
}

static int read_device(const struct key *key, struct config *config, const char *text)
{
	char(*names)[IFNAMSIZ] = key_field(key, config);
	unsigned int *count = key_count(key, config);

	if (*count == key->max)
		return -E2BIG;
	return value_device(text, names[*count]) ? -EINVAL : ((*count)++, 0);
}

static int read_prefix(const struct key *key, struct config *config, const char *text)
{
	struct config_prefix *prefixes = key_field(key, config);
	unsigned int *count = key_count(key, config);

	if (*count == key->max)
		return -E2BIG;
	return value_prefix(text, &prefixes[*count]) ? -EINVAL : ((*count)++, 0);
}

#define A_DURATION "a duration such as 300, 5m or 2h4m"
#define A_DEVICE   "names of network devices such as bond0"
#define A_PREFIX   "prefixes such as 10.0.0.0/8 (bits behind the length zero)"
#define STR_(x)	   #x
#define STR(x)	   STR_(x)
#define FIELD(f)   offsetof(struct config, f)

static const struct key keys[] = {
	{"interfaces", "uplink", A_DEVICE, read_device, FIELD(uplink), FIELD(nuplinks),
	 CONFIG_MAX_NAMES},
	{"interfaces", "inside", A_DEVICE, read_device, FIELD(inside), FIELD(ninside),
	 CONFIG_MAX_NAMES},
	{"interfaces", "mode", "auto, native, generic or tc", read_mode, FIELD(mode), 0, 0},
	{"nat", "exempt-destination", A_PREFIX, read_prefix, FIELD(exempt_dst), FIELD(nexempt_dst),
	 CONFIG_MAX_PREFIXES},
	{"nat", "exempt-source", A_PREFIX, read_prefix, FIELD(exempt_src), FIELD(nexempt_src),
	 CONFIG_MAX_PREFIXES},
	{"nat", "ports", "a range such as 1024-65535", read_ports, FIELD(port_min), 0, 0},
	{"nat", "max-sessions", "a number from 0 to " STR(ERXDP_MAX_SESSIONS), read_number,
	 FIELD(max_sessions), 0, ERXDP_MAX_SESSIONS},
	{"nat", "mark-shift", "a number from 0 to 30", read_number, FIELD(mark_shift), 0, 30},
	{"timeouts", "udp", A_DURATION, read_duration, FIELD(timeout[TIMEOUT_UDP]), 0, 0},
	{"timeouts", "tcp-established", A_DURATION, read_duration,
	 FIELD(timeout[TIMEOUT_TCP_ESTABLISHED]), 0, 0},
	{"timeouts", "tcp-transitory", A_DURATION, read_duration,
	 FIELD(timeout[TIMEOUT_TCP_TRANSITORY]), 0, 0},
	{"timeouts", "icmp", A_DURATION, read_duration, FIELD(timeout[TIMEOUT_ICMP]), 0, 0},
};

#define NKEYS (sizeof(keys) / sizeof(keys[0]))

static const struct config_prefix private_ranges[] = {
	{.addr = __constant_htonl(0x0a000000), .len = 8},  /* 10.0.0.0, RFC 1918 */
	{.addr = __constant_htonl(0xac100000), .len = 12}, /* 172.16.0.0 */
	{.addr = __constant_htonl(0xc0a80000), .len = 16}, /* 192.168.0.0 */
};

void config_defaults(struct config *config)
{
	memset(config, 0, sizeof(*config));
	config->mode = MODE_AUTO;
	memcpy(config->exempt_dst, private_ranges, sizeof(private_ranges));
	config->nexempt_dst = sizeof(private_ranges) / sizeof(private_ranges[0]);
	config->timeout[TIMEOUT_UDP] = 300;
	config->timeout[TIMEOUT_TCP_ESTABLISHED] = 7440;
	config->timeout[TIMEOUT_TCP_TRANSITORY] = 240;
	config->timeout[TIMEOUT_ICMP] = 60;
	config->port_min = 1024;
	config->port_max = UINT16_MAX;
	config->max_sessions = ERXDP_MAX_SESSIONS;
	config->mark_shift = ERXDP_MARK_SHIFT_DEFAULT;
}

/* The first error wins: what follows it may be its consequence. Returns what inih calls failure. */
static int __attribute__((format(printf, 2, 3))) parse_error(struct parser *p, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (p->failed)
		return 0;
	p->failed = true;
	n = snprintf(p->err, p->errlen, "%s:%u: ", p->path, p->line);
	if (n < 0 || (size_t)n >= p->errlen)
		return 0;
	va_start(ap, fmt);
	vsnprintf(p->err + n, p->errlen - n, fmt, ap);
	va_end(ap);
	return 0;
}

/* Edits (insert, delete, replace) between two short words. */
static unsigned int word_distance(const char *a, const char *b)
{
	unsigned int row[33], n = strlen(b);

	if (n >= sizeof(row) / sizeof(row[0]))
		return n;
	for (unsigned int j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned int i = 1; *a; a++, i++) {
		unsigned int diagonal = row[0], best;

		row[0] = i;
		for (unsigned int j = 1; j <= n; j++) {
			best = diagonal + (*a != b[j - 1]);
			diagonal = row[j];
			best = row[j] + 1 < best ? row[j] + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
		}
	}
	return row[n];
}

static int unknown_section(struct parser *p, const char *section)
{
	if (!*section)
		return parse_error(p,
				   "expected a section first: [interfaces], [nat] or [timeouts]");
	return parse_error(p, "[%s]: unknown section; expected [interfaces], [nat] or [timeouts]",
			   section);
}

static int unknown_key(struct parser *p, const char *section, const char *name)
{
	const struct key *near = NULL;
	bool known = false;

	for (size_t i = 0; i < NKEYS; i++) {
		bool here = !strcmp(keys[i].section, section);

		known |= here;
		if (word_distance(name, keys[i].name) <= 2 && (!near || here))
			near = &keys[i];
		if (!strcmp(name, keys[i].name))
			near = &keys[i];
	}
	if (!known)
		return unknown_section(p, section);
	if (near)
		return parse_error(p, "%s: unknown key in [%s]; did you mean %s of [%s]?", name,
				   section, near->name, near->section);
	return parse_error(p, "%s: unknown key in [%s]; erxdp(8) lists the keys", name, section);
}

static int value_error(struct parser *p, const struct key *key, int err, const char *text)
{
	if (err == -E2BIG)
		return parse_error(p, "%s: too many, at %s", key->name, text);
	return parse_error(p, "%s: expected %s, not \"%s\"", key->name, key->expected, text);
}

static int read_list(struct parser *p, const struct key *key, const char *value)
{
	char *copy = strdup(value), *rest = copy, *item;
	int err = 0;

	if (!copy)
		return parse_error(p, "%s: out of memory", key->name);
	while (!err && (item = strsep(&rest, ", \t"))) {
		if (*item)
			err = key->read(key, &p->config, item);
		if (err)
			value_error(p, key, err, item);
	}
	free(copy);
	return !err;
}

static const struct key *find_key(const char *section, const char *name)
{
	for (size_t i = 0; i < NKEYS; i++) {
		if (!strcmp(keys[i].section, section) && !strcmp(keys[i].name, name))
			return &keys[i];
	}
	return NULL;
}

/* Called by inih for each line that has a value. Nonzero: go on. */
static int take_value(void *user, const char *section, const char *name, const char *value)
{
	struct parser *p = user;
	const struct key *key = find_key(section, name);
	uint32_t bit;
	int err;

	if (!key)
		return unknown_key(p, section, name);
	bit = 1U << (key - keys);
	if (p->continued) {
		if (!key->count)
			return parse_error(p, "%s: expected one value, on one line", name);
		return read_list(p, key, value);
	}
	if (p->seen & bit)
		return parse_error(p, "%s: given twice", name);
	p->seen |= bit;
	if (key->count) {
		*key_count(key, &p->config) = 0;
		return read_list(p, key, value);
	}
	err = key->read(key, &p->config, value);
	return err ? value_error(p, key, err, value) : 1;
}

/* inih tells of a section only at its first key. */
static void check_section(struct parser *p, const char *line)
{
	size_t len = strcspn(line + 1, "]\r\n");
	char name[33];

	if (line[1 + len] != ']' || len >= sizeof(name)) {
		parse_error(p, "expected [SECTION]");
		return;
	}
	memcpy(name, line + 1, len);
	name[len] = '\0';
	for (size_t i = 0; i < NKEYS; i++) {
		if (!strcmp(keys[i].section, name))
			return;
	}
	unknown_section(p, name);
}

/* A comment may follow a value, behind a blank. */
static void strip_comment(char *line)
{
	for (char *p = line; *p; p++) {
		if ((*p == '#' || *p == ';') && (p == line || p[-1] == ' ' || p[-1] == '\t')) {
			*p = '\0';
			return;
		}
	}
}

/*
 * fgets() for inih. To inih an indented line carries on the value before it, whatever it says; here
 * it does so only without a "=", so that keys may be indented.
 */
static char *read_line(char *buf, int size, void *stream)
{
	struct parser *p = stream;
	size_t blank;

	if (!fgets(buf, size, p->file))
		return NULL;
	p->line++;
	if (!strchr(buf, '\n') && !feof(p->file)) {
		parse_error(p, "line too long; a list may go on in the next line, indented");
		return NULL;
	}
	strip_comment(buf);
	blank = strspn(buf, " \t");
	p->continued =
		blank && buf[blank] && buf[blank] != '\n' && !strchr(buf, '=') && buf[blank] != '[';
	if (blank && !p->continued)
		memmove(buf, buf + blank, strlen(buf + blank) + 1);
	if (*buf == '[')
		check_section(p, buf);
	return buf;
}

static int parse_file(struct parser *p)
{
	int rc = ini_parse_stream(read_line, p, take_value, p);

	if (ferror(p->file)) {
		snprintf(p->err, p->errlen, "%s: %s", p->path, strerror(EIO));
		return -EIO;
	}
	if (rc > 0) {
		p->line = rc;
		parse_error(p, "expected KEY = VALUE or [SECTION]");
	}
	return p->failed || rc ? -EINVAL : 0;
}

int config_load(struct config *config, const char *path, bool must_exist, char *err, size_t errlen)
{
	struct parser p = {.path = path, .err = err, .errlen = errlen};
	int rc;

	p.file = fopen(path, "re");
	if (!p.file) {
		rc = -errno;
		if (rc == -ENOENT && !must_exist) {
			config_defaults(config);
			return 0;
		}
		snprintf(err, errlen, "%s: %s", path, strerror(-rc));
		return rc;
	}
	config_defaults(&p.config);
	rc = parse_file(&p);
	fclose(p.file);
	if (!rc)
		*config = p.config;
	return rc;
}
