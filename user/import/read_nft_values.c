// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "proto_names.h"
#include "read_nft_parts.h"

json *nft_get(json *o, const char *key)
{
	return json_object_is_type(o, json_type_object) ? json_object_object_get(o, key) : NULL;
}

const char *nft_text(json *o)
{
	const char *text =
		json_object_is_type(o, json_type_string) ? json_object_get_string(o) : "";

	return text ? text : "";
}

bool nft_is(json *o, const char *text)
{
	return !strcmp(nft_text(o), text);
}

static bool read_address(json *v, uint32_t *addr)
{
	struct in_addr in;

	if (inet_pton(AF_INET, nft_text(v), &in) != 1)
		return false;
	*addr = ntohl(in.s_addr);
	return true;
}

static bool read_number(enum dim dim, json *v, uint32_t *number)
{
	char *end;

	if (json_object_is_type(v, json_type_int)) {
		*number = json_object_get_int64(v);
		return true;
	}
	if (dim == DIM_PROTO && proto_parse(nft_text(v))) {
		*number = proto_parse(nft_text(v));
		return true;
	}
	*number = strtoul(nft_text(v), &end, 0);
	return *nft_text(v) && !*end;
}

static bool read_scalar(enum dim dim, json *v, uint32_t *value)
{
	if (dim == DIM_SRC || dim == DIM_DST)
		return read_address(v, value);
	return read_number(dim, v, value);
}

static bool read_prefix(struct reader *r, json *v, struct ranges *values)
{
	int len = json_object_get_int(nft_get(v, "len"));
	uint32_t addr, hosts;

	if (!read_address(nft_get(v, "addr"), &addr) || len < 0 || len > 32)
		return false;
	hosts = len == 32 ? 0 : UINT32_MAX >> len;
	*values = ranges_of(&r->of->set->mem, addr & ~hosts, addr | hosts);
	return true;
}

static bool read_range(struct reader *r, enum dim dim, json *v, struct ranges *values)
{
	uint32_t first, last;

	if (json_object_array_length(v) != 2 ||
	    !read_scalar(dim, json_object_array_get_idx(v, 0), &first) ||
	    !read_scalar(dim, json_object_array_get_idx(v, 1), &last))
		return false;
	*values = ranges_of(&r->of->set->mem, first, last);
	return true;
}

static bool read_list(struct reader *r, enum dim dim, json *v, struct ranges *values)
{
	struct ranges one;

	*values = ranges_none;
	for (size_t i = 0; i < json_object_array_length(v); i++) {
		if (!nft_values(r, dim, json_object_array_get_idx(v, i), &one))
			return false;
		*values = ranges_or(&r->of->set->mem, *values, one);
	}
	return true;
}

/* A name with "*" at its end stands for all that begin so. */
static void read_device(struct reader *r, json *v, struct ranges *values)
{
	char *name = strdup(nft_text(v));
	size_t len = name ? strlen(name) : 0;
	bool wildcard = len && name[len - 1] == '*';

	if (wildcard)
		name[len - 1] = '\0';
	*values = host_devices(&r->of->set->mem, r->of->host, name ? name : "", wildcard);
	free(name);
}

static bool is_same_set(struct reader *r, json *set, const char *name)
{
	return nft_is(nft_get(set, "name"), name) &&
	       nft_is(nft_get(set, "family"), nft_text(nft_get(r->o, "family"))) &&
	       nft_is(nft_get(set, "table"), nft_text(nft_get(r->o, "table")));
}

bool nft_has_word(json *flags, const char *flag)
{
	if (!json_object_is_type(flags, json_type_array))
		return nft_is(flags, flag);
	for (size_t i = 0; i < json_object_array_length(flags); i++)
		if (nft_is(json_object_array_get_idx(flags, i), flag))
			return true;
	return false;
}

/* A named set, unless packets or time change it. */
static bool read_set(struct reader *r, enum dim dim, const char *name, struct ranges *values)
{
	for (size_t i = 0; i < json_object_array_length(r->of->all); i++) {
		json *set = nft_get(json_object_array_get_idx(r->of->all, i), "set");

		if (!set || !is_same_set(r, set, name))
			continue;
		if (nft_has_word(nft_get(set, "flags"), "timeout") ||
		    nft_has_word(nft_get(set, "flags"), "dynamic"))
			return false;
		*values = ranges_none;
		return !nft_get(set, "elem") || read_list(r, dim, nft_get(set, "elem"), values);
	}
	return false;
}

bool nft_values(struct reader *r, enum dim dim, json *v, struct ranges *values)
{
	uint32_t value;

	if (*nft_text(v) == '@')
		return read_set(r, dim, nft_text(v) + 1, values);
	if (nft_get(v, "set"))
		return read_list(r, dim, nft_get(v, "set"), values);
	if (nft_get(v, "elem"))
		return nft_values(r, dim, nft_get(nft_get(v, "elem"), "val"), values);
	if (dim == DIM_IIF || dim == DIM_OIF)
		return *nft_text(v) ? read_device(r, v, values), true : false;
	if (nft_get(v, "prefix"))
		return read_prefix(r, nft_get(v, "prefix"), values);
	if (nft_get(v, "range"))
		return read_range(r, dim, nft_get(v, "range"), values);
	if (!read_scalar(dim, v, &value))
		return false;
	*values = ranges_of(&r->of->set->mem, value, value);
	return true;
}
