/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The records of `prefixes` (erxdp/route.h). Each is one store of 64 bits: whoever lists them, and
 * a daemon that comes after one that was killed, finds a record as it was or as it is.
 */
#ifndef ERXDP_FIB_RECORD_H
#define ERXDP_FIB_RECORD_H

#include <stdint.h>

#include <erxdp/route.h>

struct fib_records {
	struct route_record *at; /* ERXDP_MAX_ROUTES of them */
	uint32_t max;
	uint32_t fresh; /* none from here on is in use */
	uint32_t *free; /* stack of those below that are not */
	uint32_t nfree;
};

/* 0 or -ENOMEM. */
int fib_records_init(struct fib_records *records, struct route_record *at, uint32_t max);
void fib_records_free(struct fib_records *records);

/* The number of a record that is in use now, or -ENOSPC. */
int64_t fib_record_add(struct fib_records *records, struct route_record is);
void fib_record_change(struct fib_records *records, uint32_t n, uint16_t value);
void fib_record_remove(struct fib_records *records, uint32_t n);

/* Each record that was found in use is shown once, and kept where `keep` says 1; 0 or the negative
 * errno that it returned. */
typedef int (*fib_record_fn)(void *arg, uint32_t n, struct route_record is);
int fib_records_adopt(struct fib_records *records, fib_record_fn keep, void *arg);

/* For who only reads: one record, and how many of `max` are in use. */
struct route_record fib_record_read(const struct route_record *at);
uint32_t fib_records_count(const struct route_record *at, uint32_t max);

#endif
