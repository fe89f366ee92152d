/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Removal on behalf of the daemon and of `erxdp nat flush`, who find what is to go: the counters
 * that belong to a session change with it, by the code and the atomic operations of the other
 * programs.
 */
#ifndef BPF_SWEEP_H
#define BPF_SWEEP_H

#include "session.h"

/* CLOCK_MONOTONIC seconds; a program of this type has no coarse clock. */
static __always_inline __u32 sweep_now(void)
{
	return bpf_ktime_get_ns() / 1000000000ULL;
}

/* 1 where the session was removed. */
SEC("syscall")
int erxdp_sweep(struct sweep_request *request)
{
	struct session *session = session_at(request->number);
	struct control *ctl = control_get();

	if (!ctl || !session || session->life != request->life)
		return 0;
	if (!request->always && !session_outlived(session, ctl, sweep_now(), request->grace))
		return 0;
	return session_end(request->number, request->life);
}

#endif
