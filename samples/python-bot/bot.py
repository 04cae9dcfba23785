#!/usr/bin/env python3
"""A bot on a peer's local API: it lets everybody connect, and sends back what it is sent.

    python3 bot.py <data directory of a running peer>

What else a peer can do for a bot is in docs/bots.md and docs/openapi.json.
"""
import json
import pathlib
import sys
import time
import urllib.error
import urllib.request


class Peer:
    """A running peer. Where its API is, and what opens it, stand in its data directory."""

    def __init__(self, data):
        self.address = (data / "api-address").read_text().strip()
        self.token = (data / "api-token").read_text().strip()
        # The token is for that address alone: it goes through no proxy.
        self.open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

    def call(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            body, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        return self.open(urllib.request.Request(self.address + path, body, headers, method=method))

    def events(self, seen):
        """What happens, from behind an event's id on, as (id, type, data)."""
        with self.call("GET", "/api/events", **({"Last_Event_ID": seen} if seen else {})) as stream:
            print("listening", flush=True)
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
            # The event's id as Idempotency-Key: who handles an event twice, after a crash, sends its answer once.
            path = f"/api/conversations/{data['from']}/messages"
            peer.call("POST", path, {"text": data["text"]}, Idempotency_Key=id).close()
    except urllib.error.HTTPError as refusal:
        print(f"{refusal.code}: {refusal.read().decode()}", file=sys.stderr)


def main():
    if len(sys.argv) != 2:
        sys.exit("Name the data directory of a running peer, for instance ~/.local/share/p2pchat/parrot.")
    peer, seen = Peer(pathlib.Path(sys.argv[1])), None
    while True:
        try:
            for id, type, data in peer.events(seen):
                answer(peer, id, type, data)
                # Behind this nothing is lost when the stream breaks.
                seen = id
        except urllib.error.HTTPError:
            raise
        except OSError:
            pass
        # The peer has ended, or is being started anew: at the same address if it has --api.
        time.sleep(2)


if __name__ == "__main__":
    main()
