#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""gnomonctl at a terminal: prompt, editing, history, completion, Ctrl-C and Ctrl-D.

usage: client_terminal.py GNOMONCTL SOCKET

The daemon behind SOCKET is canned_daemon.py with the scenario "plain".
"""
import os
import pty
import select
import signal
import stat
import subprocess
import sys
import tempfile
import time

PROMPT = b'gnomonctl> '
count = failed = 0


def result(good, name, seen=b''):
    global count, failed
    count += 1
    failed += not good
    print(('ok' if good else 'not ok'), count, '-', name, flush=True)
    if not good:
        print('#', repr(seen))


class Terminal:
    """A client with a terminal of its own."""

    def __init__(self, arguments, state, **more):
        environment = dict(os.environ, XDG_STATE_HOME=state, TERM='vt100', HOME='/nonexistent', **more)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(arguments[0], arguments, environment)
        self.seen, self.at = b'', 0

    def send(self, text):
        self.seen, self.at = b'', 0
        os.write(self.fd, text)

    def press(self, key):
        """Presses a key that the terminal itself would take before the client reads it: a person
        is slower than the prompt."""
        time.sleep(0.3)
        self.send(key)

    def expect(self, text, seconds=5):
        """Reads until text comes after what was expected last: an edited line is drawn with its
        prompt, which is not the prompt that follows the answer. What was seen stays in self.seen."""
        end = time.monotonic() + seconds
        while self.seen.find(text, self.at) < 0:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                return False
            try:
                data = os.read(self.fd, 4096)
            except OSError:
                return False
            if not data:
                return False
            self.seen += data
        self.at = self.seen.find(text, self.at) + len(text)
        return True

    def end(self, seconds=5):
        """Waits for the end; the exit status, or None."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    self.seen += os.read(self.fd, 4096)
                except OSError:
                    pass
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return None


def conversation(client, socket, state, edits):
    t = Terminal([client, '-n', '-h', socket], state)
    result(t.expect(PROMPT) and b'gnomon ' in t.seen, 'banner and prompt', t.seen)
    t.send(b'activity\r')
    result(t.expect(b'4 sources with unknown address\r\n') and t.expect(PROMPT), 'a command', t.seen)
    t.send(b'bogus\r')
    result(t.expect(b'Unrecognized command') and t.expect(PROMPT), 'a wrong command', t.seen)
    if edits:
        editing(t)
    t.send(b'shutd')
    t.expect(b'shutd')
    t.press(b'\x03')
    result(t.expect(PROMPT), 'Ctrl-C gives a new prompt', t.seen)
    t.send(b'sourcename 127.0.0.2\r')
    result(t.expect(b'one.example\r\n') and t.expect(PROMPT) and b'shutd' not in t.seen,
           'Ctrl-C cancels the line', t.seen)
    t.press(b'\x04')
    result(t.end() == 0, 'Ctrl-D leaves', t.seen)


def editing(t):
    t.send(b'trac\t')
    result(t.expect(b'king '), 'Tab completes a command', t.seen)
    t.send(b'\r')
    result(t.expect(b'Leap status     : Normal\r\n') and t.expect(PROMPT), 'which then runs', t.seen)
    t.send(b'sourc\t\t')
    result(t.expect(b'sourcename  sources  sourcestats'), 'Tab lists what is left', t.seen)
    t.send(b'\x15ntpdata n\t')
    result(t.expect(b'ine.example '), 'Tab completes the name of a source', t.seen)
    t.send(b'\x15manual l\t\r')
    result(t.expect(b'210 n_samples = 2') and t.expect(PROMPT), 'Tab completes an argument', t.seen)
    t.send(b'\x1b[A\x1b[A\r')
    result(t.expect(b'Leap status     : Normal\r\n') and t.expect(PROMPT), 'the history goes back',
           t.seen)
    t.send(b'ctivity\x01a\r')
    result(t.expect(b'200 OK\r\n') and t.expect(PROMPT), 'the line can be edited', t.seen)


def history(client, socket, state):
    path = os.path.join(state, 'gnomonctl', 'history')
    mode = stat.S_IMODE(os.stat(path).st_mode)
    result(mode == 0o600, 'the history is nobody else\'s', oct(mode).encode())
    with open(path, 'rb') as f:
        text = f.read()
    result(b'activity' in text and b'shutd' not in text, 'the history has the lines', text)
    os.chmod(path, 0o644)
    t = Terminal([client, '-n', '-h', socket], state)
    t.expect(PROMPT)
    t.send(b'\x1b[A\r')
    result(t.expect(b'one.example\r\n') and t.expect(PROMPT), 'the history outlives the program', t.seen)
    t.send(b'exit\r')
    result(t.end() == 0, 'exit leaves', t.seen)
    mode = stat.S_IMODE(os.stat(path).st_mode)
    result(mode == 0o600, 'an open history is closed', oct(mode).encode())


def interrupted(client, state):
    # A socket that never answers: the client waits, Ctrl-C ends the waiting, not the program.
    with tempfile.TemporaryDirectory() as directory:
        import socket as sockets
        path = os.path.join(directory, 'silent.sock')
        silent = sockets.socket(sockets.AF_UNIX, sockets.SOCK_DGRAM)
        silent.bind(path)
        t = Terminal([client, '--timeout', '60000', '-h', path], state)
        t.expect(PROMPT)
        t.send(b'tracking\r')
        silent.settimeout(5)
        silent.recv(2048)
        t.press(b'\x03')
        result(t.expect(b'506 Cannot talk to daemon') and t.expect(PROMPT), 'Ctrl-C ends the waiting',
               t.seen)
        # At any moment: also just before the client begins to read.
        os.kill(t.pid, signal.SIGTERM)
        result(t.end() is not None, 'SIGTERM ends the program', t.seen)
        result(os.listdir(directory) == ['silent.sock'], 'no socket is left behind',
               repr(os.listdir(directory)).encode())


def redirected(client, socket):
    done = subprocess.run([client, '-h', socket], input=b'activity\n', capture_output=True, timeout=10)
    result(done.stdout.startswith(b'200 OK\n') and PROMPT not in done.stdout, 'no prompt for a script',
           done.stdout)
    # A reader that goes away early.
    pipe = subprocess.Popen([client, '-h', socket], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
    pipe.stdout.close()
    errors = pipe.communicate(b'activity\nactivity\n', timeout=10)[1]
    result(pipe.returncode == 1 and errors == b'Could not write to stdout\n', 'a closed pipe ends it',
           errors)


def main():
    client, socket = sys.argv[1:3]
    version = subprocess.run([client, '-v'], capture_output=True).stdout
    edits = b'+LIBEDIT' in version
    with tempfile.TemporaryDirectory() as state:
        conversation(client, socket, state, edits)
        if edits:
            history(client, socket, state)
        interrupted(client, state)
    redirected(client, socket)
    sys.exit(failed > 0)


main()
