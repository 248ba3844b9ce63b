"""Commands baresip over its control port: baresip.py PORT COMMAND EVENT SECONDS [PARAMETER], until the event was told."""
import json
import socket
import sys
import time

port, command, event, seconds, *parameters = sys.argv[1:]
connection = socket.create_connection(("127.0.0.1", int(port)))
text = json.dumps({"command": command, "params": " ".join(parameters), "token": "t"}).encode()
connection.sendall(b"%d:%s," % (len(text), text))
end, data = time.time() + float(seconds), b""
while time.time() < end:
    # Netstrings, one JSON object in each.
    length, found, rest = data.partition(b":")
    if found and len(rest) > int(length):
        told = json.loads(rest[: int(length)])
        data = rest[int(length) + 1 :]
        print(told, flush=True)
        if told.get("type") == event:
            sys.exit(0)
        continue
    connection.settimeout(max(0.05, end - time.time()))
    try:
        part = connection.recv(65536)
    except TimeoutError:
        break
    if not part:
        break
    data += part
sys.exit(f"{event} was not told")
