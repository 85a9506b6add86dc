"""Reads the cards in an image and writes a copy with the numbers covered.

    KAHAO_URL=http://127.0.0.1:8080 KAHAO_KEY=kh_... python3 examples/native.py photo.jpg covered.jpg

The key is made by `kahao key create APPID --kind bearer`. Python's standard library
is enough.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

URL = os.environ.get("KAHAO_URL", "http://127.0.0.1:8080")
KEY = os.environ["KAHAO_KEY"]


def post(path, image, attempts=3):
    """Sends an image, and again if the server says that it may help.

    All attempts have the same Idempotency-Key, so that only one is charged.
    """
    headers = {
        "Authorization": "Bearer " + KEY,
        "Content-Type": "application/octet-stream",
        "Idempotency-Key": str(uuid.uuid4()),
    }
    for attempt in range(attempts):
        request = urllib.request.Request(URL + path, data=image, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.read(), reply.headers
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            if not problem["retryable"] or attempt == attempts - 1:
                raise SystemExit(f"{problem['code']}: {problem['title']} (request {problem['request_id']})")
            time.sleep(int(error.headers.get("Retry-After", "1")))


def main():
    with open(sys.argv[1], "rb") as file:
        image = file.read()
    reply, _ = post("/v1/cards", image)
    for picture in json.loads(reply)["pictures"]:
        for card in picture["cards"]:
            # Whole numbers belong neither on a screen nor in a log.
            print(card["verdict"], "ending in", card["number"][-4:], card["expiry"], card["bank"])
        if not picture["cards"]:
            print("no card:", ", ".join(reason["code"] for reason in picture["reasons"]))
    if len(sys.argv) > 2:
        covered, headers = post("/v1/redactions?keep=0,4", image)
        with open(sys.argv[2], "wb") as file:
            file.write(covered)
        print(json.loads(headers["Kahao-Redaction"])["verdict"], sys.argv[2])


if __name__ == "__main__":
    main()
