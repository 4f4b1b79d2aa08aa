"""Real nodes: Debian Trixie with systemd, each booted as a container that looks like a board to everything inside it.

Use::

    with open_lab(tmp_path) as lab:                   # namespaces of our own: processes, mounts, network
        node = lab.node("matsudo-017", files={"/etc/mimamori/node.toml": text})
        node.boot()                                   # returns once systemd calls the system running or degraded
        node.run("mimamori", "check-config", "/etc/mimamori/node.toml")     # as root inside; Done(status, out, err)
        lab.until(lambda: node.run("systemctl", "is-active", "x", check=False).status == 0, "x is active")
        lab.run(*node.ssh, "uptime")                  # any program of this machine in the lab's network
        with lab.network():                           # this thread's sockets, and what it starts, are in it
            requests.get(f"http://{node.address}/")

**The lab.** One bridge, ``mml0``, on 10.88.0.1/24; nodes are 10.88.0.11, .12, ... and know no other network: no route
leads out. Further bridges by ``lab.bridge("mmlnat", "10.89.0.1/24")`` and ``lab.node(..., bridge="mmlnat",
address="10.89.0.11/24")``; the lab is an ordinary Linux host that routes between its bridges, and
``lab.run("nft", ...)``, ``tc``, ``wireguard-go`` work in it. ``node.line`` is the link that leads to the node, for
``tc`` and ``ip link``. ``lab.words(...)`` is the command for a ``Popen`` of one's own.

**A node.** Its root is an overlay on cached layers (``layers.py``): Debian with the packages of ``base.py``; our
dependencies from the lock at /opt/mimamori/a; our own code, /opt/mimamori/current, /usr/local/bin/mimamori.
``bare=True`` leaves all of ours out, for tests that install it themselves from ``wheelhouse()``: the locked wheels for
the node's Python with their ``requirements.txt``, and our own wheel.
``packages=(...)`` brings apt, and has these of Debian's for it to install.
``files`` are there at the first boot: path to text, bytes or ``File(data, mode, owner)``; ``links`` are symbolic ones;
``node.lay`` brings more while it is off, ``node.write`` while it is on.
``cloud_init=True`` leaves cloud-init on, which else is off. NetworkManager is there and off; systemd-networkd gives the
node its address. ``disks={"mimamori-spool": 256 * 2**20}`` are empty block devices at
/dev/disk/by-label/<name>, those in ``formatted=`` with an ext4 on them. ``read_only=True`` boots with a root that takes
no writes, and with ``ext4_root=True`` with one that can be remounted from inside, as a board's (``roots.py``); it costs
some seconds. ``provision.py`` makes it a node of a city that records.

**What may happen to it.** ``shutdown()``; ``cut()``, SIGKILL to all of it at once: what was written stays, as after a
crash of the system alone; ``power_cut()``, for ``lab.node(..., on_image=True)``: the state of root and disks as a card
has it, so what was not synced is gone; ``freeze()`` and ``thaw()``, a board that hangs. After the first three
``boot()`` starts it again.

**Cost.** A first run on a machine makes the base (about a minute, told on stderr) and the dependencies; both are kept
under ~/.cache/mimamori-lab, as is our own code's layer until the code changes. Then a node takes 2 to 3 s to boot.
Whatever ends the test's process, the kernel takes everything away: nodes live in namespaces that die with it. Root,
mmdebstrap and systemd-nspawn are needed; without them ``open_lab`` raises ``MissingRights`` with one sentence, and
nothing is skipped. Not enforced in these containers, in silence: MemoryMax, TasksMax and CPUQuota of units,
RestrictNetworkInterfaces, RestrictFileSystems; there is no clock of a node's own and no udev.
"""

from tests.lab.nodes.disks import File, Files
from tests.lab.nodes.ground import Done
from tests.lab.nodes.lab import NodeLab, open_lab
from tests.lab.nodes.node import Node
from tests.lab.nodes.rights import MissingRights
from tests.lab.nodes.wheels import wheelhouse

__all__ = ["Done", "File", "Files", "MissingRights", "Node", "NodeLab", "open_lab", "wheelhouse"]
