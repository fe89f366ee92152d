#!/usr/bin/python3 -IS
# SPDX-License-Identifier: GPL-2.0-only
"""A process that has sockets open, for sockets.sh: holder.py COMMANDS ANSWERS

Reads one command a line from the fifo COMMANDS and answers each with a line in ANSWERS: "ok" and what is
asked for, or what went wrong. NAME stands for a socket that it keeps.

bind NAME tcp|udp ADDRESS PORT [reuseport] [v6only]    answers with the port
listen NAME           accept LISTENER NAME           connect NAME ADDRESS PORT
send NAME ADDRESS PORT (UDP, also of a NAME that is not bound yet); answers with the port
disconnect NAME       close NAME                     dup NAME (a second descriptor, under NAME2)
many NAME NUMBER PORT UDP sockets on one port; close NAME closes them all
fork NAME             a child that has NAME open too, until it is killed; answers with its pid
"""
import contextlib
import errno
import os
import signal
import socket
import struct
import sys

sockets = {}


def make(kind, address=""):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)


def bind(name, kind, address, port, *options):
    sock = sockets.get(name) or make(kind, address)
    sockets[name] = sock
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, "v6only" in options)
    if "reuseport" in options:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind((address, int(port)))
    return sock.getsockname()[1]


def listen(name):
    sockets[name].listen()


def accept(listener, name):
    sockets[name] = sockets[listener].accept()[0]


def connect(name, address, port):
    sockets[name].connect((address, int(port)))


def send(name, address, port):
    sockets.setdefault(name, make("udp")).sendto(b"?", (address, int(port)))
    return sockets[name].getsockname()[1]


def disconnect(name):
    # Python has no connect(AF_UNSPEC); the kernel's structs are the same for all.
    import ctypes

    unspec = ctypes.create_string_buffer(struct.pack("H14x", socket.AF_UNSPEC))
    if ctypes.CDLL(None).connect(sockets[name].fileno(), unspec, 16):
        raise OSError(errno.EIO, "connect")


def close(name):
    sockets.pop(name).close()


def dup(name):
    sockets[name + "2"] = sockets[name].dup()


def many(name, number, port):
    sockets[name] = contextlib.ExitStack()
    for _ in range(int(number)):
        sock = sockets[name].enter_context(make("udp"))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(("", int(port)))


def fork(name):
    child = os.fork()
    if child:
        return child
    for other in [s for n, s in sockets.items() if n != name]:
        other.close()
    signal.pause()


VERBS = {
    f.__name__: f
    for f in (bind, listen, accept, connect, send, disconnect, close, dup, many, fork)
}


def obey(verb, *words):
    try:
        answer = VERBS[verb](*words)
    except (OSError, KeyError) as e:
        return str(e)
    return "ok" if answer is None else f"ok {answer}"


# Nobody waits for the children.
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
# Open for both: a fifo without a writer would end.
with open(sys.argv[1], "r+b", 0) as commands, open(sys.argv[2], "r+b", 0) as answers:
    while line := commands.readline():
        answers.write(obey(*line.decode().split()).encode() + b"\n")
