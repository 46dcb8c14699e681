"""What both Python peers share: the page, the wait for its trigger, and BitoPro's signature.

The page and its offsets: page.hpp. An aligned field of a memoryview is read and written whole.
"""

import base64
import hashlib
import hmac
import json
import mmap
import os
import sys
import time

import urllib3.util.connection

TRIGGER, STATE, DONE, DONE_NS, SEEN_NS, STOP = (at // 8 for at in (0, 64, 128, 136, 144, 192))
KEY_AT, SECRET_AT, IDENTITY_AT = 256, 320, 384
TEXT_BYTES = 64
WARM_UP_REQUESTS = 2
SPINS_BETWEEN_DOUBTS = 1 << 14
IDLE_S_MAX = 120

# The venue listens on 127.0.0.1 only: no vain try of ::1. TCP_NODELAY is urllib3's default.
urllib3.util.connection.HAS_IPV6 = False


class Peer:
    def __init__(self):
        if len(sys.argv) != 4:
            sys.exit("usage: PAGE_FILE PORT CA_FILE")
        page_file, port, self.ca_file = sys.argv[1:]
        self.url = f"https://localhost:{port}/v3/orders/all"
        with open(page_file, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 4096)
        self.fields = memoryview(self.page).cast("Q")
        self.key = self._text(KEY_AT)
        self.secret = self._text(SECRET_AT)
        self.identity = self._text(IDENTITY_AT)
        self.parent = os.getppid()
        self.last = self.fields[TRIGGER]
        self.seen_ns = 0

    def _text(self, at):
        return self.page[at : at + TEXT_BYTES].split(b"\0")[0].decode()

    def signed_headers(self):
        """As the venue's own samples write it."""
        claim = {"identity": self.identity, "nonce": int(time.time() * 1000)}
        payload = base64.b64encode(json.dumps(claim, separators=(",", ":")).encode())
        signature = hmac.new(self.secret.encode(), payload, hashlib.sha384).hexdigest()
        return {
            "X-BITOPRO-APIKEY": self.key,
            "X-BITOPRO-PAYLOAD": payload.decode(),
            "X-BITOPRO-SIGNATURE": signature,
        }

    def serve(self, cancel_all):
        """Fires at each trigger until the venue wants no more."""
        try:
            self._serve(cancel_all)
        except OSError as failure:  # what requests raises is one, too
            sys.exit(str(failure))

    def _serve(self, cancel_all):
        for _ in range(WARM_UP_REQUESTS):
            cancel_all(self)
        self.fields[STATE] = 1
        while self._wait_for_trigger():
            cancel_all(self)
            self.fields[SEEN_NS] = self.seen_ns
            self.fields[DONE_NS] = time.monotonic_ns()
            self.fields[DONE] = self.last

    def _wait_for_trigger(self):
        fields = self.fields
        since_s = time.monotonic()
        while True:
            for _ in range(SPINS_BETWEEN_DOUBTS):
                trigger = fields[TRIGGER]
                if trigger != self.last:
                    self.seen_ns = time.monotonic_ns()
                    self.last = trigger
                    return True
                if fields[STOP] == 1:
                    return False
            if os.getppid() != self.parent:
                sys.exit("its venue is gone")
            if time.monotonic() - since_s > IDLE_S_MAX:
                sys.exit("no trigger in 120 s")


def expect_ok(response):
    """Parses the answer; anything but 200 ends the peer."""
    if response.status_code != 200:
        sys.exit(f"answered: {response.status_code} {response.text}")
    response.json()
