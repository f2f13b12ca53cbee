"""A client of the JSON WebSocket that was written from docs/PROTOCOL.md and nothing else, on Debian's python3-websockets.

Called with the address of /ws/new, a name and a room. Says hello, says something each time it is welcome, answers heartbeats, and comes
back as the protocol says. Prints one JSON object per thing that happens. Leaves when told to stay away."""
import asyncio
import json
import random
import re
import sys
import uuid

import websockets


def tell(what, **fields):
    print(json.dumps({"what": what, **fields}), flush=True)


def comes_back(code):
    return code in (1006, 1012, 1013) or 4000 <= code <= 4499


class Client:
    def __init__(self, url, name, room):
        self.url, self.name, self.room = url, name, room
        self.resume = None
        self.attempt = 0

    async def run(self):
        while True:
            code, reason = await self.connection()
            tell("closed", code=code, reason=reason)
            if code == 4504 and self.resume is not None:
                self.resume = None
            elif not comes_back(code):
                return
            await asyncio.sleep(self.delay(reason))

    def delay(self, reason):
        asked = re.search(r"retry_after_ms=(\d+)", reason)
        if asked:
            return int(asked[1]) / 1000
        ceiling = min(30, 2**self.attempt)
        self.attempt += 1
        return random.uniform(0, ceiling)

    async def connection(self):
        """One connection from its hello to its end; the close code and reason, 1006 when there was none."""
        try:
            socket = await websockets.connect(self.url, ping_interval=None, open_timeout=5, close_timeout=1)
        except (OSError, asyncio.TimeoutError, websockets.InvalidHandshake) as error:
            return 1006, type(error).__name__
        try:
            await self.hello(socket)
            bound = 30.0
            while True:
                frame = json.loads(await asyncio.wait_for(socket.recv(), bound))
                bound = frame.get("heartbeat", {}).get("boundMs", bound * 1000) / 1000 if frame["type"] in ("welcome", "terms") else bound
                await self.take(socket, frame)
        except asyncio.TimeoutError:
            # Silent for longer than the bound: the protocol says to give it up.
            socket.transport.abort()
            return 1006, "silence"
        except websockets.ConnectionClosed:
            return socket.close_code or 1006, socket.close_reason or ""

    async def hello(self, socket):
        hello = {"type": "hello", "name": self.name, "room": self.room}
        if self.resume is not None:
            hello["resume"] = self.resume
        await socket.send(json.dumps(hello))

    async def take(self, socket, frame):
        if frame["type"] == "heartbeat":
            await socket.send('{"type":"pong"}')
        elif frame["type"] == "welcome":
            self.attempt = 0
            self.resume = {"sessionId": frame["sessionId"], "token": frame["resumeToken"]}
            tell("welcome", sessionId=frame["sessionId"], resumed=frame["resumed"])
            await socket.send(json.dumps({"type": "chat.send", "id": str(uuid.uuid4()), "text": "here", "ref": 1}))
        elif frame["type"] == "chat.sent":
            tell("said", sessionId=frame["message"]["sessionId"])
        elif frame["type"] == "error":
            tell("error", code=frame["code"], message=frame["message"])


asyncio.run(Client(*sys.argv[1:4]).run())
