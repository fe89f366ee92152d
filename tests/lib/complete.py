#!/usr/bin/python3 -IS
# SPDX-License-Identifier: GPL-2.0-only
"""complete.py SHELL SETUP LINE: what an interactive shell makes of LINE at the Tab key.

SHELL is bash or zsh, SETUP a command that it begins with. Prints the words of the completed line, or with
two Tabs at its end what the shell offers for it.
"""
import os
import pty
import re
import select
import sys
import time

SHELLS = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}
PATIENCE = 30


class Shell:
    def __init__(self, name):
        pid, self.fd = pty.fork()
        if not pid:
            os.environ.update(TERM="vt100", PS1="", COLUMNS="80")
            os.execvp(SHELLS[name][0], SHELLS[name])
        self.said = b""

    def send(self, text):
        os.write(self.fd, text.encode())

    def read_until(self, pattern):
        """What was said until then, with the pattern's groups."""
        end = time.monotonic() + PATIENCE
        while not (match := re.search(pattern, self.said)):
            if not select.select([self.fd], [], [], end - time.monotonic())[0]:
                sys.exit(f"waited in vain for {pattern}: {self.said}")
            self.said += os.read(self.fd, 65536)
        self.said = self.said[match.end():]
        return match


shell = Shell(sys.argv[1])
shell.send(sys.argv[2] + "; echo rea''dy\n")
shell.read_until(rb"[\r\n]ready\r?\n")
# The line becomes the argument of a command that prints it. (Emacs' keys, the default of both.)
shell.send(sys.argv[3] + "\x01printf '<%s>' \x05; echo do''ne\n")
print(shell.read_until(rb"(?s)[\r\n]((?:<[^\n]*>)?)done\r?\n")[1].decode())
os.close(shell.fd)
