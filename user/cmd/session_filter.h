/* SPDX-License-Identifier: GPL-2.0-only */
/* Which sessions a command is about: the options of `erxdp nat`, in the manner of conntrack -L. */
#ifndef ERXDP_SESSION_FILTER_H
#define ERXDP_SESSION_FILTER_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <erxdp/maps.h>

struct filter_prefix {
	__be32 addr, mask;
};

/* Everything that is not given matches. */
struct session_filter {
	struct filter_prefix src;     /* the inside host */
	struct filter_prefix dst;     /* its peer */
	struct filter_prefix outside; /* the address it is translated to */
	struct filter_prefix any;     /* one of these */
	__be16 sport, dport, outside_port, any_port;
	bool has_sport, has_dport, has_outside_port, has_any_port;
	uint8_t proto;
	uint8_t state; /* enum session_state */
};

/* For getopt_long(): the short options, and the last rows of the table of long ones.
 */
#define SESSION_FILTER_SHORT "s:d:p:a:"
enum session_filter_option {
	FILTER_SPORT = 0x100,
	FILTER_DPORT,
	FILTER_OUTSIDE,
	FILTER_OUTSIDE_PORT,
	FILTER_STATE,
	FILTER_PORT,
};
#define SESSION_FILTER_LONG_AND_END                                                   \
	{"src", required_argument, NULL, 's'}, {"dst", required_argument, NULL, 'd'}, \
		{"proto", required_argument, NULL, 'p'},                              \
		{"sport", required_argument, NULL, FILTER_SPORT},                     \
		{"dport", required_argument, NULL, FILTER_DPORT},                     \
		{"outside", required_argument, NULL, FILTER_OUTSIDE},                 \
		{"outside-port", required_argument, NULL, FILTER_OUTSIDE_PORT},       \
		{"state", required_argument, NULL, FILTER_STATE},                     \
		{"address", required_argument, NULL, 'a'},                            \
		{"port", required_argument, NULL, FILTER_PORT}, {NULL, 0, NULL, 0},
#define SESSION_FILTER_HELP                                                      \
	"  -s, --src ADDRESS[/LEN]      inside address\n"                        \
	"  -d, --dst ADDRESS[/LEN]      address of the peer\n"                   \
	"  -p, --proto PROTOCOL         tcp, udp, icmp, gre ... or a number\n"   \
	"      --sport PORT             inside port (ICMP: identifier)\n"        \
	"      --dport PORT             port of the peer\n"                      \
	"      --outside ADDRESS[/LEN]  address it is translated to\n"           \
	"      --outside-port PORT      port it is translated to\n"              \
	"  -a, --address ADDRESS[/LEN]  inside, the peer's or outside address\n" \
	"      --port PORT              one of these three's port\n"             \
	"      --state STATE            new, open, closing or closed\n"

/* Takes one option. 0, 1 when the option is none of the filter's, or -EINVAL with what was expected
 * in err. */
int session_filter_set(struct session_filter *f, int option, const char *arg, char *err,
		       size_t errlen);
bool session_filter_match(const struct session_filter *f, const struct session *s);

#endif
