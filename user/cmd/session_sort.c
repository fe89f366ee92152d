// SPDX-License-Identifier: GPL-2.0-only
#include "session_sort.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <erxdp/timeout.h>

#include "config_values.h"

struct sort_item {
	uint64_t value; /* what it is sorted by; the greatest first */
	uint32_t number, life;
};

static const char *const order_names[] = {
	[SORT_AGE] = "age",
	[SORT_IDLE] = "idle",
	[SORT_EXPIRES] = "expires",
	[SORT_BYTES] = "bytes",
};

#define NORDERS (sizeof(order_names) / sizeof(order_names[0]))

static int parse_order(const char *arg, enum session_order *order)
{
	for (size_t i = 0; i < NORDERS; i++) {
		if (!order_names[i] || strcmp(order_names[i], arg))
			continue;
		*order = i;
		return 0;
	}
	return -EINVAL;
}

int session_sort_set(struct session_sort *sort, int option, const char *arg, char *err,
		     size_t errlen)
{
	const char *expected = "an order: age, idle, expires or bytes";
	int ret = 0;

	switch (option) {
	case 'S':
		ret = parse_order(arg, &sort->order);
		break;
	case 'r':
		sort->reverse = true;
		break;
	case 'n':
		expected = "a number of sessions, 1 or more";
		ret = value_number(arg, 1, UINT32_MAX, &sort->limit);
		break;
	default:
		return 1;
	}
	if (!ret)
		return 0;
	snprintf(err, errlen, "'%s' is not %s", arg, expected);
	return -EINVAL;
}

static uint64_t value_of(enum session_order order, const struct session *s,
			 const struct control *ctl, uint32_t now)
{
	uint32_t idle = session_idle(s, now), timeout = session_timeout(s, ctl);

	switch (order) {
	case SORT_AGE:
		return session_lived(s, now);
	case SORT_IDLE:
		return idle;
	case SORT_EXPIRES:
		return idle < timeout ? timeout - idle : 0;
	case SORT_BYTES:
		return session_bytes(s);
	default:
		return 0;
	}
}

int session_sort_add(struct session_sort *sort, const struct session *s, const struct control *ctl,
		     uint32_t now)
{
	struct sort_item *more;

	if (sort->n == sort->room) {
		sort->room = sort->room ? 2 * sort->room : 1024;
		more = reallocarray(sort->item, sort->room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		sort->item = more;
	}
	sort->item[sort->n++] = (struct sort_item){
		.value = value_of(sort->order, s, ctl, now),
		.number = s->number,
		.life = s->life,
	};
	return 0;
}

/* Of equals, the lower number is first either way. */
static int by_number(const struct sort_item *x, const struct sort_item *y)
{
	return (x->number > y->number) - (x->number < y->number);
}

static int falling(const void *a, const void *b)
{
	const struct sort_item *x = a, *y = b;

	return x->value != y->value ? (x->value < y->value) - (x->value > y->value)
				    : by_number(x, y);
}

static int rising(const void *a, const void *b)
{
	const struct sort_item *x = a, *y = b;

	return x->value != y->value ? (x->value > y->value) - (x->value < y->value)
				    : by_number(x, y);
}

int session_sort_walk(struct session_sort *sort, const struct mapset *maps, session_visit_fn visit,
		      void *arg)
{
	uint32_t left = sort->limit ? sort->limit : UINT32_MAX;
	struct session copy;
	int ret = 0;

	if (sort->n)
		qsort(sort->item, sort->n, sizeof(*sort->item), sort->reverse ? rising : falling);
	for (size_t i = 0; i < sort->n && left && !ret; i++) {
		if (!session_again(maps, sort->item[i].number, sort->item[i].life, &copy))
			continue;
		ret = visit(&copy, arg);
		left--;
	}
	return ret;
}

void session_sort_free(struct session_sort *sort)
{
	free(sort->item);
	sort->item = NULL;
	sort->n = sort->room = 0;
}
