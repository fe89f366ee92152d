// SPDX-License-Identifier: GPL-2.0-only
#include "output.h"

#include <arpa/inet.h>
#include <errno.h>
#include <json-c/json.h>
#include <libsmartcols/libsmartcols.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <erxdp/maps.h>

#include "proto_names.h"

__attribute__((format(printf, 1, 2))) static struct text text(const char *format, ...)
{
	struct text t;
	va_list ap;

	va_start(ap, format);
	vsnprintf(t.s, sizeof(t.s), format, ap);
	va_end(ap);
	return t;
}

/* The value with three digits, and the SI prefix that goes with it. */
static struct text three_digits(double value, const char **prefix)
{
	static const char *const prefixes[] = {"", "k", "M", "G", "T", "P", "E"};
	unsigned int i = 0;

	while (value >= 999.5 && i + 1 < sizeof(prefixes) / sizeof(prefixes[0])) {
		value /= 1000;
		i++;
	}
	*prefix = prefixes[i];
	if (value >= 99.95 || (!i && value == (uint64_t)value))
		return text("%.0f", value);
	return value >= 9.995 ? text("%.1f", value) : text("%.2f", value);
}

struct text text_si(double value)
{
	const char *prefix;
	struct text digits = three_digits(value, &prefix);

	return *prefix ? text("%.8s %s", digits.s, prefix) : digits;
}

struct text text_rate(double per_second, const char *unit)
{
	const char *prefix;
	struct text digits = three_digits(per_second, &prefix);

	return text("%.8s %s%s", digits.s, prefix, unit);
}

struct text text_number(uint64_t n)
{
	return text("%llu", (unsigned long long)n);
}

struct text text_count(uint64_t n)
{
	struct text digits = text_number(n);
	size_t len = strlen(digits.s), out = 0;
	struct text t;

	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			t.s[out++] = ',';
		t.s[out++] = digits.s[i];
	}
	t.s[out] = '\0';
	return t;
}

/* Appends a number; the place behind it. Addresses are printed by the million, for which printf()
 * and inet_ntop() take too long. */
static char *put_number(char *to, unsigned int n)
{
	char digits[10];
	int len = 0;

	do
		digits[len++] = '0' + n % 10;
	while (n /= 10);
	while (len)
		*to++ = digits[--len];
	return to;
}

static char *put_addr(char *to, __be32 addr)
{
	const uint8_t *byte = (const uint8_t *)&addr;

	for (int i = 0; i < 4; i++) {
		to = put_number(to, byte[i]);
		*to++ = '.';
	}
	return to - 1;
}

struct text text_addr(__be32 addr)
{
	struct text t;

	*put_addr(t.s, addr) = '\0';
	return t;
}

struct text text_prefix(__be32 addr, unsigned int len)
{
	if (!len)
		return text("default");
	return text("%.15s/%u", text_addr(addr).s, len);
}

struct text text_endpoint(__be32 addr, __be16 port)
{
	struct text t;
	char *end = put_addr(t.s, addr);

	*end++ = ':';
	*put_number(end, ntohs(port)) = '\0';
	return t;
}

struct text text_mac(const uint8_t *mac)
{
	return text("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		    mac[5]);
}

static struct text text_tag(const struct vlan_tag *tag)
{
	return text("%s%u", tag->tpid == htons(0x88a8) ? "802.1ad " : "", tag->vid);
}

struct text text_tags(const struct vlan_tag *tag)
{
	if (!tag[0].tpid)
		return text("-");
	if (!tag[1].tpid)
		return text_tag(&tag[0]);
	return text("%.16s / %.16s", text_tag(&tag[0]).s, text_tag(&tag[1]).s);
}

struct text text_duration(uint64_t seconds)
{
	unsigned long long s = seconds;

	if (s < 60)
		return text("%llus", s);
	if (s < 3600)
		return text("%llum%02llus", s / 60, s % 60);
	if (s < 86400)
		return text("%lluh%02llum", s / 3600, s / 60 % 60);
	return text("%llud%02lluh", s / 86400, s / 3600 % 24);
}

struct text text_proto(unsigned int proto)
{
	const char *name = proto_name(proto);

	return name ? text("%s", name) : text("%u", proto);
}

struct libscols_table *table_new(const struct table_column *columns, size_t n)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (scols_table_new_column(table, columns[i].name, columns[i].width,
					   columns[i].right ? SCOLS_FL_RIGHT : 0))
			continue;
		scols_unref_table(table);
		return NULL;
	}
	return table;
}

int table_add(struct libscols_table *table, const char *const *cells, size_t n)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	int err = line ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !err; i++)
		err = scols_line_set_data(line, i, cells[i]);
	return err;
}

void table_print(struct libscols_table *table)
{
	scols_print_table(table);
	scols_table_remove_lines(table);
	scols_table_enable_noheadings(table, 1);
}

void table_free(struct libscols_table *table)
{
	scols_unref_table(table);
}

int table_finish(struct libscols_table *table, int err)
{
	if (!err)
		table_print(table);
	table_free(table);
	return err;
}

void json_add_u64(struct json_object *obj, const char *key, uint64_t value)
{
	json_object_object_add(obj, key, json_object_new_uint64(value));
}

void json_add_string(struct json_object *obj, const char *key, const char *value)
{
	json_object_object_add(obj, key, value ? json_object_new_string(value) : NULL);
}

void json_add_bool(struct json_object *obj, const char *key, _Bool value)
{
	json_object_object_add(obj, key, json_object_new_boolean(value));
}

static int print_and_drop(struct json_object *obj, int flags)
{
	puts(json_object_to_json_string_ext(obj, flags | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(obj);
	return fflush(stdout) ? -EIO : 0;
}

int json_print(struct json_object *obj)
{
	return print_and_drop(obj, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED);
}

int json_print_line(struct json_object *obj)
{
	return print_and_drop(obj, JSON_C_TO_STRING_SPACED);
}
