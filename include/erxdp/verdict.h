/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every outcome a packet can have, declared once: the enum, the names users see, the metrics and
 * the manual come from this list. A number is never reused for another meaning; new ones go to the
 * end of their group's range.
 *
 * X(number, identifier, group, sentence for the user)
 *   group FAST  the packet left the host from the program
 *   group PASS  the packet went to the kernel, unmodified
 *   group DROP  the packet ended here
 *   group SLOW  TC only: the kernel forwards the packet; erxdp did its part of the translation
 */
#ifndef ERXDP_VERDICT_H
#define ERXDP_VERDICT_H

#define ERXDP_VERDICTS(X)                                                                        \
	X(1, TX, FAST, "sent back out of the port it came in by")                                \
	X(2, REDIRECT, FAST, "sent out of another device")                                       \
	X(16, PASS_SUSPENDED, PASS, "tables not trusted, or connections change hands")           \
	X(17, PASS_ARP, PASS, "ARP")                                                             \
	X(18, PASS_IPV6, PASS, "IPv6")                                                           \
	X(19, PASS_L2, PASS, "not IP: LACP, LLDP or another link protocol")                      \
	X(20, PASS_TAGS, PASS, "more VLAN tags than two")                                        \
	X(21, PASS_TRUNCATED, PASS, "truncated or malformed header")                             \
	X(22, PASS_INTERFACE, PASS, "no such interface or VLAN in the configuration")            \
	X(23, PASS_OTHER_MAC, PASS, "destination MAC is not this host's")                        \
	X(24, PASS_FORWARDING, PASS, "ip_forward is off for the interface")                      \
	X(25, PASS_MARTIAN, PASS, "source or destination that a router must not forward")        \
	X(26, PASS_MULTICAST, PASS, "multicast or broadcast")                                    \
	X(27, PASS_OPTIONS, PASS, "IP options")                                                  \
	X(28, PASS_FRAGMENT, PASS, "fragment")                                                   \
	X(29, PASS_TTL, PASS, "TTL ends here: the kernel answers")                               \
	X(30, PASS_LOCAL, PASS, "for this host")                                                 \
	X(31, PASS_OWN_SESSION, PASS, "for a connection of this host whose port was moved")      \
	X(32, PASS_NO_ROUTE, PASS, "no route: the kernel answers")                               \
	X(33, PASS_UNREACHABLE, PASS, "unreachable or prohibit route: the kernel answers")       \
	X(34, PASS_NEIGHBOUR, PASS, "neighbour not resolved yet")                                \
	X(35, PASS_TOO_BIG, PASS, "larger than the next link's MTU: the kernel answers")         \
	X(36, PASS_EGRESS, PASS, "leaves by a device that erxdp does not transmit on")           \
	X(37, PASS_LINK_DOWN, PASS, "next link is down")                                         \
	X(38, PASS_BUSY, PASS, "a table entry was just being written")                           \
	X(39, PASS_MID_STREAM, PASS, "TCP segment of a connection that erxdp did not see begin") \
	X(40, PASS_PROTOCOL, PASS, "protocol that is not translated here")                       \
	X(41, PASS_ICMP_ERROR, PASS, "ICMP error about no session of erxdp's")                   \
	X(42, PASS_OWN, PASS, "traffic of this host's own")                                      \
	X(43, PASS_PLAIN, PASS, "forwarded by the kernel, needs no translation")                 \
	X(44, PASS_SOURCE, PASS, "source address is one of this host's own")                     \
	X(45, PASS_HEADROOM, PASS, "no room in the driver's buffer for the VLAN tag")            \
	X(46, PASS_REFUSED, PASS, "no port or no room: the kernel answers with ICMP code 13")    \
	X(47, PASS_HELD, PASS,                                                                   \
	  "early fragment: the kernel has it, a copy waits for its first one")                   \
	X(64, DROP_BLACKHOLE, DROP, "blackhole route")                                           \
	X(65, DROP_NO_PORT, DROP, "no outside port left for this destination")                   \
	X(66, DROP_TABLE_FULL, DROP, "session table full")                                       \
	X(67, DROP_NO_SESSION, DROP, "private source without a session at the uplink")           \
	X(68, DROP_FRAGMENT, DROP,                                                               \
	  "fragment at odds with its first one, or too large to wait for it")                    \
	X(69, DROP_NO_ADDRESS, DROP, "the uplink has no address to translate to")                \
	X(70, DROP_PROTOCOL, DROP, "private source with a protocol that cannot be translated")   \
	X(71, DROP_MALFORMED, DROP, "private source in a packet too short to translate")         \
	X(72, DROP_REWRITE, DROP, "packet could not be modified")                                \
	X(73, DROP_ICMP_NO_SESSION, DROP, "ICMP error about a packet that nobody here sent")     \
	X(74, DROP_ICMP_FORGED, DROP, "ICMP error that cannot be true of its connection")        \
	X(75, DROP_HOST_LIMIT, DROP, "the inside host has all the sessions it may have")         \
	X(76, DROP_HOST_RATE, DROP, "the inside host begins sessions faster than it may")        \
	X(77, DROP_PEER_BUSY, DROP, "another inside host speaks this protocol with that peer")   \
	X(78, DROP_FILTERED, DROP, "from outside to a mapping whose filter does not admit it")   \
	X(79, DROP_HELD, DROP, "early fragment, kept until its first one comes")                 \
	X(80, DROP_HAIRPIN, DROP, "from inside to an outside address: no room to note it")       \
	X(81, DROP_ICMP_CHECKSUM, DROP, "ICMP error with a wrong checksum")                      \
	X(96, SLOW_OUT, SLOW, "forwarded by the kernel, source translated at TC egress")         \
	X(97, SLOW_IN, SLOW, "forwarded by the kernel, destination translated at TC ingress")    \
	X(98, SLOW_MARKED, SLOW, "on its way to the kernel, to be translated at TC egress")      \
	X(99, SLOW_OWN_MOVED, SLOW, "own connection, port moved out of a session's way")         \
	X(100, SLOW_ICMP, SLOW, "ICMP error translated at TC egress")

enum verdict {
#define ERXDP_VERDICT_ENUM(num, id, group, text) V_##id = num,
	ERXDP_VERDICTS(ERXDP_VERDICT_ENUM)
#undef ERXDP_VERDICT_ENUM
		VERDICT_MAX = 112 /* size of the counter rows, room included */
};

enum verdict_group { VERDICT_NONE, VERDICT_FAST, VERDICT_PASS, VERDICT_DROP, VERDICT_SLOW };

#endif
