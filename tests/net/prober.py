#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What a host's own diagnostics and tunnels do on the wire.

prober.py raw SOURCE SERVER        UDP by a raw socket, as mtr sends it, to a closed port: 0 if the ICMP error comes
prober.py bound DEVICE SERVER      UDP by a socket bound to a device, as traceroute -i does: the same
prober.py echo ADDRESS             GRE packets to that address are answered with the address of whoever sent them
prober.py gre SOURCE SERVER        prints the answer's sender; 1 if there is none
"""
import socket
import struct
import sys

GRE = 47
CLOSED = 9


def raw(source, server):
    icmp = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    icmp.settimeout(3)
    udp = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
    udp.bind((source, 0))
    udp.sendto(struct.pack("!HHHH", 33000, CLOSED, 8, 0), (server, 0))
    while True:
        packet = icmp.recv(2000)
        if packet[20] == 3 and packet[48:52] == struct.pack("!HH", 33000, CLOSED):
            return


def bound(device, server):
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    udp.settimeout(3)
    udp.connect((server, CLOSED))
    udp.send(b"?")
    try:
        udp.recv(9)
    except ConnectionRefusedError:
        return
    sys.exit("not refused")


def echo(address):
    gre = socket.socket(socket.AF_INET, socket.SOCK_RAW, GRE)
    gre.bind((address, 0))
    while True:
        packet, peer = gre.recvfrom(2000)
        if packet[20:] == b"\0\0\x08\0ask":
            gre.sendto(b"\0\0\x08\0" + socket.inet_aton(peer[0]), peer)


def ask(source, server):
    gre = socket.socket(socket.AF_INET, socket.SOCK_RAW, GRE)
    gre.bind((source, 0))
    gre.connect((server, 0))
    gre.settimeout(3)
    gre.send(b"\0\0\x08\0ask")
    print(socket.inet_ntoa(gre.recv(2000)[24:28]))


ROLES = {"raw": raw, "bound": bound, "echo": echo, "gre": ask}

try:
    ROLES[sys.argv[1]](*sys.argv[2:])
except TimeoutError:
    sys.exit("no answer")
