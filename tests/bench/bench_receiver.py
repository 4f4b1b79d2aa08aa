"""Receiver throughput: PUT of batches through nginx and the real center, beside nginx's own DAV PUT followed by fsync.

Both sides get the same bytes over TLS with a client certificate, into the same file system, in turns of one run. The
peer stores bytes and syncs them; the center checks every signature and hash, stores, syncs, indexes and signs.
Run as ``python -m tests.bench.bench_receiver``; ``run`` returns the figures.
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tests.center.city import City, Node, digest_of, enrolment_body, joined
from tests.center.stack import Stack, free_port, reachable, until

RATIO_MIN = 0.8
NODE_BITRATE_BPS = 1_500_000
NODES_A_CORE_MIN = 500
RECORD_BYTES = 1024 * 1024
RECORDS_A_BATCH = 4
ROUNDS = 5
BATCHES_A_ROUND = 5

_DAV = Template("""
user root;
worker_processes 1;
pid $run/dav.pid;
error_log $run/dav-error.log warn;
daemon off;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path $run/dav/body;
    proxy_temp_path $run/dav/p; fastcgi_temp_path $run/dav/f; uwsgi_temp_path $run/dav/u; scgi_temp_path $run/dav/s;
    client_max_body_size 33m;
    client_body_buffer_size 1m;
    server {
        listen 127.0.0.1:$port ssl;
        ssl_certificate $folder/server.pem;
        ssl_certificate_key $folder/server.key;
        ssl_client_certificate $folder/client-ca.pem;
        ssl_verify_client on;
        ssl_verify_depth 2;
        root $run/dav/files;
        location / { dav_methods PUT; create_full_put_path on; }
    }
}
""")


@dataclass
class Upload:
    """One PUT, prepared before the clock runs."""

    path: str
    body: bytes
    headers: dict[str, str]


class Client:
    """One node's connection."""

    def __init__(self, city: City, node: Node, port: int) -> None:
        context = ssl.create_default_context(cafile=str(city.folder / "ca.pem"))
        context.load_cert_chain(city.folder / f"{node.name}.pem", city.folder / f"{node.name}.key")
        self._connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=60)

    def put(self, upload: Upload) -> None:
        self._connection.request("PUT", upload.path, body=upload.body, headers=upload.headers)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status not in (200, 201):
            raise AssertionError(f"{response.status}: {answer[:300]!r}")


def run(clients: int = 2) -> dict[str, float]:
    """Returns MB/s of both sides (median of the rounds), their ratio, and nodes a core."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        city = City(Path(name))
        stack = Stack(city, Path(name) / "run")
        try:
            stack.start_center()
            stack.start_nginx()
            dav = _start_dav(stack)
            return _measure(stack, dav, clients)
        finally:
            stack.stop()


def main() -> None:
    """Prints the figures for one and for two clients."""
    for clients in (1, 2):
        figures = run(clients)
        print(f"{clients} client(s)")
        for label, value in figures.items():
            print(f"  {label:24} {value:>10}")


def _measure(stack: Stack, dav: int, clients: int) -> dict[str, float]:
    nodes = [_enrolled(stack, f"bench-{index}") for index in range(clients)]
    ours = [Client(stack.city, node, stack.public) for node in nodes]
    peers = [Client(stack.city, node, dav) for node in nodes]
    mine, theirs, cpu = [], [], []
    for _ in range(ROUNDS):
        uploads = [[_upload(node) for _ in range(BATCHES_A_ROUND)] for node in nodes]
        size = sum(len(upload.body) for each in uploads for upload in each) / 1e6
        before = _cpu_s(stack)
        mine.append(size / _timed(ours, uploads, None))
        cpu.append((_cpu_s(stack) - before) / size)
        theirs.append(size / _timed(peers, uploads, stack.run / "dav" / "files"))
    cpu_s = statistics.median(cpu)
    return {
        "center_mb_s": round(statistics.median(mine), 1),
        "dav_fsync_mb_s": round(statistics.median(theirs), 1),
        "ratio": round(statistics.median(mine) / statistics.median(theirs), 3),
        "ratio_min": RATIO_MIN,
        "center_and_nginx_cpu_s_per_mb": round(cpu_s, 5),
        "nodes_a_core": round(1 / (cpu_s * NODE_BITRATE_BPS / 8e6)),
        "nodes_a_core_min": NODES_A_CORE_MIN,
    }


def _timed(clients: list[Client], uploads: list[list[Upload]], files: Path | None) -> float:
    """Seconds until every client has put all of its uploads, synced on return."""

    def work(client: Client, mine: list[Upload]) -> None:
        for upload in mine:
            client.put(upload)
            if files is not None:
                _sync(files / upload.path.removeprefix("/"))

    threads = [threading.Thread(target=work, args=pair) for pair in zip(clients, uploads, strict=True)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def _sync(path: Path) -> None:
    """What makes a new file durable: its bytes, and its name in the folder."""
    for each, flags in ((path, os.O_RDWR), (path.parent, os.O_RDONLY)):
        descriptor = os.open(each, flags)
        os.fsync(descriptor)
        os.close(descriptor)


def _upload(node: Node) -> Upload:
    records = [node.segment(RECORD_BYTES - 8192) for _ in range(RECORDS_A_BATCH)]
    body = joined(records)
    first, last = records[0].header.sequence, records[-1].header.sequence
    path = f"/v1/nodes/{node.name}/chains/{node.chain.chain}/records/{first}-{last}"
    return Upload(path, body, {"Content-Digest": digest_of(body)})


def _enrolled(stack: Stack, name: str) -> Node:
    node = Node(name)
    ticket = stack.city.ticket(name)
    context = ssl.create_default_context(cafile=str(stack.city.folder / "ca.pem"))
    connection = http.client.HTTPSConnection("localhost", stack.public, context=context, timeout=30)
    connection.request("POST", "/v1/enrolments", body=enrolment_body(ticket, node.enrolment(ticket)))
    response = connection.getresponse()
    (stack.city.folder / f"{name}.pem").write_text(_certificate(response.read()))
    stack.city.save_node_key(node)
    connection.close()
    return node


def _start_dav(stack: Stack) -> int:
    port = free_port()
    for name in ("body", "p", "f", "u", "s", "files"):
        (stack.run / "dav" / name).mkdir(parents=True)
    path = stack.run / "dav.conf"
    path.write_text(_DAV.substitute(run=stack.run, folder=stack.city.folder, port=port))
    stack.start("dav", ["nginx", "-c", str(path), "-e", str(stack.run / "dav-error.log")])
    until(lambda: reachable(port), "nginx DAV")
    return port


def _cpu_s(stack: Stack) -> float:
    """CPU seconds of the center, nginx and nginx's workers so far (proc(5), fields 14 and 15)."""
    pids = [str(stack.processes[name].pid) for name in ("center", "nginx")]
    children = subprocess.run(["pgrep", "-P", pids[1]], capture_output=True, text=True, check=True).stdout.split()
    ticks = 0
    for pid in (*pids, *children):
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _certificate(body: bytes) -> str:
    return str(json.loads(body)["certificate"])


if __name__ == "__main__":
    main()
