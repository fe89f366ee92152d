// SPDX-License-Identifier: GPL-2.0-only
#include "describe.h"

#include <arpa/inet.h>

#include "output.h"

#define MOST_NAMED 6

struct ranges dim_domain(struct obstack *mem, const struct import_host *host, enum dim dim)
{
	switch (dim) {
	case DIM_SRC:
	case DIM_DST:
		return ranges_of(mem, 0, UNICAST_LAST);
	case DIM_PROTO:
		return ranges_of(mem, 0, UINT8_MAX);
	case DIM_SPORT:
	case DIM_DPORT:
		return ranges_of(mem, 1, UINT16_MAX); /* 0 is none */
	default:
		return host->ndevices ? ranges_of(mem, 0, host->ndevices - 1) : ranges_none;
	}
}

static const char *one_value(struct nat_ruleset *set, const struct import_host *host,
			     struct range range, enum dim dim)
{
	if (dim == DIM_SRC || dim == DIM_DST)
		return nat_ruleset_text(
			set, "%s",
			range_bits(range) == 32
				? text_addr(htonl(range.first)).s
				: text_prefix(htonl(range.first), range_bits(range)).s);
	if (dim == DIM_PROTO)
		return nat_ruleset_text(set, "%s", text_proto(range.first).s);
	if (dim == DIM_IIF || dim == DIM_OIF)
		return host->device[range.first].name;
	if (range.first == range.last)
		return nat_ruleset_text(set, "%u", range.first);
	return nat_ruleset_text(set, "%u-%u", range.first, range.last);
}

/* Of the values the first few, as what the dimension is written in: prefixes, names, port ranges.
 */
static unsigned int split(struct ranges values, enum dim dim, struct range *part)
{
	unsigned int n = 0;

	if (dim == DIM_SRC || dim == DIM_DST)
		return ranges_prefixes(values, part, MOST_NAMED);
	for (unsigned int i = 0; i < values.n; i++) {
		struct range whole = values.range[i];
		bool ports = dim == DIM_SPORT || dim == DIM_DPORT;

		for (uint32_t v = whole.first; v <= whole.last; v++) {
			struct range one = ports ? whole : (struct range){v, v};

			if (n++ < MOST_NAMED)
				part[n - 1] = one;
			if (ports)
				break;
		}
	}
	return n;
}

static const char *list_values(struct nat_ruleset *set, const struct import_host *host,
			       struct ranges values, enum dim dim)
{
	struct range part[MOST_NAMED];
	unsigned int n = split(values, dim, part);
	const char *text = "";

	for (unsigned int i = 0; i < n && i < MOST_NAMED; i++)
		text = nat_ruleset_text(set, "%s%s%s", text, i ? " " : "",
					one_value(set, host, part[i], dim));
	return n > MOST_NAMED ? nat_ruleset_text(set, "%s and %u more", text, n - MOST_NAMED)
			      : text;
}

static unsigned int count_parts(struct ranges values, enum dim dim)
{
	struct range part[MOST_NAMED];

	return split(values, dim, part);
}

const char *describe_values(struct nat_ruleset *set, const struct import_host *host,
			    struct ranges values, enum dim dim)
{
	struct ranges domain = dim_domain(&set->mem, host, dim);
	struct ranges inside = ranges_and(&set->mem, values, domain);
	struct ranges others = ranges_minus(&set->mem, domain, values);

	if (!others.n)
		return "any";
	if (!inside.n)
		return "none";
	if (count_parts(others, dim) < count_parts(inside, dim))
		return nat_ruleset_text(set, "all but %s", list_values(set, host, others, dim));
	return list_values(set, host, inside, dim);
}

const char *describe_box(struct nat_ruleset *set, const struct import_host *host,
			 const struct box *box, unsigned int leave_out)
{
	static const char *const names[DIM_MAX] = {
		[DIM_PROTO] = "protocol",  [DIM_SPORT] = "source port", [DIM_DPORT] = "port",
		[DIM_IIF] = "in by",	   [DIM_OIF] = "out by",	[DIM_SRC] = "source",
		[DIM_DST] = "destination",
	};
	const char *text = NULL;

	for (enum dim dim = 0; dim < DIM_MAX; dim++) {
		struct ranges domain = dim == DIM_IIF ? host_served(&set->mem, host)
						      : dim_domain(&set->mem, host, dim);

		if (leave_out & 1u << dim || ranges_cover(&set->mem, box->dim[dim], domain))
			continue;
		text = nat_ruleset_text(set, "%s%s%s %s", text ? text : "", text ? ", " : "",
					names[dim], describe_values(set, host, box->dim[dim], dim));
	}
	return text ? text : "everything";
}
