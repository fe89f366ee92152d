// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "nlattr.h"

const void *attr_data(const struct nlattr *attr)
{
	return (const char *)attr + NLA_HDRLEN;
}

size_t attr_len(const struct nlattr *attr)
{
	return attr->nla_len - NLA_HDRLEN;
}

static int check(const struct nlattr *attr, const struct attr_rule *rule)
{
	size_t len = attr_len(attr);

	return len < rule->min || len > rule->max ? -EBADMSG : 0;
}

static int note(const struct nlattr *attr, const struct attr_rule *rule, unsigned int nrules,
		const struct nlattr **found)
{
	for (unsigned int i = 0; i < nrules; i++) {
		if (rule[i].type != (attr->nla_type & NLA_TYPE_MASK))
			continue;
		found[i] = attr;
		return check(attr, &rule[i]);
	}
	return 0;
}

int attr_collect(const void *data, size_t len, const struct attr_rule *rule, unsigned int nrules,
		 const struct nlattr **found)
{
	const char *at = data;

	memset(found, 0, nrules * sizeof(*found));
	/* A rest shorter than a header is padding. */
	while (len >= NLA_HDRLEN) {
		const struct nlattr *attr = (const void *)at;
		size_t step;

		if (attr->nla_len < NLA_HDRLEN || attr->nla_len > len)
			return -EBADMSG;
		if (note(attr, rule, nrules, found) < 0)
			return -EBADMSG;
		step = NLA_ALIGN(attr->nla_len);
		if (step >= len)
			break;
		at += step;
		len -= step;
	}
	for (unsigned int i = 0; i < nrules; i++)
		if (rule[i].required && !found[i])
			return -EBADMSG;
	return 0;
}

uint8_t attr_u8(const struct nlattr *attr, uint8_t otherwise)
{
	return attr ? *(const uint8_t *)attr_data(attr) : otherwise;
}

uint16_t attr_u16(const struct nlattr *attr, uint16_t otherwise)
{
	uint16_t value = otherwise;

	if (attr)
		memcpy(&value, attr_data(attr), sizeof(value));
	return value;
}

uint32_t attr_u32(const struct nlattr *attr, uint32_t otherwise)
{
	uint32_t value = otherwise;

	if (attr)
		memcpy(&value, attr_data(attr), sizeof(value));
	return value;
}
