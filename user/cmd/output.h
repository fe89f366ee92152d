/* SPDX-License-Identifier: GPL-2.0-only */
/* How the commands write numbers, addresses, tables and JSON: the same everywhere. */
#ifndef ERXDP_OUTPUT_H
#define ERXDP_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

struct json_object;
struct libscols_table;
struct vlan_tag;

/* A short text by value: printf("%s", text_addr(a).s). */
struct text {
	char s[48];
};

/* Three digits and an SI prefix: 0, 7.5, 999, 1.23 k, 45.6 M. */
struct text text_si(double value);
/* 1.23 Gb/s, 12.3 kpkt/s */
struct text text_rate(double per_second, const char *unit);
/* 1,234,567 */
struct text text_count(uint64_t n);
struct text text_number(uint64_t n);
struct text text_addr(__be32 addr);
/* 10.0.0.0/16; the default route is "default", as ip route has it. */
struct text text_prefix(__be32 addr, unsigned int len);
/* ADDRESS:PORT */
struct text text_endpoint(__be32 addr, __be16 port);
struct text text_mac(const uint8_t *mac);
/* "1000", "802.1ad 200 / 1000", "-" without a tag. */
struct text text_tags(const struct vlan_tag *tag);
/* 7s, 5m03s, 2h04m, 3d12h */
struct text text_duration(uint64_t seconds);
/* tcp, udp, icmp, gre and so on (proto_names.h), or the number. */
struct text text_proto(unsigned int proto);

struct table_column {
	const char *name;
	double width; /* least width in characters, 0 for what the data needs */
	_Bool right;
};

#define NCOLUMNS(columns) (sizeof(columns) / sizeof((columns)[0]))

/* A table for standard output; NULL without memory. */
struct libscols_table *table_new(const struct table_column *columns, size_t n);
/* Appends a row of n cells; the texts are copied. 0 or a negative errno. */
int table_add(struct libscols_table *table, const char *const *cells, size_t n);
/* Prints the rows gathered and drops them; the heading is printed the first time only, so that long
 * lists can be printed piecewise. */
void table_print(struct libscols_table *table);
void table_free(struct libscols_table *table); /* or NULL */
/* Prints the rows gathered where err is 0, and frees the table (or NULL); returns err. */
int table_finish(struct libscols_table *table, int err);

/* Shorthands for members of objects. */
void json_add_u64(struct json_object *obj, const char *key, uint64_t value);
void json_add_string(struct json_object *obj, const char *key, const char *value);
void json_add_bool(struct json_object *obj, const char *key, _Bool value);
/* Prints in readable form, or in one line, and drops it. 0, or -EIO where nobody reads. */
int json_print(struct json_object *obj);
int json_print_line(struct json_object *obj);

#endif
