#!/usr/bin/env python3
"""A long cable: what comes in at one device goes out at the other after a while, and the other way round.

Started in the namespace that holds both devices, with the seconds that a frame is under way and the two devices' names.
Frames carry their offload header along (`PACKET_VNET_HDR` of packet(7)), so that checksums and segments that the kernel
left to the hardware arrive as they were. Questions for a neighbour's hardware address pass at once: on a line that is
long, the neighbour is still next door. Kernels of containers often lack netem, which would do the same.
"""
import collections
import select
import socket
import sys
import time

SOL_PACKET = 263
PACKET_VNET_HDR = 15
PACKET_OUTGOING = 4
ETH_P_ALL = 3
# The offload header, then the frame's addresses.
TYPE = 10 + 12
LARGEST = 10 + 14 + 65535


def opened(device):
    line = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    line.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    # Nothing is heard before it is bound to one device.
    line.bind((device, ETH_P_ALL))
    line.setblocking(False)
    return line


def is_for_neighbours(frame):
    kind = frame[TYPE : TYPE + 2]
    if kind == b"\x08\x06":
        return True
    header = TYPE + 2
    # ICMPv6 133 to 137: neighbour discovery (RFC 4861).
    is_icmp = kind == b"\x86\xdd" and len(frame) > header + 40 and frame[header + 6] == 58
    return is_icmp and 133 <= frame[header + 40] <= 137


seconds = float(sys.argv[1])
one, other = (opened(device) for device in sys.argv[2:4])
across = {one: other, other: one}
print("ready", flush=True)

under_way = collections.deque()


def send(line, frame):
    try:
        line.send(frame)
    except OSError:
        # The other end is not up (yet), or its queue is full: a cable may lose frames.
        pass


while True:
    wait = None
    if under_way:
        wait = max(0.0, under_way[0][0] - time.monotonic())
    readable, _, _ = select.select([one, other], [], [], wait)
    now = time.monotonic()
    for line in readable:
        try:
            while True:
                frame, where = line.recvfrom(LARGEST)
                if where[2] == PACKET_OUTGOING:
                    continue
                if is_for_neighbours(frame):
                    send(across[line], frame)
                else:
                    under_way.append((now + seconds, across[line], frame))
        except (BlockingIOError, OSError):
            # Nothing more to read; or the device went down, which its next frame would tell as well.
            pass
    while under_way and under_way[0][0] <= now:
        _, line, frame = under_way.popleft()
        send(line, frame)
