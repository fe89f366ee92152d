#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# Between inside hosts by the outside address, through the router of hairpin.sh:
#
#   hairpin.py CASE
#
# A sends; B is a host on another link, whose route has a smaller MTU; C is one behind B.

import socket
import struct
import sys
import time

from fragments import UDP, Namespace, every_order, fragments, payload, raw, receive, send
from fragments import udp, udp_datagram

A, B, C, OUTSIDE, ROUTER = "10.79.0.2", "10.80.0.3", "10.81.0.4", "192.0.2.2", "10.79.0.1"
# Of the forwardings: to B, to a port of B's where nobody listens, and to C.
TO_B, TO_NOBODY, TO_C = (OUTSIDE, 7100), (OUTSIDE, 7101), (OUTSIDE, 7200)
MTU_B, MTU_C = 1300, 1000

# <linux/in.h>, which the socket module does not have.
IP_MTU_DISCOVER, IP_RECVERR, IP_MTU = 10, 11, 14
DISCOVER_DONT, DISCOVER_DO = 0, 2


def connected(to, discover=DISCOVER_DO, **options):
    """A UDP socket of A's, which gets the errors of what it sends."""
    sock = udp("inside", A, 0)
    sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, discover)
    sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    if "ttl" in options:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, options["ttl"])
    sock.connect(to)
    sock.setblocking(False)
    return sock


def error_of(sock):
    """The next ICMP error: type, code, who sent it, the MTU, and where the packet was sent to."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            _, control, _, to = sock.recvmsg(2048, 512, socket.MSG_ERRQUEUE)
        except BlockingIOError:
            time.sleep(0.01)
            continue
        _, _, kind, code, _, info, _ = struct.unpack_from("=IBBBBII", control[0][2])
        offender = socket.inet_ntoa(control[0][2][20:24])
        return kind, code, offender, info, to
    return None


def expect(got, want):
    if got != want:
        print(f"{got}, expected {want}")
    return got == want


def case_fragments():
    """Every order, both ways."""
    client, server = udp("inside", A, 0), udp("other", B, 7000)
    port = client.getsockname()[1]
    out, back = raw("inside"), raw("other")
    client.sendto(b"?", TO_B)
    if not expect(server.recvfrom(9), (b"?", (OUTSIDE, port))):
        return False

    def way(sock, here, to, reader, source):
        def attempt(order):
            data = payload()
            parts = fragments(here[0], to[0], UDP, udp_datagram(here, to, data), (1200, 2400))
            send(sock, [parts[i] for i in order])
            return receive(reader, data, source)
        return attempt

    there = every_order("to B", way(out, (A, port), TO_B, server, (OUTSIDE, port)))
    return every_order("back", way(back, (B, 7000), (OUTSIDE, port), client, TO_B)) and there


def fits(to, reader, mtu, offender):
    """One packet that is too large is answered, and the next one arrives."""
    sock = connected(to)
    sock.send(payload(mtu - 27))
    if not expect(error_of(sock), (3, 4, offender, mtu, to)):
        return False
    data = payload(mtu - 28)
    sock.send(data)
    return expect(sock.getsockopt(socket.IPPROTO_IP, IP_MTU), mtu) and not receive(reader, data)


def case_too_big():
    return fits(TO_B, udp("other", B, 7000), MTU_B, ROUTER)


def case_too_big_behind():
    return fits(TO_C, udp("deep", C, 7000), MTU_C, OUTSIDE)


def case_may_be_fragmented():
    sock, reader, data = connected(TO_B, DISCOVER_DONT), udp("other", B, 7000), payload(1450)
    sock.send(data)
    return expect(receive(reader, data, (OUTSIDE, sock.getsockname()[1])), None)


def case_ttl():
    """Of the router, and of the host behind it."""
    first, second = connected(TO_C, ttl=1), connected(TO_C, ttl=2)
    first.send(b"1")
    second.send(b"2")
    here = expect(error_of(first), (11, 0, ROUTER, 0, TO_C))
    return expect(error_of(second), (11, 0, OUTSIDE, 0, TO_C)) and here


def case_port_unreachable():
    sock = connected(TO_NOBODY)
    sock.send(b"?")
    return expect(error_of(sock), (3, 3, OUTSIDE, 0, TO_NOBODY))


def case_host_unreachable():
    """B does not answer ARP: the router's kernel gives up, and says so."""
    sock = connected(TO_B)
    sock.send(b"?")
    return expect(error_of(sock), (3, 1, ROUTER, 0, TO_B))


def case_tcp():
    """Segments of the size that both ends offer are too large for the way to C."""
    with Namespace("deep"):
        listener = socket.create_server((C, 7000))
    with Namespace("inside"):
        client = socket.create_connection(TO_C, timeout=5)
    peer, _ = listener.accept()
    peer.settimeout(10)
    data, got = payload(300000), b""
    client.settimeout(10)
    client.sendall(data[:100000])
    while len(got) < 100000:
        got += peer.recv(65536)
    return expect(got == data[:100000], True)


def main():
    return 0 if globals()["case_" + sys.argv[1]]() else 1


if __name__ == "__main__":
    sys.exit(main())
