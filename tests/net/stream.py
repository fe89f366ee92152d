#!/usr/bin/python3 -IS
# SPDX-License-Identifier: GPL-2.0-only
"""Flows in which nothing may be lost, between the far ends of tests/lib/far_end.sh.

stream.py serve ADDRESS              TCP and UDP on 5001: returns what comes, of UDP behind the address
                                     and port that it came from
stream.py udp SOURCE PORT SERVER DIR a numbered datagram every 2 ms until the file DIR/stop exists
stream.py any SOURCE PORT SERVER DIR the same, where the outside port may change and 50 ms may be lost
stream.py new SOURCE PORT SERVER DIR a UDP flow a datagram, each from the next port
stream.py tcp SOURCE PORT SERVER DIR one connection; what comes back is compared byte by byte

DIR/ready appears with the first answer. At the end a client prints how much it sent; it fails where a
datagram is lost (of `new`: its answer does not come within a second), comes twice or by another outside
address or port, or where bytes differ.
"""
import hashlib
import os
import socket
import sys
import threading
import time

PORT = 5001
PERIOD = 0.002
SO_RCVBUFFORCE = 33


def echo_tcp(conn):
    with conn:
        while data := conn.recv(65536):
            conn.sendall(data)


def serve_tcp(address):
    listener = socket.create_server((address, PORT))
    while True:
        threading.Thread(target=echo_tcp, args=(listener.accept()[0],), daemon=True).start()


def open_udp(address, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    # Room for seconds: a reader that gets no processor loses nothing.
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 23)
    sock.bind((address, port))
    return sock


def serve(address):
    threading.Thread(target=serve_tcp, args=(address,), daemon=True).start()
    sock = open_udp(address, PORT)
    while True:
        data, peer = sock.recvfrom(64)
        sock.sendto(b"%s %d %s" % (peer[0].encode(), peer[1], data), peer)


def receive(sock, seen, numbers, directory):
    """Until a while after the last one was sent."""
    while True:
        over = os.path.exists(f"{directory}/stop")
        try:
            address, port, number = sock.recv(64).split()
        except TimeoutError:
            if over:
                return
            continue
        seen.add((address, port))
        numbers.append(int(number))
        if len(numbers) == 1:
            open(f"{directory}/ready", "w").close()


def udp(source, port, server, directory, strict=True):
    sock, seen, numbers, sent = open_udp(source, int(port)), set(), [], 0
    sock.connect((server, PORT))
    sock.settimeout(2)
    reader = threading.Thread(target=receive, args=(sock, seen, numbers, directory))
    reader.start()
    while not os.path.exists(f"{directory}/stop"):
        sock.send(b"%d" % sent)
        sent += 1
        time.sleep(PERIOD)
    reader.join()
    lost, twice = sent - len(set(numbers)), len(numbers) - len(set(numbers))
    print(f"udp: {sent} sent, {lost} lost, {twice} twice, seen as {sorted(seen)}")
    if not strict:
        return lost * PERIOD <= 0.05
    return not lost and not twice and len(seen) == 1


def any_port(*arguments):
    return udp(*arguments, strict=False)


def new(source, port, server, directory):
    sent, lost = 0, []
    while not os.path.exists(f"{directory}/stop"):
        with open_udp(source, int(port) + sent) as sock:
            sock.connect((server, PORT))
            sock.settimeout(1)
            sock.send(b"%d" % sent)
            try:
                sock.recv(64)
            except OSError as e:
                lost.append(f"{int(port) + sent}: {e}")
        sent += 1
        if sent == 1:
            open(f"{directory}/ready", "w").close()
        # At full speed they would use up a range of ports within some seconds.
        time.sleep(PERIOD / 20)
    print(f"new: {sent} flows, {len(lost)} lost", *lost[:20], sep="\n")
    return not lost


def read_whole(sock, size):
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            break
        data += part
    return data


def tcp(source, port, server, directory):
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.settimeout(10)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((source, int(port)))
    sock.connect((server, PORT))
    rounds = 0
    while not os.path.exists(f"{directory}/stop"):
        block = hashlib.sha256(b"%d" % rounds).digest() * 256
        sock.sendall(block)
        if read_whole(sock, len(block)) != block:
            print(f"tcp: block {rounds} came back otherwise")
            return False
        rounds += 1
        if rounds == 1:
            open(f"{directory}/ready", "w").close()
        time.sleep(PERIOD)
    print(f"tcp: {rounds} blocks of {len(block)} bytes")
    return True


if sys.argv[1] == "serve":
    serve(sys.argv[2])
sys.exit(not {"udp": udp, "any": any_port, "tcp": tcp, "new": new}[sys.argv[1]](*sys.argv[2:]))
