#!/usr/bin/python3 -IS
# SPDX-License-Identifier: GPL-2.0-only
"""Thousands of conversations at once, each with bytes of its own, for together.sh.

together.py serve ADDRESS PORTS         answers on TCP and UDP, until killed
together.py talk NAME ROUND FLOWS...    opens all flows, talks by each in turn and compares what comes back. NAME.ready
                                        appears when each was answered; once there is NAME.stop it closes them and
                                        writes NAME.flows: a line each of
                                        PROTOCOL ADDRESS PORT SERVER-PORT SEEN-ADDRESS SEEN-PORT

FLOWS is PROTOCOL,ADDRESS,PORTS,SERVER,SERVER-PORTS: a flow from each port to each of the server's. PORTS is
FIRST-LAST, or anyN for N ports that the kernel chooses. All flows of one ROUND (0-255) are open together,
so the server refuses an address and port from which two of them come.
"""
import collections
import hashlib
import os
import resource
import select
import socket
import struct
import sys
import time

QUESTION = struct.Struct("!8sI")   # whose (its first byte is the round), the number of the question
SEEN = struct.Struct("!4sH")       # in an answer, behind the question's head: where that came from
SIZE = {"tcp": 3000, "udp": 1000}  # of the content behind
LENGTH = {kind: QUESTION.size + SEEN.size + size for kind, size in SIZE.items()}  # of an answer
SCALE = int(os.environ.get("ERXDP_TEST_SCALE", 1))
WINDOW = max(8, 64 // SCALE)       # questions on their way at once: a veth pair has room for 256 packets
TURN = 16                          # UDP questions that a server answers before it looks elsewhere
LEAST = 3                          # questions in each flow
PATIENCE = int(os.environ.get("ERXDP_TEST_PATIENCE", 1))
UDP_WAIT, WAIT = 0.3 * PATIENCE, 15 * PATIENCE  # seconds until a question is sent again; until the flow has failed
SO_RCVBUFFORCE = 33                # Python has no name for it; without FORCE it is rmem_max at most
TYPES = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def content(kind, way, head):
    return hashlib.shake_128(way + head).digest(SIZE[kind])


def make_socket(kind, address, port):
    sock = socket.socket(socket.AF_INET, TYPES[kind])
    sock.setblocking(False)
    if port:
        # Towards other servers it serves again, and beside a service.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((address, port))
    return sock


def ports(text):
    if text.startswith("any"):
        return [0] * int(text[3:])
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


# ---- server ----

class Refusal(Exception):
    pass


def answer(kind, peer, known, data):
    """Of the question; `known` is whose questions came from that peer."""
    head, token = data[:QUESTION.size], data[:8]
    if known[:1] == token[:1] and known != token:
        raise Refusal(f"{kind} {peer}: two flows at once")
    if data[QUESTION.size:] != content(kind, b"up", head):
        raise Refusal(f"{kind} {peer}: content that was not sent so")
    return head + SEEN.pack(socket.inet_aton(peer[0]), peer[1]) + content(kind, b"down", head)


class Connection:
    """One accepted connection; `data` is what came of a question so far."""

    def __init__(self, sock, peer):
        self.sock, self.peer, self.data, self.known = sock, peer, b"", b""

    def read(self):
        """False at its end; the client may be gone without having read its answers."""
        try:
            return self.answer(self.sock.recv(1 << 16))
        except ConnectionError:
            return False

    def answer(self, more):
        self.data += more
        length = QUESTION.size + SIZE["tcp"]
        while len(self.data) >= length:
            self.sock.send(answer("tcp", self.peer, self.known, self.data[:length]))
            self.known = self.data[:8]
            self.data = self.data[length:]
        return bool(more)


class Listener:
    def __init__(self, poll, address, port, readers):
        self.poll, self.readers = poll, readers
        self.sock = make_socket("tcp", address, port)
        self.sock.listen(1024)

    def read(self):
        sock, peer = self.sock.accept()
        sock.setblocking(False)
        self.readers[sock.fileno()] = Connection(sock, peer)
        self.poll.register(sock, select.EPOLLIN)
        return True


class Datagrams:
    def __init__(self, address, port):
        self.sock, self.known = make_socket("udp", address, port), {}
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 20)

    def read(self):
        """Of TCP each flow has its turn, of UDP all flows to a port have one together. It ends though more
        is there: on one CPU an answer may wake the client, who asks again before the next look."""
        try:
            for _ in range(TURN):
                self.answer()
        except (ConnectionError, BlockingIOError):
            pass  # an ICMP error of an answer that came too late; the end
        return True

    def answer(self):
        data, peer = self.sock.recvfrom(1 << 16)
        self.sock.sendto(answer("udp", peer, self.known.get(peer, b""), data), peer)
        self.known[peer] = data[:8]


def serve(address, wanted):
    poll, readers = select.epoll(), {}
    for port in ports(wanted):
        for reader in Listener(poll, address, port, readers), Datagrams(address, port):
            readers[reader.sock.fileno()] = reader
            poll.register(reader.sock, select.EPOLLIN)
    while True:
        for fd, _ in poll.poll():
            reader = readers[fd]
            try:
                going_on = reader.read()
            except Refusal as refusal:
                print(refusal, file=sys.stderr, flush=True)
                going_on = not isinstance(reader, Connection)
            if not going_on:
                del readers[fd]
                reader.sock.close()


# ---- clients ----

class Flow:
    def __init__(self, kind, address, port, server):
        self.kind, self.address, self.port, self.server = kind, address, port, server
        self.sock = self.seen = None
        self.answered = 0

    def __str__(self):
        return f"{self.kind} {self.address} {self.port} {self.server[1]}"

    def fail(self, what):
        sys.exit(f"{self} seen as {self.seen}, after {self.answered} answers: {what}")

    def open(self, number):
        self.token = bytes([number]) + os.urandom(7)
        try:
            self.sock = make_socket(self.kind, self.address, self.port)
            self.sock.connect(self.server)
        except BlockingIOError:
            pass
        except OSError as error:
            self.fail(error)
        self.port = self.sock.getsockname()[1]
        if self.kind == "udp":
            self.forget()

    def forget(self):
        """Between bind() and connect() it was anybody's."""
        try:
            while self.sock.recv(1 << 16):
                pass
        except BlockingIOError:
            pass

    def ask(self):
        head = QUESTION.pack(self.token, self.answered)
        self.data = b""
        self.asked = time.monotonic()
        self.send(head + content(self.kind, b"up", head))

    def send(self, question):
        self.sent = time.monotonic()
        self.question = question
        try:
            if self.sock.send(question) != len(question):
                self.fail("no room for a question")
        except BlockingIOError:
            if self.kind == "tcp":
                self.fail("no room for a question")
        except OSError as error:
            self.fail(error)

    def read(self):
        """True once the answer is complete."""
        try:
            more = self.sock.recv(1 << 16)
        except OSError as error:
            self.fail(error)
        if not more:
            self.fail("closed by the server")
        if self.kind == "udp":
            # The answer to a question that was asked twice may come twice.
            token, number = QUESTION.unpack_from(more)
            if token == self.token and number < self.answered:
                return False
            self.data = b""
        self.data += more
        return len(self.data) >= LENGTH[self.kind] and self.compare()

    def compare(self):
        head = QUESTION.pack(self.token, self.answered)
        seen = SEEN.unpack_from(self.data, QUESTION.size)
        if self.data[:QUESTION.size] != head or \
                self.data[QUESTION.size + SEEN.size:] != content(self.kind, b"down", head):
            self.fail("somebody else's bytes")
        if self.seen not in (None, seen):
            self.fail(f"is seen as {seen} now")
        self.seen = seen
        self.answered += 1
        return True

    def wait(self, now):
        if now - self.asked > WAIT:
            self.fail("no answer")
        if self.kind == "udp" and now - self.sent > UDP_WAIT:
            self.send(self.question)

    def row(self):
        return f"{self} {socket.inet_ntoa(self.seen[0])} {self.seen[1]}\n"


def flows_of(text):
    kind, address, sources, server, targets = text.split(",")
    return [Flow(kind, address, source, (server, target)) for source in ports(sources) for target in ports(targets)]


class Talk:
    def __init__(self, number, flows):
        self.number, self.poll = number, select.epoll()
        # Few flows must not talk more than many do: it is the server that all wait for.
        self.window = min(WINDOW, -(-len(flows) // 8))
        self.idle = collections.deque(flows)
        self.opening, self.open, self.asking = set(), {}, set()
        self.next_look = 0

    def begin(self):
        """As many questions as the window has room for."""
        while self.idle and len(self.asking) + len(self.opening) < self.window:
            flow = self.idle.popleft()
            if flow.sock:
                self.ask(flow)
                continue
            flow.open(self.number)
            flow.asked = flow.sent = time.monotonic()
            self.open[flow.sock.fileno()] = flow
            self.opening.add(flow)
            self.poll.register(flow.sock, select.EPOLLOUT)

    def ask(self, flow):
        self.asking.add(flow)
        flow.ask()

    def opened(self, flow):
        error = flow.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            flow.fail(os.strerror(error))
        self.opening.remove(flow)
        self.poll.modify(flow.sock, select.EPOLLIN)
        self.ask(flow)

    def step(self):
        for fd, _ in self.poll.poll(0.05):
            flow = self.open[fd]
            if flow in self.opening:
                self.opened(flow)
            elif flow.read():
                self.asking.discard(flow)
                self.idle.append(flow)
        now = time.monotonic()
        if now > self.next_look:
            self.next_look = now + 0.1
            for flow in self.asking:
                flow.wait(now)
            for flow in self.opening:
                if now - flow.asked > WAIT:
                    flow.fail("no connection")

    def until(self, condition):
        while not condition():
            self.begin()
            self.step()

    def finish(self):
        """The answers that are under way, and then nothing more."""
        while self.asking or self.opening:
            self.step()
        for flow in self.idle:
            if flow.kind == "tcp":
                flow.sock.shutdown(socket.SHUT_WR)
        for flow in self.idle:
            flow.sock.setblocking(True)
            flow.sock.settimeout(WAIT)
            if flow.kind == "tcp" and flow.sock.recv(1):
                flow.fail("bytes that nobody asked for")
            flow.sock.close()


def talk(name, number, *specifications):
    flows = [flow for text in specifications for flow in flows_of(text)]
    flows.sort(key=lambda _: os.urandom(8))
    talking = Talk(int(number), flows)
    talking.until(lambda: not talking.opening and all(flow.answered for flow in flows))
    open(f"{name}.ready", "w").close()
    talking.until(lambda: os.path.exists(f"{name}.stop"))
    talking.until(lambda: min(flow.answered for flow in flows) >= LEAST)
    talking.finish()
    with open(f"{name}.flows", "w") as out:
        out.writelines(flow.row() for flow in flows)
    print(sum(flow.answered for flow in flows))


resource.setrlimit(resource.RLIMIT_NOFILE, (16384, 16384))
{"serve": serve, "talk": talk}[sys.argv[1]](*sys.argv[2:])
