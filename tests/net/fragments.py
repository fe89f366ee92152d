#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# Datagrams in fragments, in every order, through the router of fragments.sh:
#
#   fragments.py CASE SEEN-AS ...
#
# One process has sockets in the namespaces of both ends: it sends the fragments of one by a raw socket
# and reads at the other what its kernel has put together, which must be what was sent.

import ctypes
import itertools
import os
import random
import socket
import struct
import sys

INSIDE, SERVER, PRIVATE, OUTSIDE = "10.79.0.2", "198.51.100.10", "172.16.9.9", "192.0.2.2"
UDP, ICMP = 17, 1
WAIT = 0.6  # seconds for what must come, and for what must not

libc = ctypes.CDLL(None, use_errno=True)


class Namespace:
    """Inside a `with` sockets are opened in that namespace; "" is the router's own."""

    def __init__(self, name):
        self.path = f"/run/netns/{name}" if name else None

    def enter(self, path):
        with open(path) as fd:
            if libc.setns(fd.fileno(), 0x40000000):
                raise OSError(ctypes.get_errno(), "setns")

    def __enter__(self):
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        if self.path:
            self.enter(self.path)

    def __exit__(self, *_):
        self.enter(f"/proc/self/fd/{self.home}")
        os.close(self.home)


def raw(namespace):
    with Namespace(namespace):
        return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)


def udp(namespace, address, port):
    with Namespace(namespace):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, port))
    sock.settimeout(WAIT)
    return sock


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def udp_datagram(source, to, payload):
    (src, sport), (dst, dport) = source, to
    length = 8 + len(payload)
    pseudo = socket.inet_aton(src) + socket.inet_aton(dst) + struct.pack("!BBH", 0, UDP, length)
    header = struct.pack("!HHHH", sport, dport, length, 0)
    check = checksum(pseudo + header + payload) or 0xFFFF
    return header[:6] + struct.pack("!H", check) + payload


def echo(kind, identifier, payload):
    header = struct.pack("!BBHHH", kind, 0, 0, identifier, 1)
    check = checksum(header + payload)
    return header[:2] + struct.pack("!H", check) + header[4:] + payload


def fragment(src, dst, proto, ident, data, begin, end, more=None):
    more = end < len(data) if more is None else more
    part = data[begin:end]
    flags = (0x2000 if more else 0) | begin // 8
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(part), ident, flags, 64, proto, 0,
                         socket.inet_aton(src), socket.inet_aton(dst))
    return header + part


IDENT = itertools.count(random.randrange(1, 20000))


def fragments(src, dst, proto, data, cuts=(1400, 2800)):
    ident = next(IDENT)
    edges = [0, *cuts, len(data)]
    return [fragment(src, dst, proto, ident, data, a, b) for a, b in zip(edges, edges[1:])]


def send(sock, packets):
    for packet in packets:
        sock.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))


def payload(length=3500):
    return random.randbytes(length)


def receive(sock, want, source=None):
    """Why not `want`, from `source`; None where it came."""
    try:
        got, peer = sock.recvfrom(65535)
    except TimeoutError:
        return "lost"
    if got != want:
        return "other content"
    if source and peer[:len(source)] != source:
        return f"came from {peer}"
    return None


class Flow:
    """A UDP flow between an inside host and a server, open in both directions."""

    def __init__(self, remote, seen_as):
        self.port = random.randrange(20000, 40000)
        self.inside, self.remote, self.seen_as = (INSIDE, self.port), (remote, 7000), seen_as
        self.client, self.server = udp("inside", *self.inside), udp("net", *self.remote)
        self.out, self.back = raw("inside"), raw("net")
        self.client.sendto(b"?", self.remote)
        _, self.peer = self.server.recvfrom(9)
        if self.peer != (seen_as, self.port):
            sys.exit(f"seen as {self.peer}")

    def outward(self, order, cuts=(1400, 2800), length=3500):
        data = payload(length)
        parts = fragments(INSIDE, self.remote[0], UDP, udp_datagram(self.inside, self.remote, data), cuts)
        send(self.out, [parts[i] for i in order])
        return receive(self.server, data, self.peer)

    def inward(self, order, cuts=(1400, 2800), length=3500):
        data = payload(length)
        parts = fragments(self.remote[0], self.seen_as, UDP, udp_datagram(self.remote, self.peer, data), cuts)
        send(self.back, [parts[i] for i in order])
        return receive(self.client, data, self.remote)


def every_order(what, attempt, count=3):
    wrong = [f"{what} {order}: {answer}" for order in itertools.permutations(range(count))
             if (answer := attempt(order))]
    print("\n".join(wrong))
    return not wrong


def case_translated():
    flow = Flow(SERVER, OUTSIDE)
    out = every_order("out", flow.outward)
    return every_order("in", flow.inward) and out


def case_exempt():
    flow = Flow(PRIVATE, INSIDE)
    out = every_order("out", flow.outward)
    return every_order("in", flow.inward) and out


def case_own():
    """This host's own datagrams are nobody else's."""
    host, port = udp("", OUTSIDE, 7100), random.randrange(20000, 40000)
    sender = raw("net")

    def attempt(order):
        data = payload()
        parts = fragments(SERVER, OUTSIDE, UDP, udp_datagram((SERVER, port), (OUTSIDE, 7100), data))
        send(sender, [parts[i] for i in order])
        return receive(host, data, (SERVER, port))

    return every_order("own", attempt)


def case_many():
    """64 KB, backwards and shuffled."""
    flow, cuts = Flow(SERVER, OUTSIDE), range(1480, 65000, 1480)
    backwards = list(range(len(cuts) + 1))[::-1]
    shuffled = random.sample(backwards, len(backwards))
    wrong = [f"{way.__name__}: {answer}" for way in (flow.outward, flow.inward)
             for order in (backwards, shuffled) if (answer := way(order, cuts, 65000))]
    print("\n".join(wrong))
    return not wrong


def case_echo():
    """ICMP has no ports; the kernel at the other end answers too, which is not what is waited for."""
    ident = random.randrange(1, 60000)
    out, back = raw("inside"), raw("net")
    with Namespace("inside"):
        client = socket.socket(socket.AF_INET, socket.SOCK_RAW, ICMP)
    with Namespace("net"):
        server = socket.socket(socket.AF_INET, socket.SOCK_RAW, ICMP)

    def heard(sock, want):
        sock.settimeout(WAIT)
        try:
            while sock.recv(65535)[20:] != want:
                pass
        except TimeoutError:
            return "lost"
        return None

    def outward(order):
        message = echo(8, ident, payload())
        parts = fragments(INSIDE, SERVER, ICMP, message)
        send(out, [parts[i] for i in order])
        return heard(server, message)

    def inward(order):
        message = echo(0, ident, payload())
        parts = fragments(SERVER, OUTSIDE, ICMP, message)
        send(back, [parts[i] for i in order])
        return heard(client, message)

    return every_order("out", outward) and every_order("in", inward)


def case_flood():
    """Incomplete datagrams from everywhere fill the kernel's reassembly, and nothing of ours."""
    flow, sender = Flow(SERVER, OUTSIDE), raw("net")
    # More than any table of ours holds, and than the kernel's memory for reassembly.
    for i in range(max(5000, 20000 // int(os.environ.get("ERXDP_TEST_SCALE", 1)))):
        source, ident = f"198.18.{i // 250}.{i % 250 + 1}", i & 0xFFFF
        data = udp_datagram((source, 1), (OUTSIDE, 2), b"x" * 64)
        part = (48, 72) if i % 4 else (0, 48)
        send(sender, [fragment(source, OUTSIDE, UDP, ident, data, *part)])
    return every_order("out", flow.outward) and every_order("in", flow.inward)


def main():
    random.seed(os.environ.get("SEED"))
    return 0 if globals()["case_" + sys.argv[1]](*sys.argv[2:]) else 1


if __name__ == "__main__":
    sys.exit(main())
