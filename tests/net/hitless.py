#!/usr/bin/python3 -IS
# SPDX-License-Identifier: GPL-2.0-only
"""Connections that go on while the translator is exchanged under them (tests/net/hitless.sh).

hitless.py serve DIRECTORY ADDRESS
hitless.py talk DIRECTORY SERVER NUMBER INTERVAL CLIENT...
                        each client has NUMBER connections, from the same ports as the others

hitless.py echo ADDRESS PORT
hitless.py call DIRECTORY tcp|udp SOURCE ADDRESS PORT
                        one message after the other, each answered by echo, until DIRECTORY/stop appears;
                        prints how many were, and of UDP how many were not

Of TCP each block of bytes is known to its receiver, which compares it. Of three connections one carries blocks
both ways, one is half-closed and carries them to the client, and one is idle: when the number in the file
DIRECTORY/poke is raised, the server says a block and the client answers. Beside them short connections begin
one after the other. UDP is numbered both ways.

talk writes what it sees to DIRECTORY/seen, and DIRECTORY/ready when all connections are made; it ends when
DIRECTORY/stop appears, and fails where a connection has broken, bytes were wrong, or somebody's port has changed.
"""
import asyncio
import os
import socket
import struct
import sys
import threading
import time

PORT, FIRST_PORT, CHURN_PORT, UDP_PORT = 5000, 30000, 40000, 7000
BLOCK = 256
HELLO = struct.Struct(">4sQ")
SEEN = struct.Struct(">4sH")
DATAGRAM = struct.Struct(">QQH")  # number; of the other side's: lost; as which port it is seen
CHURN_BLOCKS = 6
SO_RCVBUFFORCE = 33
ROOM = 4 << 20  # datagrams that wait for a busy machine are not lost


def block(key, side, number):
    return struct.pack(">IIQ", key, side, number) * (BLOCK // 16)


async def expect(reader, key, side, number):
    data = await reader.readexactly(BLOCK)
    if data != block(key, side, number):
        raise ValueError(f"connection {key}: wrong bytes in block {number}")


class Control:
    """What the test tells."""

    def __init__(self, directory):
        self.directory = directory

    def path(self, name):
        return os.path.join(self.directory, name)

    def stopped(self):
        return os.path.exists(self.path("stop"))

    def pokes(self):
        try:
            with open(self.path("poke"), encoding="ascii") as file:
                return int(file.read() or 0)
        except FileNotFoundError:
            return 0

    def write(self, name, text):
        with open(self.path("new"), "w", encoding="ascii") as file:
            file.write(text)
        os.rename(self.path("new"), self.path(name))


# ---- both sides ----

async def send_blocks(control, writer, key, side, interval):
    number = 0
    while not control.stopped():
        writer.write(block(key, side, number))
        await writer.drain()
        number += 1
        await asyncio.sleep(interval)
    writer.write_eof()


async def take_blocks(reader, key, side):
    """To the end of the stream; the number of them."""
    number = 0
    while True:
        data = await reader.read(1)
        if not data:
            return number
        data += await reader.readexactly(BLOCK - 1)
        if data != block(key, side, number):
            raise ValueError(f"connection {key}: wrong bytes in block {number}")
        number += 1


class Numbered:
    """Numbers that come in: the highest one, and how many are missing before it."""

    def __init__(self):
        self.highest, self.count = -1, 0

    def take(self, number):
        self.highest = max(self.highest, number)
        self.count += 1

    def lost(self):
        return self.highest + 1 - self.count


# ---- the server ----

class Server:
    def __init__(self, control, address):
        self.control, self.address = control, address
        self.peers = {}

    async def idle(self, reader, writer, key):
        number = 0
        while not self.control.stopped() or number < self.control.pokes():
            if number == self.control.pokes():
                await asyncio.sleep(0.05)
                continue
            writer.write(block(key, 1, number))
            await expect(reader, key, 0, number)
            number += 1
        writer.write_eof()

    async def churn(self, reader, writer, key):
        for number in range(CHURN_BLOCKS):
            await expect(reader, key, 0, number)
            writer.write(block(key, 1, number))

    async def serve(self, reader, writer):
        kind, key = HELLO.unpack(await reader.readexactly(HELLO.size))
        host, port = writer.get_extra_info("peername")
        writer.write(SEEN.pack(socket.inet_aton(host), port))
        interval = (key >> 32) / 1000
        key &= 0xffffffff
        try:
            if kind == b"idle":
                await self.idle(reader, writer, key)
            elif kind == b"shrt":
                await self.churn(reader, writer, key)
            elif kind == b"half":
                if await reader.read(1):
                    raise ValueError("bytes behind the end")
                await send_blocks(self.control, writer, key, 1, interval)
            else:
                await asyncio.gather(send_blocks(self.control, writer, key, 1, interval),
                                     take_blocks(reader, key, 0))
        except (OSError, ValueError, asyncio.IncompleteReadError) as error:
            with open(self.control.path("broken"), "a", encoding="ascii") as file:
                file.write(f"server, {kind} {key} from {host}:{port}: {error}\n")
        writer.close()

    async def datagrams(self):
        loop = asyncio.get_running_loop()
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
        sock.bind((self.address, PORT))
        loop.add_reader(sock, self.take_datagrams, sock)
        number = 0
        while True:
            for peer, numbered in self.peers.items():
                sock.sendto(DATAGRAM.pack(number, numbered.lost(), peer[1]), peer)
            if self.peers:
                number += 1
            await asyncio.sleep(0.01)

    def take_datagrams(self, sock):
        try:
            while True:
                data, peer = sock.recvfrom(2048)
                self.peers.setdefault(peer, Numbered()).take(DATAGRAM.unpack(data)[0])
        except BlockingIOError:
            pass

    async def run(self):
        await asyncio.start_server(self.serve, self.address, PORT, backlog=1000)
        await self.datagrams()


# ---- the clients ----

class Talker:
    def __init__(self, control, server, number, interval, clients):
        self.control, self.server = control, server
        self.number, self.interval, self.clients = number, interval, clients
        self.broken, self.moved, self.answered = [], 0, {}
        self.streams, self.short, self.bytes = {}, 0, 0

    async def connect(self, client, port, kind, key):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setblocking(False)
        sock.bind((client, port))
        await asyncio.get_running_loop().sock_connect(sock, (self.server, PORT))
        reader, writer = await asyncio.open_connection(sock=sock)
        writer.write(HELLO.pack(kind, int(self.interval * 1000) << 32 | key))
        return reader, writer, SEEN.unpack(await reader.readexactly(SEEN.size))[1]

    async def one(self, client, port, kind, key):
        reader, writer, seen = await self.connect(client, port, kind, key)
        self.moved += seen != port
        if kind == b"idle":
            self.answered[key] = 0
        elif kind == b"half":
            writer.write_eof()
        self.streams[key] = None
        if kind == b"idle":
            while data := await reader.read(1):
                if data + await reader.readexactly(BLOCK - 1) != block(key, 1, self.answered[key]):
                    raise ValueError(f"connection {key}: wrong bytes")
                writer.write(block(key, 0, self.answered[key]))
                self.answered[key] += 1
            blocks = self.answered[key]
        elif kind == b"half":
            blocks = await take_blocks(reader, key, 1)
        else:
            _, blocks = await asyncio.gather(send_blocks(self.control, writer, key, 0, self.interval),
                                             take_blocks(reader, key, 1))
        self.bytes += blocks * BLOCK
        writer.close()

    async def guarded(self, what, work):
        try:
            await work
        except (OSError, ValueError, asyncio.IncompleteReadError) as error:
            self.broken.append(f"{what}: {error!r}")

    async def once(self, client, port, key):
        reader, writer, _ = await self.connect(client, port, b"shrt", key)
        for number in range(CHURN_BLOCKS):
            writer.write(block(key, 0, number))
            await expect(reader, key, 1, number)
            await asyncio.sleep(self.interval)
        self.short += 1
        if await reader.read(1):
            raise ValueError("bytes behind the end")
        writer.close()

    async def churn(self):
        """Short connections, of which some always begin."""
        under_way, serial = set(), 0
        while not self.control.stopped():
            for client in self.clients:
                work = self.once(client, CHURN_PORT + serial % 10000, 1 << 20 | serial)
                task = asyncio.create_task(self.guarded(f"short {client} {CHURN_PORT + serial % 10000}", work))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            serial += 1
            await asyncio.sleep(self.interval)
        await asyncio.gather(*under_way)

    async def datagrams(self, client, states):
        state = {"in": Numbered(), "out": 0, "port": None, "sent": 0}
        states[client] = state
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
        sock.bind((client, UDP_PORT))
        sock.connect((self.server, PORT))
        asyncio.get_running_loop().add_reader(sock, self.take_datagrams, sock, state)
        while not self.control.stopped():
            try:
                sock.send(DATAGRAM.pack(state["sent"], 0, 0))
            except OSError as error:
                self.broken.append(f"udp {client}: {error!r}")
            state["sent"] += 1
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)

    def take_datagrams(self, sock, state):
        try:
            while True:
                number, state["out"], port = DATAGRAM.unpack(sock.recv(2048))
                if state["port"] is None:  # what the server sent to others before is not lost
                    state["in"].count = number
                elif port != state["port"]:
                    self.broken.append(f"udp: seen as port {state['port']}, then as {port}")
                state["in"].take(number)
                state["port"] = port
        except BlockingIOError:
            pass
        except OSError as error:
            self.broken.append(f"udp: {error!r}")

    def report(self, states):
        lost_out = sum(state["out"] for state in states.values())
        lost_in = sum(state["in"].lost() for state in states.values())
        moved = sum(state["port"] not in (None, UDP_PORT) for state in states.values())
        poked = min(self.answered.values(), default=0)
        self.control.write("seen", f"{poked} {lost_out} {lost_in} {len(self.broken)} {self.short} "
                           f"{self.moved} {moved}\n")

    async def watch(self, states):
        while True:
            self.report(states)
            if len(self.streams) == self.number * len(self.clients) and all(s["port"] for s in states.values()):
                self.control.write("ready", "")
            await asyncio.sleep(0.1)

    async def run(self):
        work, states = [], {}
        for client_number, client in enumerate(self.clients):
            for i in range(self.number):
                kind = (b"both", b"half", b"idle")[i % 3]
                key = client_number << 16 | i
                work.append(self.guarded(f"{kind.decode()} {client} {FIRST_PORT + i}",
                                         self.one(client, FIRST_PORT + i, kind, key)))
            work.append(self.datagrams(client, states))
        work.append(self.churn())
        watch = asyncio.create_task(self.watch(states))
        await asyncio.gather(*work)
        watch.cancel()
        self.report(states)
        for line in self.broken:
            print(line)
        print(f"{self.bytes} bytes, {sum(state['sent'] for state in states.values())} datagrams")
        return 1 if self.broken else 0


# ---- what begins outside ----

def echo_tcp(listener):
    def one(conn):
        while data := conn.recv(64):
            conn.sendall(data)

    while True:
        threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()


def echo(address, port):
    listener = socket.create_server((address, port))
    threading.Thread(target=echo_tcp, args=(listener,), daemon=True).start()
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, port))
    while True:
        data, peer = sock.recvfrom(64)
        sock.sendto(data, peer)


def call(control, kind, source, address, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
    sock.settimeout(2 if kind == "udp" else 20)
    sock.bind((source, 0))
    sock.connect((address, port))
    number = answers = silence = 0
    while not control.stopped():
        message = b"%08d" % number
        sock.send(message)
        try:
            while (answer := sock.recv(64)) < message:
                pass  # of one that was given up
            if answer != message:
                raise ValueError(f"wrong answer to {number}")
            answers, silence = answers + 1, 0
        except TimeoutError:
            silence += 1
            if kind == "tcp" or silence == 5:
                raise
        number += 1
        time.sleep(0.05)
    print(f"{kind}: {answers} answers, {number - answers} lost;")


def main(verb, directory, address, *rest):
    if verb == "echo":
        echo(directory, int(address))
    control = Control(directory)
    if verb == "call":
        return call(control, address, *rest[:2], int(rest[2]))
    if verb == "serve":
        asyncio.run(Server(control, address).run())
    talker = Talker(control, address, int(rest[0]), float(rest[1]), rest[2:])
    sys.exit(asyncio.run(talker.run()))


main(*sys.argv[1:])
