#!/usr/bin/env python3
"""A bot that accepts every request, and sends each message back. It joins every room to which it is invited, and sends
back messages that mention it there.

    python3 bot.py <data directory of a running peer>

docs/bots.md and docs/openapi.json describe what else a bot can do.
"""
import json
import pathlib
import sys
import time
import urllib.error
import urllib.request


class Peer:
    """A running peer. Its data directory contains the address and the token of its API."""

    def __init__(self, data):
        self.address = (data / "api-address").read_text().strip()
        self.token = (data / "api-token").read_text().strip()
        # No proxy may see the token.
        self.open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

    def call(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            body, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        return self.open(urllib.request.Request(self.address + path, body, headers, method=method))

    def rooms(self):
        """Returns the rooms, or none if the peer cannot list them now. Later invitations come as events."""
        try:
            return json.load(self.call("GET", "/api/rooms"))["rooms"]
        except urllib.error.HTTPError as refusal:
            print(f"{refusal.code}: {refusal.read().decode()}", file=sys.stderr)
            return []

    def events(self, seen):
        """Yields the events after an id as (id, type, data)."""
        with self.call("GET", "/api/events", **({"Last_Event_ID": seen} if seen else {})) as stream:
            print("listening", flush=True)
            # Some invitations may have come while the bot was not running.
            for room in self.rooms():
                yield seen, "room", room
            event = {}
            for line in stream:
                line = line.decode().rstrip("\n")
                if line:
                    field, _, value = line.partition(": ")
                    event[field] = value
                elif event:
                    if "id" in event:
                        yield event["id"], event.get("event", "message"), json.loads(event.get("data", "{}"))
                    event = {}


def answer(peer, id, type, data):
    try:
        if type == "request":
            peer.call("POST", f"/api/requests/{data['username']}/accept").close()
        elif type == "message" and "text" in data:
            # If an event is handled twice, after a crash, the Idempotency-Key prevents a second answer.
            path = f"/api/conversations/{data['from']}/messages"
            peer.call("POST", path, {"text": data["text"]}, Idempotency_Key=id).close()
        elif type == "room" and data["standing"] == "invited":
            peer.call("POST", f"/api/rooms/{data['id']}/join").close()
        elif type == "room-message" and data["message"].get("mentionsYou"):
            said = data["message"]
            # "@" would mention the bot itself and other bots, which would answer without end.
            body = {"text": said["text"].replace("@", ""), "replyTo": said["id"]}
            peer.call("POST", f"/api/rooms/{said['room']}/messages", body, Idempotency_Key=id).close()
    except urllib.error.HTTPError as refusal:
        print(f"{refusal.code}: {refusal.read().decode()}", file=sys.stderr)


def main():
    if len(sys.argv) != 2:
        sys.exit("Give the data directory of a running peer, for example ~/.local/share/p2pchat/parrot.")
    peer, seen = Peer(pathlib.Path(sys.argv[1])), None
    while True:
        try:
            for id, type, data in peer.events(seen):
                answer(peer, id, type, data)
                # If the stream breaks, it resumes after this event, so none is lost.
                seen = id
        except urllib.error.HTTPError:
            raise
        except OSError:
            pass
        # The peer has ended or is restarting. With --api it comes back at the same address.
        time.sleep(2)


if __name__ == "__main__":
    main()
