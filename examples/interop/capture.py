"""Reads a capture of tcpdump: SIP messages over UDP and TCP, RTP packets, and the checks made on them."""
import struct
import sys

FAILED = False


def check(label, wanted, got):
    """One line per check, as `ok` of lib.sh prints them."""
    global FAILED
    if wanted == got:
        print(f"ok    {label}", flush=True)
    else:
        print(f"FAIL  {label}: wanted {wanted}, got {got}", flush=True)
        FAILED = True


def failed():
    return FAILED


def done():
    sys.exit(1 if FAILED else 0)


class Packet:
    """One IPv4 packet with UDP or TCP in it."""

    def __init__(self, time, ip):
        self.time = time
        header = (ip[0] & 15) * 4
        self.dscp = ip[1] >> 2
        self.protocol = ip[9]
        total = struct.unpack(">H", ip[2:4])[0]
        self.src, self.dst = (".".join(map(str, ip[at : at + 4])) for at in (12, 16))
        rest = ip[header:total]
        self.sport, self.dport = struct.unpack(">HH", rest[:4])
        if self.protocol == 17:
            self.payload = rest[8:]
        else:
            self.seq = struct.unpack(">I", rest[4:8])[0]
            self.flags = rest[13]
            self.payload = rest[(rest[12] >> 4) * 4 :]

    @property
    def flow(self):
        return (self.protocol, self.src, self.sport, self.dst, self.dport)


def packets(path):
    """The UDP and TCP packets of a capture file, in its order."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 24:
        return
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    scale = 1e9 if data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1e6
    link = struct.unpack(order + "I", data[20:24])[0] & 0xFFFF
    skip = {1: 14, 113: 16, 276: 20}[link]
    at = 24
    while at + 16 <= len(data):
        seconds, part, length = struct.unpack(order + "III", data[at : at + 12])
        frame = data[at + 16 + skip : at + 16 + length]
        at += 16 + length
        if len(frame) > 28 and frame[0] >> 4 == 4 and frame[9] in (6, 17):
            yield Packet(seconds + part / scale, frame)


class Message:
    """A SIP message; `time` is when its last byte passed."""

    def __init__(self, packet, head, body):
        self.time, self.dscp = packet.time, packet.dscp
        self.src, self.sport, self.dst, self.dport = packet.src, packet.sport, packet.dst, packet.dport
        lines = head.decode("utf-8", "replace").split("\r\n")
        self.start, self.body = lines[0], body
        self.raw, self.is_tcp = head + b"\r\n\r\n" + body, packet.protocol == 6
        self.headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
        words = self.start.split(" ", 2)
        self.status = int(words[1]) if words[0] == "SIP/2.0" else None
        self.method = None if self.status else words[0]
        self.uri = None if self.status else words[1]

    def get(self, name):
        return next((value for key, value in self.headers if key == name.lower()), None)

    @property
    def call(self):
        return self.get("call-id")

    @property
    def number(self):
        """User part of the Request-URI."""
        return self.uri.split(":", 1)[1].rsplit("@", 1)[0].split(";")[0] if "@" in self.uri else ""

    def answers(self, method):
        return self.status is not None and self.get("cseq").split()[-1] == method


def sip(path, ports):
    """The SIP messages of a capture whose source or destination port is one of `ports`; repeated segments count once."""
    streams = {}
    for packet in packets(path):
        if packet.sport not in ports and packet.dport not in ports:
            continue
        if packet.protocol == 17:
            head, found, body = packet.payload.partition(b"\r\n\r\n")
            if found and b"SIP/2.0" in head.split(b"\r\n")[0]:
                yield Message(packet, head, body)
            continue
        if packet.flags & 2:
            streams[packet.flow] = [(packet.seq + 1) & 0xFFFFFFFF, b"", {}]
            continue
        stream = streams.setdefault(packet.flow, [packet.seq, b"", {}])
        if packet.payload:
            stream[2][packet.seq] = packet.payload
        while stream[0] in stream[2]:
            part = stream[2].pop(stream[0])
            stream[0] = (stream[0] + len(part)) & 0xFFFFFFFF
            stream[1] += part
        while True:
            text = stream[1].lstrip(b"\r\n")
            head, found, rest = text.partition(b"\r\n\r\n")
            if not found:
                break
            length = 0
            for line in head.split(b"\r\n")[1:]:
                name, _, value = line.partition(b":")
                if name.strip().lower() in (b"content-length", b"l"):
                    length = int(value)
            if len(rest) < length:
                break
            stream[1] = rest[length:]
            yield Message(packet, head, rest[:length])


class Rtp:
    """One RTP packet."""

    def __init__(self, packet):
        data = packet.payload
        self.time, self.dscp, self.flow = packet.time, packet.dscp, packet.flow
        self.payload_type = data[1] & 127
        self.marker = data[1] >> 7
        self.sequence, self.timestamp, self.ssrc = struct.unpack(">HII", data[2:12])
        self.payload = data[12 + 4 * (data[0] & 15) :]


def rtp(path, port):
    """The RTP packets that went to a UDP port."""
    for packet in packets(path):
        if packet.protocol == 17 and packet.dport == port and len(packet.payload) >= 12 and packet.payload[0] >> 6 == 2:
            if not 64 <= packet.payload[1] & 127 <= 95:
                yield Rtp(packet)


def digits(stream, payload_type):
    """What was dialled, by RFC 4733: one digit for each timestamp of an event that ended."""
    events = {}
    for packet in stream:
        if packet.payload_type == payload_type and len(packet.payload) >= 4:
            event, flags = packet.payload[0], packet.payload[1]
            ended = events.get((packet.ssrc, packet.timestamp), (event, False))[1] or bool(flags & 128)
            events[(packet.ssrc, packet.timestamp)] = (event, ended)
    return "".join("0123456789*#ABCD"[event] for event, ended in events.values() if ended and event < 16)


def write(path, frames):
    """Writes (time, Ethernet frame) pairs as a capture."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for time, frame in frames:
            whole = int(time)
            file.write(struct.pack("<IIII", whole, round((time - whole) * 1e6), len(frame), len(frame)) + frame)
