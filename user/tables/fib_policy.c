// SPDX-License-Identifier: GPL-2.0-only
/* What the configuration says: policies, exemptions, and the control element. */
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <erxdp/abi.h>

#include "config.h"
#include "fib_parts.h"
#include "prefix_mask.h"

void fib_init_policy(struct fib *fib)
{
	const struct mapset *maps = fib->maps;

	fib_set_init(&fib->exempt_dst, fib->io, maps->exempt_dst, "exempt_dst",
		     sizeof(struct exempt_key), sizeof(__u32));
	fib_set_init(&fib->exempt_src, fib->io, maps->exempt_src, "exempt_src",
		     sizeof(struct exempt_key), sizeof(__u32));
	fib_set_init(&fib->inside_policies, fib->io, maps->inside_policies, "inside_policies",
		     sizeof(struct prefix_key), sizeof(__u32));
}

/* What a program run takes at the very most, from one end that it reads to the other. */
#define PORTS_REST_US 1000

/* The programs read the ends one by one while they run, and a new flow must find a port: so the
 * range is first made wide enough for both, and narrow when nobody can have an old end in his
 * hands. */
static void write_ports(struct control *ctl, uint16_t min, uint16_t max)
{
	if (min < ctl->port_min)
		__atomic_store_n(&ctl->port_min, min, __ATOMIC_RELEASE);
	if (max > ctl->port_max)
		__atomic_store_n(&ctl->port_max, max, __ATOMIC_RELEASE);
	if (ctl->port_min == min && ctl->port_max == max)
		return;
	usleep(PORTS_REST_US);
	__atomic_store_n(&ctl->port_min, min, __ATOMIC_RELEASE);
	__atomic_store_n(&ctl->port_max, max, __ATOMIC_RELEASE);
}

static void write_control(struct fib *fib)
{
	const struct config *config = fib->config;
	struct control *ctl = fib->maps->ctl;

	for (unsigned int i = 0; i < TIMEOUT_MAX; i++)
		__atomic_store_n(&ctl->timeout[i], config->timeout[i], __ATOMIC_RELAXED);
	write_ports(ctl, config->port_min, config->port_max);
	ctl->max_sessions = config->max_sessions;
	ctl->mark_shift = config->mark_shift;
	/* Drawn once: another seed would move every flow of a group to another path. */
	while (!ctl->hash_seed)
		if (getrandom(&ctl->hash_seed, sizeof(ctl->hash_seed), 0) < 0)
			ctl->hash_seed = fib->io->now() | 1;
	fib_set_flag(fib, CONTROL_HANDBACK, false); /* a detach that was broken off */
	/* Sessions know the generation they were made under; 0 is nobody's. */
	if (!ctl->addr_gen)
		ctl->addr_gen = 1;
	__atomic_store_n(&ctl->abi, ERXDP_ABI, __ATOMIC_RELEASE);
}

/*
 * Numbers are the configuration file's order, and sessions keep theirs when another file is
 * adopted. What a session does follows from what it was when it began, so a number that means
 * another policy by then only tells which one it is counted under.
 */
static void write_policies(struct fib *fib)
{
	const struct config *config = fib->config;

	for (unsigned int i = 0; i < ERXDP_MAX_POLICIES; i++)
		if (memcmp(&fib->maps->policy[i], &config->policy[i], sizeof(config->policy[i])))
			fib->maps->policy[i] = config->policy[i];
}

static int apply_inside_policies(struct fib *fib)
{
	const struct config *config = fib->config;

	fib_set_begin(&fib->inside_policies);
	for (unsigned int i = 0; i < config->ninside_sections; i++) {
		const struct config_inside *inside = &config->inside_section[i];
		struct prefix_key key = {.prefixlen = inside->prefix.len,
					 .addr = inside->prefix.addr};
		__u32 value = inside->policy;
		int err = fib_set_put(&fib->inside_policies, &key, &value);

		if (err < 0)
			return err;
	}
	fib_set_end(&fib->inside_policies);
	return 0;
}

/* What the programs need not look up. */
static void write_flags(struct fib *fib)
{
	const struct config *config = fib->config;
	bool endpoints = config->nforwards, limits = false;

	for (unsigned int i = 0; i < config->npolicies; i++) {
		endpoints |= config->policy[i].behaviour == BEHAVIOUR_RFC;
		limits |= config->policy[i].max_sessions || config->policy[i].max_rate;
	}
	fib_set_flag(fib, CONTROL_POLICIES, config->ninside_sections);
	fib_set_flag(fib, CONTROL_ENDPOINTS, endpoints);
	fib_set_flag(fib, CONTROL_LIMITS, limits);
	fib_set_flag(fib, CONTROL_ACCOUNT, config->accounting);
}

int fib_apply_policy(struct fib *fib)
{
	int err;

	write_policies(fib);
	err = apply_inside_policies(fib);
	if (err < 0)
		return err;
	write_control(fib);
	write_flags(fib);
	return 0;
}

static int put_prefixes(struct fib_set *set, uint32_t slot, const struct config_prefix *prefix,
			unsigned int n)
{
	const __u32 value = 1;

	for (unsigned int i = 0; i < n; i++) {
		struct exempt_key key = {
			.prefixlen = 32 + prefix[i].len, .slot = slot, .addr = prefix[i].addr};
		int err = fib_set_put(set, &key, &value);

		if (err < 0)
			return err;
	}
	return 0;
}

/* Of one uplink. The number of its exempt sources is added to *nsrc. */
static int put_exemptions(struct fib *fib, const struct plan_iface *uplink, unsigned int *nsrc)
{
	const struct config *config = fib->config;
	const struct config_uplink *own = config_find_uplink(config, uplink->name);
	const struct config_prefix *dst = config->exempt_dst, *src = config->exempt_src;
	unsigned int ndst = config->nexempt_dst, n = config->nexempt_src;
	int err;

	if (own && own->own_exempt_dst) {
		dst = own->exempt_dst;
		ndst = own->nexempt_dst;
	}
	if (own && own->own_exempt_src) {
		src = own->exempt_src;
		n = own->nexempt_src;
	}
	*nsrc += n;
	err = put_prefixes(&fib->exempt_dst, uplink->slot, dst, ndst);
	return err ? err : put_prefixes(&fib->exempt_src, uplink->slot, src, n);
}

static bool has_own_exemptions(const struct fib *fib)
{
	for (unsigned int i = 0; i < fib->plan.nifaces; i++) {
		const struct plan_iface *iface = &fib->plan.iface[i];
		const struct config_uplink *own =
			iface->uplink ? config_find_uplink(fib->config, iface->name) : NULL;

		if (own && own->own_exempt_dst)
			return true;
	}
	return false;
}

static void set_common(struct control *ctl, unsigned int row, struct common_prefix prefix)
{
	__atomic_store(&ctl->common[row], &prefix, __ATOMIC_RELEASE);
}

/* None, as long as they are being written. */
static void clear_common(struct control *ctl)
{
	set_common(ctl, 0, (struct common_prefix){});
}

/* After clear_common(): what the programs compare instead of looking it up, until a prefix of
 * length 0, which they look up. The first row, before which none counts, comes last. */
static void apply_common(struct fib *fib)
{
	const struct config *config = fib->config;
	struct control *ctl = fib->maps->ctl;
	unsigned int n = 0;

	if (has_own_exemptions(fib))
		return;
	while (n < config->nexempt_dst && n < ERXDP_MAX_COMMON && config->exempt_dst[n].len)
		n++;
	if (n < ERXDP_MAX_COMMON)
		set_common(ctl, n, (struct common_prefix){});
	while (n--)
		set_common(ctl, n,
			   (struct common_prefix){config->exempt_dst[n].addr,
						  prefix_mask(config->exempt_dst[n].len)});
}

/* Exemptions before the flag that has the programs look them up. */
int fib_apply_exemptions(struct fib *fib)
{
	unsigned int nsrc = 0;

	clear_common(fib->maps->ctl);
	fib_set_begin(&fib->exempt_dst);
	fib_set_begin(&fib->exempt_src);
	for (unsigned int i = 0; i < fib->plan.nifaces; i++) {
		int err = fib->plan.iface[i].uplink
				  ? put_exemptions(fib, &fib->plan.iface[i], &nsrc)
				  : 0;

		if (err < 0)
			return err;
	}
	fib_set_flag(fib, CONTROL_EXEMPT_SRC, nsrc);
	fib_set_end(&fib->exempt_dst);
	fib_set_end(&fib->exempt_src);
	apply_common(fib);
	return 0;
}
