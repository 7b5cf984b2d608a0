#!/usr/bin/env python3
"""One end of a long cable: what a TUN device is given comes out of the device at the other end after a while.

Started once at each end, in that end's namespace, with the device's name, the socket of this end, the socket of the
other end and the seconds that a packet is under way. Sockets in the file system are the same in every network
namespace. Kernels of containers often lack netem, which would do the same.
"""
import collections
import fcntl
import os
import select
import socket
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
LARGEST = 65535

device, here, there, seconds = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TUN | IFF_NO_PI))
far = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
far.setblocking(False)
far.bind(here)
print("ready", flush=True)

under_way = collections.deque()
while True:
    wait = None
    if under_way:
        wait = max(0.0, under_way[0][0] - time.monotonic())
    readable, _, _ = select.select([tun, far], [], [], wait)
    now = time.monotonic()
    if tun in readable:
        try:
            while True:
                under_way.append((now + seconds, os.read(tun, LARGEST)))
        except BlockingIOError:
            pass
    if far in readable:
        try:
            while True:
                os.write(tun, far.recv(LARGEST))
        except BlockingIOError:
            pass
        except OSError:
            # The device is not up yet, or what came is no packet for it: a cable may lose packets.
            pass
    while under_way and under_way[0][0] <= now:
        _, packet = under_way.popleft()
        try:
            far.sendto(packet, there)
        except OSError:
            # The other end is not there (yet), or its queue is full.
            pass
