// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a prefix's value stands: in the words of the table (dir24), in its record, and the
 * reference on what it leads to.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fib_parts.h"
#include "log.h"
#include "prefix_mask.h"

void fib_put_value(struct fib *fib, uint16_t value)
{
	switch (route_kind(value)) {
	case ROUTE_NEXTHOP:
		fib_put_nexthop(fib, fib->nexthop_at[route_index(value)]);
		break;
	case ROUTE_GROUP:
		fib_put_group(fib, fib->group_at[route_index(value)]);
		break;
	default:
		break;
	}
}

static int complain(struct fib *fib, const struct rib_prefix *prefix, int err)
{
	const uint8_t *addr = (const uint8_t *)&prefix->addr;

	snprintf(fib->trouble, sizeof(fib->trouble),
		 "the route table of the programs takes no more: %u.%u.%u.%u/%u: %s (%u prefixes)",
		 addr[0], addr[1], addr[2], addr[3], prefix->len, strerror(-err), fib->nprefixes);
	return err;
}

struct dir24_route fib_find_shorter(const void *owner, __be32 addr, unsigned int below)
{
	const struct fib *fib = owner;

	for (unsigned int len = below - 1; len; len--) {
		const struct rib_prefix *prefix = NULL;

		if (fib->lengths[len])
			prefix = rib_find_prefix(fib->rib, addr & prefix_mask(len), len);
		if (prefix && prefix->cookie)
			return (struct dir24_route){prefix->cookie, len};
	}
	return (struct dir24_route){0};
}

static void count_prefix(struct fib *fib, const struct rib_prefix *prefix, int by)
{
	fib->nprefixes += by;
	fib->lengths[prefix->len] += by;
}

static int record(struct fib *fib, struct rib_prefix *prefix, uint16_t value)
{
	int64_t n;

	if (prefix->cookie) {
		fib_record_change(&fib->records, prefix->record, value);
		return 0;
	}
	n = fib_record_add(
		&fib->records,
		(struct route_record){.addr = prefix->addr, .value = value, .len = prefix->len});
	if (n < 0)
		return n;
	prefix->record = n;
	count_prefix(fib, prefix, 1);
	return 0;
}

/* The record first and, where a prefix goes, last: so there is one for each prefix that has words
 * in the table, whenever the daemon is killed. */
int fib_install(struct fib *fib, struct rib_prefix *prefix, uint16_t value)
{
	uint16_t old = prefix->cookie;
	int err = record(fib, prefix, value);

	if (err < 0) {
		fib_put_value(fib, value);
		return complain(fib, prefix, err);
	}
	prefix->cookie = value;
	dir24_put(&fib->table, prefix->addr, (struct dir24_route){value, prefix->len},
		  fib->io->now());
	fib_decided(fib);
	fib_put_value(fib, old);
	return 0;
}

void fib_withdraw(struct fib *fib, struct rib_prefix *prefix)
{
	uint16_t old = prefix->cookie;

	prefix->cookie = ROUTE_NONE;
	count_prefix(fib, prefix, -1);
	dir24_remove(&fib->table, prefix->addr, prefix->len, fib->io->now());
	fib_decided(fib);
	fib_record_remove(&fib->records, prefix->record);
	fib_put_value(fib, old);
	rib_settle_prefix(fib->rib, prefix);
}

/* Not wrong, only slow: said once, until there is room for all of them. */
void fib_note_left(struct fib *fib)
{
	if (fib->table.nleft && !fib->told_left)
		log_warn("too many /24s have longer prefixes in them (there is room for %u): the "
			 "kernel forwards for those that are too many",
			 ERXDP_MAX_ROUTE_CHUNKS - 1);
	fib->told_left = fib->table.nleft;
}

static void adopt_value(struct fib *fib, uint16_t value)
{
	if (route_kind(value) == ROUTE_NEXTHOP)
		fib_adopt_nexthop(fib, route_index(value));
	else if (route_kind(value) == ROUTE_GROUP)
		fib_adopt_group(fib, route_index(value));
}

static bool is_sound(struct route_record is)
{
	return is.len <= 32 && !(is.addr & ~prefix_mask(is.len)) && is.value < ROUTE_CHUNKS &&
	       (is.value < ROUTE_KINDS || is.value >= ROUTE_GROUPS);
}

/* What the records say of the table goes into one of its own. */
struct adopting {
	struct fib *fib;
	struct dir24 wanted;
};

static int adopt_record(void *arg, uint32_t n, struct route_record is)
{
	struct adopting *a = arg;
	struct fib *fib = a->fib;
	struct rib_prefix *prefix;

	if (!is_sound(is))
		return false;
	prefix = rib_adopt_prefix(fib->rib, is.addr, is.len);
	if (!prefix)
		return -ENOMEM;
	if (prefix->cookie)
		return false;
	adopt_value(fib, is.value);
	prefix->cookie = is.value;
	prefix->record = n;
	count_prefix(fib, prefix, 1);
	dir24_put(&a->wanted, is.addr, (struct dir24_route){is.value, is.len}, fib->io->now());
	return true;
}

/* What no record speaks of any more rests as if it had been given back just now. */
static void rest_value(void *arg, uint16_t value)
{
	if (value >= ROUTE_CHUNKS)
		return;
	adopt_value(arg, value);
	fib_put_value(arg, value);
}

/*
 * The table may lag behind the records, or be ahead of them, by what the last daemon was about when
 * it was killed. It is made equal to them before anything else is changed; the programs meanwhile
 * read an old answer or a new one.
 */
int fib_adopt_routes(struct fib *fib)
{
	struct route_line *line = calloc(ERXDP_ROUTE_LINES, sizeof(*line));
	struct route_chunk *chunk = calloc(ERXDP_MAX_ROUTE_CHUNKS, sizeof(*chunk));
	struct adopting a = {.fib = fib};
	int err = -ENOMEM;

	if (line && chunk)
		err = dir24_init(&a.wanted, line, chunk, ERXDP_MAX_ROUTE_CHUNKS, fib_find_shorter,
				 fib);
	if (!err)
		err = fib_records_adopt(&fib->records, adopt_record, &a);
	if (!err)
		dir24_adopt(&fib->table, &a.wanted, fib->io->now(), rest_value, fib);
	dir24_free(&a.wanted);
	free(line);
	free(chunk);
	return err;
}
