// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration file. config_keys.c is its grammar: section, key, how the value is read, and
 * what the user is told when it cannot be; config_forward.c reads the lines of [forward], which are
 * no keys. inih splits the file into lines; the reader below stands between it and the file to know
 * the line number and the section, which inih does not pass on whole.
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
#include "config_parts.h"

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
	config->timeout[TIMEOUT_TCP_CLOSING] = 240;
	config->timeout[TIMEOUT_ICMP] = 60;
	config->timeout[TIMEOUT_OTHER] = 600;
	config->port_min = 1;
	config->port_max = UINT16_MAX;
	config->max_sessions = ERXDP_DEF_SESSIONS;
	config->mark_shift = ERXDP_MARK_SHIFT_DEFAULT;
	config->npolicies = 1;
	config->policy[0].flags = POLICY_INBOUND_REFRESH;
}

int config_error(struct parser *p, const char *fmt, ...)
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

/* Where a key that is like this one may stand: here, if it may, else in its first section. */
static const char *section_of(const struct parser *p, const struct key *key)
{
	if (key->sections & p->section)
		return p->title;
	return config_section_name(key->sections & -key->sections);
}

static int unknown_key(struct parser *p, const char *name)
{
	const struct key *near = NULL;
	unsigned int least = 6; /* two edits */

	for (unsigned int i = 0; i < config_nkeys; i++) {
		const struct key *key = &config_keys[i];
		unsigned int cost =
			2 * word_distance(name, key->name) + !(key->sections & p->section);

		if (cost >= least)
			continue;
		least = cost;
		near = key;
	}
	if (near)
		return config_error(p, "%s: unknown key in [%s]; did you mean %s of [%s]?", name,
				    p->title, near->name, section_of(p, near));
	return config_error(p, "%s: unknown key in [%s]; erxdp.conf(5) lists the keys", name,
			    p->title);
}

static int value_error(struct parser *p, const struct key *key, int err, const char *text)
{
	if (err == -E2BIG)
		return config_error(p, "%s: too many, at %s", key->name, text);
	return config_error(p, "%s: expected %s, not \"%s\"", key->name, key->expected, text);
}

/* The record that the key's offsets count from. */
static void *base_of(struct parser *p, const struct key *key)
{
	if (key->base == IN_POLICY)
		return &p->config.policy[p->instance];
	return key->base == IN_UPLINK ? (void *)p->uplink : &p->config;
}

static int read_list(struct parser *p, const struct key *key, const char *value)
{
	char *copy = strdup(value), *rest = copy, *item;
	int err = 0;

	if (!copy)
		return config_error(p, "%s: out of memory", key->name);
	while (!err && (item = strsep(&rest, ", \t"))) {
		if (*item)
			err = key->read(key, base_of(p, key), item);
		if (err)
			value_error(p, key, err, item);
	}
	free(copy);
	return !err;
}

static int read_key(struct parser *p, const struct key *key, const char *value)
{
	unsigned int *given = &p->given[p->instance][key - config_keys];
	int err;

	if (p->continued) {
		if (!key->count)
			return config_error(p, "%s: expected one value, on one line", key->name);
		return read_list(p, key, value);
	}
	if (*given)
		return config_error(p, "%s: given twice", key->name);
	*given = p->line;
	if (key->count) {
		*(unsigned int *)((char *)base_of(p, key) + key->count) = 0;
		return read_list(p, key, value);
	}
	err = key->read(key, base_of(p, key), value);
	return err ? value_error(p, key, err, value) : 1;
}

/* Called by inih for each line that has a value. Nonzero: go on. */
static int take_value(void *user, const char *section, const char *name, const char *value)
{
	struct parser *p = user;
	const struct key *key;

	(void)section; /* it cuts long ones off */
	if (p->failed)
		return 0;
	if (p->section == SECTION_NONE)
		return config_unknown_section(p, "");
	if (p->section == SECTION_FORWARD)
		return config_read_forward(p, name, value);
	key = config_find_key(p->section, name);
	return key ? read_key(p, key, value) : unknown_key(p, name);
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
		config_error(p, "line too long; a list may go on in the next line, indented");
		return NULL;
	}
	strip_comment(buf);
	blank = strspn(buf, " \t");
	p->continued =
		blank && buf[blank] && buf[blank] != '\n' && !strchr(buf, '=') && buf[blank] != '[';
	if (blank && !p->continued)
		memmove(buf, buf + blank, strlen(buf + blank) + 1);
	if (*buf == '[')
		config_enter_section(p, buf);
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
		config_error(p, "expected KEY = VALUE or [SECTION]");
	}
	if (!p->failed)
		config_finish(p);
	return p->failed || rc ? -EINVAL : 0;
}

int config_load(struct config *config, const char *path, bool must_exist, char *err, size_t errlen)
{
	static struct parser p; /* some 200 kB */
	int rc;

	p = (struct parser){.path = path, .err = err, .errlen = errlen};
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
