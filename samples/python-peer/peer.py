#!/usr/bin/env python3
"""A small P2PChat peer, written from docs/protocol.md: it registers, dials one peer, and chats.

    python3 peer.py <username> <whom> [--discovery http://localhost:5000] [--join-token TOKEN]

It sends each line of standard input, and prints each received message as `<username>: <text>`. At the end of the input
it waits until all messages are acknowledged and `--replies` messages have been received. It needs only Python's
standard library, and the `openssl` program for P-256 keys, which the library lacks.
"""
import argparse
import base64
import hashlib
import json
import os
import queue
import secrets
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import wire

SPKI_PREFIX = bytes.fromhex("3059301306072A8648CE3D020106082A8648CE3D03010703420004")
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


# Section 1: identity.

def check_digit(group):
    total, factor = 0, 2
    for character in reversed(group):
        product = factor * BASE32.index(character)
        total += product // 32 + product % 32
        factor = 3 - factor
    return BASE32[(32 - total % 32) % 32]


def peer_id(public_key):
    """The written form of the PeerId of a SubjectPublicKeyInfo."""
    if len(public_key) != 91 or not public_key.startswith(SPKI_PREFIX):
        raise ValueError("not an uncompressed P-256 key")
    digits = base64.b32encode(hashlib.sha256(public_key).digest()).decode().rstrip("=")
    groups = [digits[i:i + 13] for i in range(0, 52, 13)]
    text = "".join(group + check_digit(group) for group in groups)
    return "-".join(text[i:i + 7] for i in range(0, 56, 7))


class Identity:
    """A P-256 key and its self-signed certificate, kept in memory."""

    def __init__(self, directory):
        self.key = os.path.join(directory, "key.pem")
        self.certificate = os.path.join(directory, "certificate.pem")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-sha256", "-days", "30",
                "-subj", "/CN=p2pchat", "-keyout", self.key, "-out", self.certificate)
        self.public_key = openssl("pkey", "-in", self.key, "-pubout", "-outform", "DER")

    def sign(self, data):
        """ECDSA with SHA-256, as r and s of 32 bytes each; openssl writes them as DER."""
        der = openssl("dgst", "-sha256", "-sign", self.key, stdin=data)
        r_length = der[3]
        r, s = der[4:4 + r_length], der[4 + r_length + 2:]
        return b"".join(number.lstrip(b"\0").rjust(32, b"\0") for number in (r, s))


def openssl(*arguments, stdin=None):
    done = subprocess.run(("openssl",) + arguments, input=stdin, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit("openssl failed: " + done.stderr.decode(errors="replace").strip())
    return done.stdout


def public_key_of(certificate):
    """The SubjectPublicKeyInfo of a DER certificate, found by its fixed prefix."""
    at = certificate.find(SPKI_PREFIX)
    if at < 0:
        raise ValueError("the certificate's key is not P-256")
    return certificate[at:at + 91]


# Sections 2 and 3: records and the directory.

class Directory:
    def __init__(self, url, join_token):
        self.url, self.join_token, self.lease_token = url.rstrip("/"), join_token, None
        # Never call loopback through a proxy, which would see the tokens.
        loopback = urllib.parse.urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
        self.opener = urllib.request.build_opener(*[urllib.request.ProxyHandler({})] * loopback)

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method)
        if self.join_token:
            request.add_header("X-P2PChat-Join-Token", self.join_token)
        if self.lease_token:
            request.add_header("Authorization", "Bearer " + self.lease_token)
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        try:
            with self.opener.open(request, timeout=10) as answer:
                text = answer.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as refused:
            problem = json.loads(refused.read() or b"{}")
            sys.exit(problem.get("detail") or problem.get("title") or str(refused))

    def signed(self, identity, username, purpose, endpoints=()):
        now = int(time.time() * 1000)
        device = wire.message([(1, identity.public_key)] + [
            (2, wire.message([(1, 1), (2, host), (3, port)])) for host, port in endpoints])
        record = wire.message([
            (1, purpose), (2, bytes.fromhex(self.call("GET", "/directory")["directoryId"])), (3, username), (4, now),
            (5, now + 3_600_000), (6, device), (8, 1)])
        signature = identity.sign(b"P2PChat record v1\0" + record)
        return {name: base64.b64encode(value).decode() for name, value in
                (("record", record), ("signature", signature), ("publicKey", identity.public_key))}

    def register(self, identity, username, port):
        answer = self.call("PUT", "/peers/" + username, self.signed(identity, username, 1, [("127.0.0.1", port)]))
        self.lease_token = answer["leaseToken"]
        return answer["renewAfterSeconds"]

    def look_up(self, username):
        """Looks up a name, verifies the record's signature, and returns the PeerId and the endpoints."""
        found = self.call("GET", "/peers/" + username)
        if "signed" not in found or not found["online"]:
            sys.exit(username + " is offline.")
        record, signature, public_key = (
            base64.b64decode(found["signed"][name]) for name in ("record", "signature", "publicKey"))
        signed = b"P2PChat record v1\0" + record
        if not verified(public_key, signed, signature) or peer_id(public_key) != found["peerId"]:
            sys.exit("The directory's record of " + username + " is not valid.")
        content = wire.fields(record)
        if content[3][0].decode() != username or content.get(5, [0])[0] < time.time() * 1000 - 300_000:
            sys.exit("The directory's record of " + username + " belongs to another peer or has expired.")
        endpoints = [wire.fields(endpoint) for endpoint in wire.fields(content[6][0]).get(2, [])]
        return public_key, [(endpoint[2][0].decode(), endpoint[3][0]) for endpoint in endpoints]


def verified(public_key, data, signature):
    """Verifies a signature with openssl, which needs the key as PEM and the signature as DER."""
    def integer(number):
        number = number.lstrip(b"\0") or b"\0"
        number = (b"\0" if number[0] & 0x80 else b"") + number
        return bytes([2, len(number)]) + number

    body = integer(signature[:32]) + integer(signature[32:])
    with tempfile.TemporaryDirectory() as directory:
        files = [os.path.join(directory, name) for name in ("key.der", "signature")]
        for file, content in zip(files, (public_key, bytes([0x30, len(body)]) + body)):
            with open(file, "wb") as writer:
                writer.write(content)
        return subprocess.run(
            ("openssl", "dgst", "-sha256", "-verify", files[0], "-keyform", "DER", "-signature", files[1]),
            input=data, capture_output=True, check=False).returncode == 0


# Sections 4 to 7: one link and the conversation on it.

class Link:
    def __init__(self, identity, expected_key, host, port):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # The key is compared below. Nothing else in the certificate matters.
        context.set_alpn_protocols(["p2pchat/1"])
        context.load_cert_chain(identity.certificate, identity.key)
        self.stream = context.wrap_socket(socket.create_connection((host, port), timeout=5))
        if public_key_of(self.stream.getpeercert(binary_form=True)) != expected_key:
            sys.exit("The peer at that address has a different key.")
        if self.stream.selected_alpn_protocol() != "p2pchat/1":
            sys.exit("The program at that address does not speak this protocol.")
        self.stream.settimeout(90)
        self.writing = threading.Lock()

    def send(self, body, content):
        frame = wire.message([(body, content)])
        with self.writing:
            self.stream.sendall(len(frame).to_bytes(4, "big") + frame)

    def receive(self):
        """Returns the next frame as (body, fields). The body is None for an unknown type."""
        frame = wire.fields(self.read(int.from_bytes(self.read(4), "big")))
        for body in range(1, 12):
            if body in frame:
                return body, wire.fields(frame[body][0])
        return None, {}

    def read(self, length):
        if length > 262144:
            raise ConnectionError("a frame that is too long")
        data = b""
        while len(data) < length:
            part = self.stream.recv(length - len(data))
            if not part:
                raise ConnectionError("the connection was lost")
            data += part
        return data


HELLO, REQUEST, ACCEPT, REJECT, RESUME, MESSAGE, ACK, SKIP, PING, PONG, CLOSE = range(1, 12)


def first(fields, number, default=0):
    return fields.get(number, [default])[0]


class Conversation:
    """Section 7, for a side that has one link and does not redial."""

    def __init__(self, link, username, whom):
        self.link, self.username, self.whom = link, username, whom
        self.epoch, self.base, self.next = int(time.time() * 1000) << 21 | secrets.randbelow(1 << 21), 1, 1
        self.their_epoch, self.their_next, self.taken = 0, 0, set()
        self.in_flight = []  # The size in bytes of each unacknowledged message.
        self.received = queue.Queue()
        self.changed = threading.Condition()
        self.ended = None

    def shake_hands(self):
        # The link number is the time, so it is higher than that of an earlier process.
        self.link.send(HELLO, wire.message([(1, 1), (2, self.username), (3, int(time.time() * 1000))]))
        body, hello = self.link.receive()
        if body != HELLO or first(hello, 1) != 1 or first(hello, 2, b"").decode() != self.whom:
            sys.exit("The other peer is not " + self.whom + ".")
        self.link.send(REQUEST, b"")
        body, answer = self.link.receive()
        while body in (None, PING):
            if body == PING:
                self.link.send(PONG, b"")
            body, answer = self.link.receive()
        if body != ACCEPT:
            sys.exit(self.whom + (" rejected the request." if body == REJECT else " closed the connection."))
        self.link.send(RESUME, wire.message([(1, self.epoch), (2, self.base)]))
        threading.Thread(target=self.listen, daemon=True).start()

    def send(self, text):
        with self.changed:
            # Wait for the other side's resume, and for room in the window: 1024 messages, 1048576 bytes.
            self.changed.wait_for(lambda: self.ended or (
                self.their_epoch and len(self.in_flight) < 1024 and sum(self.in_flight) < 1048576))
            if self.ended:
                sys.exit(self.ended)
            sequence, self.next = self.next, self.next + 1
            self.in_flight.append(len(text.encode()))
        self.link.send(MESSAGE, wire.message([
            (1, self.epoch), (2, sequence), (3, uuid7()), (4, int(time.time() * 1000)), (5, text)]))

    def wait_until_acknowledged(self, seconds):
        with self.changed:
            _ = self.changed.wait_for(lambda: self.base == self.next or self.ended, seconds)
            return self.base == self.next

    def listen(self):
        try:
            while True:
                self.take(*self.link.receive())
        except (OSError, ConnectionError, ValueError) as lost:
            with self.changed:
                self.ended = str(lost)
                self.changed.notify_all()

    def take(self, body, fields):
        if body == RESUME:
            told = first(fields, 1), first(fields, 2)
            self.their_epoch, self.their_next = max((self.their_epoch, self.their_next), told)
            with self.changed:
                self.changed.notify_all()
        elif body in (MESSAGE, SKIP):
            # Frames on one link are in order, so any other sequence is a duplicate.
            if first(fields, 1) == self.their_epoch and first(fields, 2) == self.their_next:
                self.their_next += 1
                # A repeated id is the same message, sent again with another sequence.
                if body == MESSAGE and first(fields, 3) not in self.taken:
                    self.taken.add(first(fields, 3))
                    self.received.put(first(fields, 5, b"").decode())
            self.link.send(ACK, wire.message([(1, self.their_epoch), (2, self.their_next)]))
        elif body == ACK:
            with self.changed:
                if first(fields, 1) == self.epoch and self.base < first(fields, 2) <= self.next:
                    del self.in_flight[:first(fields, 2) - self.base]
                    self.base = first(fields, 2)
                    self.changed.notify_all()
        elif body == PING:
            self.link.send(PONG, b"")
        elif body == CLOSE:
            raise ConnectionError(self.whom + " closed the connection.")


def uuid7():
    """RFC 9562, section 5.7."""
    number = (int(time.time() * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    number = number & ~(0xF << 76) & ~(0x3 << 62) | (0x7 << 76) | (0x2 << 62)
    return uuid.UUID(int=number).bytes


def main():
    parser = argparse.ArgumentParser(description="A small P2PChat peer in plain Python.")
    parser.add_argument("username")
    parser.add_argument("whom", help="the peer to talk to")
    parser.add_argument("--discovery", default="http://localhost:5000", metavar="URL")
    parser.add_argument("--join-token", default=os.environ.get("P2PCHAT_JOIN_TOKEN"))
    parser.add_argument("--replies", type=int, default=0, metavar="N", help="wait for so many messages before the end")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as directory:
        identity = Identity(directory)
        names = Directory(arguments.discovery, arguments.join_token)
        # This peer accepts no connections, so it advertises the port of the discard service.
        renew_after = names.register(identity, arguments.username, 9)
        threading.Thread(target=renew, args=(names, arguments.username, renew_after), daemon=True).start()
        try:
            key, endpoints = names.look_up(arguments.whom)
            print(f"{arguments.whom} is {peer_id(key)}", flush=True)
            conversation = Conversation(Link(identity, key, *endpoints[0]), arguments.username, arguments.whom)
            conversation.shake_hands()
            for line in sys.stdin:
                text = line.rstrip("\n")
                if len(text.encode()) > 65536:
                    print("That line is too long. A message has at most 65536 bytes.", file=sys.stderr)
                elif text.strip():
                    conversation.send(text)
            if not conversation.wait_until_acknowledged(30):
                sys.exit(conversation.ended or "Not every message was acknowledged.")
            for _ in range(arguments.replies):
                print(f"{arguments.whom}: {conversation.received.get(timeout=30)}", flush=True)
            conversation.link.send(CLOSE, wire.message([(1, 2)]))
        finally:
            names.call("DELETE", "/peers/" + arguments.username, names.signed(identity, arguments.username, 2))


def renew(names, username, renew_after):
    while True:
        time.sleep(renew_after)
        renew_after = names.call("POST", f"/peers/{username}/lease")["renewAfterSeconds"]


if __name__ == "__main__":
    main()
