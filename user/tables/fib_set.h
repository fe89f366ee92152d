/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shadow of a small map: what is wanted is put between fib_set_begin() and fib_set_end(), and
 * only differences reach the map, additions first.
 */
#ifndef ERXDP_FIB_SET_H
#define ERXDP_FIB_SET_H

#include "fib.h"
#include "htable.h"

#define FIB_SET_KEY   16
#define FIB_SET_VALUE 32

struct fib_set {
	const struct fib_io *io;
	int fd;
	const char *name; /* for the log */
	uint16_t key_size, value_size;
	struct htable entries;
	uint32_t gen;
	bool complained;
	/* Fields of the value that the programs write: zeroed in a value read from the map, and
	 * carried over into one about to be written. NULL: none. */
	void (*forget)(void *value);
	void (*carry)(const void *old, void *value);
	/* Which of the map's elements are the daemon's: others are neither adopted nor removed.
	 * NULL: all. */
	bool (*ours)(const void *value);
};

void fib_set_init(struct fib_set *set, const struct fib_io *io, int fd, const char *name,
		  size_t key_size, size_t value_size);
void fib_set_free(struct fib_set *set);
/* Reads the map's contents; 0 or a negative errno. */
int fib_set_adopt(struct fib_set *set);

/* One element, at once. 0 or a negative errno (logged once). */
int fib_set_put(struct fib_set *set, const void *key, const void *value);
void fib_set_remove(struct fib_set *set, const void *key);

void fib_set_begin(struct fib_set *set);
void fib_set_end(struct fib_set *set); /* removes what was not put since */
/* Is it in the map, as far as is known here? Was it put since fib_set_begin()? */
bool fib_set_has(const struct fib_set *set, const void *key);
bool fib_set_has_put(const struct fib_set *set, const void *key);

#endif
