// SPDX-License-Identifier: GPL-2.0-only
#include "compare.h"

#include <string.h>

static bool frame_equal(const struct frame *a, const struct frame *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

bool compare_frames(const struct frames *a, const struct frames *b)
{
	if (a->count != b->count)
		return false;
	for (unsigned int i = 0; i < a->count; i++)
		if (!frame_equal(&a->frame[i], &b->frame[i]))
			return false;
	return true;
}

bool compare_exchange(const struct exchange *x)
{
	return compare_frames(&x->got[KERNEL].side[INSIDE], &x->got[ERXDP].side[INSIDE]) &&
	       compare_frames(&x->got[KERNEL].side[OUTSIDE], &x->got[ERXDP].side[OUTSIDE]);
}

static void print_frames(FILE *to, const char *who, const char *what, const struct frames *frames)
{
	char title[64];

	if (!frames->count)
		return;
	for (unsigned int i = 0; i < frames->count; i++) {
		snprintf(title, sizeof(title), "#   %-6s %s ", who, what);
		frame_print(to, title, &frames->frame[i]);
	}
}

void compare_print(FILE *to, const struct exchange *x)
{
	static const char *const who[ROUTERS] = {"kernel", "erxdp"};

	fprintf(to, "#   step: ");
	step_print(to, x->step);
	for (int r = 0; r < ROUTERS; r++) {
		print_frames(to, who[r], "was sent", &x->sent[r]);
		print_frames(to, who[r], "out inside ", &x->raw[r].side[INSIDE]);
		print_frames(to, who[r], "out uplink ", &x->raw[r].side[OUTSIDE]);
		if (!x->raw[r].side[INSIDE].count && !x->raw[r].side[OUTSIDE].count)
			fprintf(to, "#   %-6s nothing came out\n", who[r]);
	}
}
