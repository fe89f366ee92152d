/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Of the kernel's own structs the members that sockets.bpf.c reads; CO-RE finds where they are. All
 * of them are there from 5.14 (net_cookie as a plain number) to 6.18.
 */
#ifndef BPF_SOCK_H
#define BPF_SOCK_H

#include <linux/types.h>

#define AF_INET	 2
#define AF_INET6 10

#define SOCK_STREAM 1
#define SOCK_DGRAM  2

/* skc_state, of UDP sockets too: TCP_CLOSE is one that is not connected. */
#define TCP_CLOSE  7
#define TCP_LISTEN 10

/* sk_userlocks: what bind() was asked for, and not the kernel's own choice. */
#define SOCK_BINDADDR_LOCK 4
#define SOCK_BINDPORT_LOCK 8

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct net {
	__u64 net_cookie;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct sock_common {
	__be32 skc_rcv_saddr; /* 0 also for an IPv6 socket on [::]; 127.0.0.6 for one on another */
	__u16 skc_num;	      /* the local port, host order */
	unsigned short skc_family;
	volatile unsigned char skc_state;
	unsigned char skc_ipv6only : 1; /* set too by a bind() to an IPv6 address */
	possible_net_t skc_net;
};

struct sock {
	struct sock_common __sk_common;
	__u8 sk_kern_sock : 1, sk_userlocks : 4;
	__u16 sk_type;
	__u16 sk_protocol;
};

struct file;

struct socket {
	struct sock *sk;
};

struct bpf_iter__task_file {
	struct file *file;
};

#pragma clang attribute pop

#endif
