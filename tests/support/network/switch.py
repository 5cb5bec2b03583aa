"""
Links between network namespaces, packet by packet: what tc's netem and tbf do, for kernels that lack netem.

Reads its plan as one line of JSON from standard input, makes a TUN device for each host, says "ready", and forwards
packets until standard input ends. A packet takes its turn on its host's link, then on the medium that the link shares
with others; a full queue drops it; then it takes its time on the way, and none overtakes another. Times are reckoned
from those before and not from when this process was woken, so a busy machine makes packets late and links no slower.
Where the kernel hands over several packets of one connection at once, as to any network card (`gso_max_segs`), they
stay together and take the time of all of them.

{"hosts": [{"device": "fx-0", "address": "10.77.0.1", "links": null},
           {"device": "fx-1", "address": "10.77.0.2",
            "links": {"up": RATE, "down": RATE, "latency": MS, "jitter": MS, "loss": SHARE, "medium": RATE or null}}],
 "queue": PACKETS, "seed": N}

Rates are in bytes a millisecond. The host without links is where all packets of the others go.
"""

import fcntl
import heapq
import json
import os
import random
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
IFF_VNET_HDR = 0x4000
TUNSETOFFLOAD = 0x400454D0
TUN_F_CSUM = 0x01
TUN_F_TSO4 = 0x02
# Of Ethernet, which TUN devices leave out and links carry.
ETHERNET = 14
# A virtio_net_hdr: flags, kind of segmentation, bytes of headers, bytes of a segment, where its checksum is.
BEFORE = struct.Struct("=BBHHHH")


def now():
    return time.monotonic() * 1000


class Pipe:
    """One packet after the other, at a rate."""

    def __init__(self, rate, queue):
        self.rate = rate
        self.most = queue * 1514 / rate
        self.free = 0.0

    def take(self, at, size):
        """When the packet has left it; None where its queue is full."""
        begin = max(at, self.free)
        if begin - at > self.most:
            return None
        self.free = begin + size / self.rate
        return self.free


class Direction:
    def __init__(self, pipe, medium, links, out, dice):
        self.pipe = pipe
        self.medium = medium
        self.latency = links["latency"]
        self.jitter = links["jitter"]
        self.loss = links["loss"]
        self.out = out
        self.dice = dice
        self.latest = 0.0

    def arrival(self, left):
        varied = self.dice.expovariate(1 / self.jitter) if self.jitter else 0.0
        self.latest = max(self.latest, left + self.latency + varied)
        return self.latest


def open_device(name):
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI | IFF_VNET_HDR))
    fcntl.ioctl(descriptor, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4)
    return descriptor


def bytes_of(frame):
    """On a link."""
    _, kind, headers, segment, _, _ = BEFORE.unpack_from(frame)
    size = len(frame) - BEFORE.size
    packets = 1 if kind == 0 else -(-(size - headers) // segment)
    return size + (packets - 1) * headers + packets * ETHERNET


def main():
    plan = json.loads(sys.stdin.readline())
    dice = random.Random(plan["seed"])
    queue = plan["queue"]
    descriptors = [open_device(host["device"]) for host in plan["hosts"]]
    centre = next(i for i, host in enumerate(plan["hosts"]) if host["links"] is None)
    media = {}
    up, down = {}, {}
    for i, host in enumerate(plan["hosts"]):
        links = host["links"]
        if links is None:
            continue
        rate = links["medium"]
        if rate is not None and rate not in media:
            media[rate] = Pipe(rate, queue)
        shared = media.get(rate)
        up[descriptors[i]] = Direction(Pipe(links["up"], queue), shared, links, descriptors[centre], dice)
        address = bytes(int(part) for part in host["address"].split("."))
        down[address] = Direction(Pipe(links["down"], queue), shared, links, descriptors[i], dice)
    print("ready", flush=True)

    waiting = []
    order = 0

    def later(at, *what):
        nonlocal order
        order += 1
        heapq.heappush(waiting, (at, order, *what))

    LEFT, ARRIVED = 0, 1
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    poll.register(sys.stdin.fileno(), select.POLLIN | select.POLLHUP)
    while True:
        while waiting and waiting[0][0] <= now():
            at, _, what, direction, packet = heapq.heappop(waiting)
            if what == ARRIVED:
                try:
                    os.write(direction.out, packet)
                except OSError:
                    pass  # the host is gone
                continue
            left = direction.medium.take(at, bytes_of(packet))
            if left is not None:
                later(direction.arrival(left), ARRIVED, direction, packet)
        pause = 1000 if not waiting else max(0, waiting[0][0] - now())
        for descriptor, _ in poll.poll(pause):
            if descriptor == sys.stdin.fileno():
                return
            for _ in range(32):
                try:
                    packet = os.read(descriptor, 70000)
                except BlockingIOError:
                    break
                if packet[BEFORE.size] >> 4 != 4:
                    continue  # IPv6 looks for neighbours that it does not have
                direction = up.get(descriptor) or down.get(packet[BEFORE.size + 16 : BEFORE.size + 20])
                if direction is None or (direction.loss and dice.random() < direction.loss):
                    continue
                left = direction.pipe.take(now(), bytes_of(packet))
                if left is None:
                    continue
                if direction.medium is None:
                    later(direction.arrival(left), ARRIVED, direction, packet)
                else:
                    later(left, LEFT, direction, packet)


main()
