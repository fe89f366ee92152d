#!/usr/bin/python3 -IS
# SPDX-License-Identifier: GPL-2.0-only
"""The far ends of the tests in namespaces (tests/lib/far_end.sh).

talker.py serve ADDRESS          TCP and UDP on 5000: each message is answered with the address and port
                                 that it came from
talker.py ask tcp|udp SOURCE PORT DESTINATION [UNTIL]
                                 one connection; prints each answer; asks every 20 ms until the file UNTIL
                                 exists, or once; fails where an answer differs from the first one
"""
import os
import socket
import sys
import threading
import time

PORT = 5000


def answer_tcp(conn, peer):
    with conn:
        while conn.recv(64):
            conn.sendall(b"%s %d\n" % (peer[0].encode(), peer[1]))


def serve_tcp(address):
    listener = socket.create_server((address, PORT))
    while True:
        threading.Thread(target=answer_tcp, args=listener.accept(), daemon=True).start()


def serve(address):
    threading.Thread(target=serve_tcp, args=(address,), daemon=True).start()
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, PORT))
    while True:
        peer = sock.recvfrom(64)[1]
        sock.sendto(b"%s %d\n" % (peer[0].encode(), peer[1]), peer)


def ask(kind, source, port, destination, until=None):
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
    sock.settimeout(3)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((source, int(port)))
    sock.connect((destination, PORT))
    first = None
    while True:
        sock.send(b"?")
        seen = sock.recv(64)
        if first is None:
            print(seen.decode().strip(), flush=True)
        if seen != (first or seen):
            sys.exit(f"the flow changed: {first} became {seen}")
        first = seen
        if until is None or os.path.exists(until):
            return
        time.sleep(0.02)


{"serve": serve, "ask": ask}[sys.argv[1]](*sys.argv[2:])
