// SPDX-License-Identifier: GPL-2.0-only
#include "verdict_names.h"

#include <ctype.h>
#include <stddef.h>

#define NAME_MAX_LEN 32

struct verdict_entry {
	const char *id;
	const char *text;
	enum verdict_group group;
};

static const struct verdict_entry entries[VERDICT_MAX] = {
#define ENTRY(num, id, group, text) [num] = {#id, text, VERDICT_##group},
	ERXDP_VERDICTS(ENTRY)
#undef ENTRY
};

#define CHECK_LENGTH(num, id, group, text) \
	_Static_assert(sizeof(#id) <= NAME_MAX_LEN, "name of verdict " #id " is too long");
ERXDP_VERDICTS(CHECK_LENGTH)
#undef CHECK_LENGTH

/* The preprocessor cannot change case, so names are made when first asked for. */
const char *verdict_name(unsigned int verdict)
{
	static char names[VERDICT_MAX][NAME_MAX_LEN];
	const char *id;
	char *name;

	if (verdict >= VERDICT_MAX || !entries[verdict].id)
		return NULL;
	name = names[verdict];
	if (name[0])
		return name;
	id = entries[verdict].id;
	for (size_t i = 0; id[i]; i++)
		name[i] = id[i] == '_' ? '-' : tolower((unsigned char)id[i]);
	return name;
}

const char *verdict_text(unsigned int verdict)
{
	return verdict < VERDICT_MAX ? entries[verdict].text : NULL;
}

enum verdict_group verdict_group(unsigned int verdict)
{
	return verdict < VERDICT_MAX ? entries[verdict].group : VERDICT_NONE;
}

const char *hook_name(enum hook hook)
{
	static const char *const names[HOOK_MAX] = {
		[HOOK_XDP] = "xdp",
		[HOOK_TC_INGRESS] = "tc-ingress",
		[HOOK_TC_EGRESS] = "tc-egress",
	};

	return hook < HOOK_MAX ? names[hook] : "unknown";
}
