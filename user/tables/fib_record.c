// SPDX-License-Identifier: GPL-2.0-only
#include "fib_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int fib_records_init(struct fib_records *records, struct route_record *at, uint32_t max)
{
	*records = (struct fib_records){.at = at, .max = max};
	records->free = calloc(max, sizeof(*records->free));
	return records->free ? 0 : -ENOMEM;
}

void fib_records_free(struct fib_records *records)
{
	free(records->free);
}

struct route_record fib_record_read(const struct route_record *at)
{
	uint64_t word = __atomic_load_n((const uint64_t *)(const void *)at, __ATOMIC_RELAXED);
	struct route_record is;

	memcpy(&is, &word, sizeof(is));
	return is;
}

uint32_t fib_records_count(const struct route_record *at, uint32_t max)
{
	uint32_t count = 0;

	for (uint32_t n = 0; n < max; n++)
		count += fib_record_read(&at[n]).value != 0;
	return count;
}

static void write_record(struct route_record *at, struct route_record is)
{
	uint64_t word;

	memcpy(&word, &is, sizeof(word));
	__atomic_store_n((uint64_t *)(void *)at, word, __ATOMIC_RELEASE);
}

int64_t fib_record_add(struct fib_records *records, struct route_record is)
{
	uint32_t n;

	if (!records->nfree && records->fresh == records->max)
		return -ENOSPC;
	n = records->nfree ? records->free[--records->nfree] : records->fresh++;
	write_record(&records->at[n], is);
	return n;
}

void fib_record_change(struct fib_records *records, uint32_t n, uint16_t value)
{
	struct route_record is = records->at[n];

	is.value = value;
	write_record(&records->at[n], is);
}

void fib_record_remove(struct fib_records *records, uint32_t n)
{
	write_record(&records->at[n], (struct route_record){0});
	records->free[records->nfree++] = n;
}

static uint32_t count_to_last(const struct fib_records *records)
{
	uint32_t n = records->max;

	while (n && !records->at[n - 1].value)
		n--;
	return n;
}

int fib_records_adopt(struct fib_records *records, fib_record_fn keep, void *arg)
{
	records->fresh = count_to_last(records);
	/* From behind, so that the first ones are on top of the stack. */
	for (uint32_t n = records->fresh; n--;) {
		struct route_record is = records->at[n];
		int kept = is.value ? keep(arg, n, is) : 0;

		if (kept < 0)
			return kept;
		if (!kept)
			fib_record_remove(records, n);
	}
	return 0;
}
