"""The lab: a bridge, the nodes on it, and what the city's side of a test needs to reach them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from edge.base.clock import SystemClock
from tests.lab.nodes.cgroups import sweep
from tests.lab.nodes.disks import Files
from tests.lab.nodes.ground import Done, Ground, run
from tests.lab.nodes.identity import new_identity, new_key
from tests.lab.nodes.layers import bare_layers, full_layers, stocked_layer
from tests.lab.nodes.node import Node
from tests.lab.nodes.rights import require_rights

BRIDGE = "mml0"
ADDRESS = "10.88.0.1"
_FIRST_HOST = 11
_WAIT_S = 120.0
_LOOK_S = 0.1


class NodeLab:
    """Nodes on a bridge of their own.

    Attributes:
        address: the lab's own on the bridge: where a center or a bastion listens.
        nodes: all that were made.
    """

    def __init__(self, folder: Path) -> None:
        require_rights()
        sweep()
        self.address, self.nodes = ADDRESS, list[Node]()
        self._folder, self._clock = folder, SystemClock()
        self._ground = Ground()
        try:
            self.key = new_key(folder / "id_ed25519", "lab")
            self.bridge(BRIDGE, f"{ADDRESS}/24")
        except BaseException:
            self._ground.close()
            raise

    def close(self) -> None:
        """Ends everything."""
        try:
            for node in self.nodes:
                node.close()
        finally:
            self._ground.close()

    def bridge(self, name: str, address: str) -> None:
        """Makes a bridge; the lab has ``address``, with its length, on it."""
        self.run("ip", "link", "add", name, "type", "bridge")
        self.run("ip", "addr", "add", address, "dev", name)
        self.run("ip", "link", "set", name, "up")

    def node(
        self, name: str, *, files: Files | None = None,
        links: Mapping[str, str] | None = None, bare: bool = False, disks: Mapping[str, int] | None = None,
        formatted: Collection[str] = (), on_image: bool = False, read_only: bool = False, cloud_init: bool = False,
        ext4_root: bool = False, bridge: str = BRIDGE, address: str | None = None, packages: Collection[str] = (),
    ) -> Node:  # fmt: skip
        """Makes a node that is off; the package's words say what the settings do."""
        number = len(self.nodes) + 1
        folder = self._folder / f"n{number}"
        folder.mkdir()
        identity = new_identity(folder, name, address or f"10.88.0.{_FIRST_HOST + number - 1}/24", self.key)
        layers = bare_layers() if bare else full_layers()
        if packages:
            layers = [stocked_layer(packages), *layers]
        made = Node(
            self._ground, folder, identity, number=number, bridge=bridge,
            layers=layers, disks=disks or {}, formatted=formatted,
            on_image=on_image, read_only=read_only, ext4_root=ext4_root,
        )  # fmt: skip
        self.nodes.append(made)
        made.lay({**identity.files(cloud_init=cloud_init), **(files or {})}, links)
        return made

    def run(
        self, *command: str, check: bool = True, stdin: str | None = None, environment: Mapping[str, str] | None = None
    ) -> Done:
        """Runs a program of this machine in the lab's network.

        Raises:
            RuntimeError: it failed, and ``check`` asks for more.
        """
        return run(*self.words(*command), check=check, stdin=stdin, environment=environment)

    def words(self, *command: str) -> list[str]:
        """Returns the command that runs another one in the lab's network, for who starts it himself."""
        return self._ground.words(*command)

    def network(self) -> AbstractContextManager[None]:
        """Puts the calling thread, and whatever it starts meanwhile, into the lab's network."""
        return self._ground.network()

    def until(self, condition: Callable[[], bool], what: str, within_s: float = _WAIT_S) -> None:
        """Waits for a condition.

        Raises:
            TimeoutError: it does not come.
        """
        end_ns = self._clock.monotonic_ns() + int(within_s * 1e9)
        while not condition():
            if self._clock.monotonic_ns() > end_ns:
                raise TimeoutError(f"{what} did not come within {within_s:.0f} s")
            self._clock.sleep(_LOOK_S)


@contextmanager
def open_lab(folder: Path) -> Iterator[NodeLab]:
    """Makes a lab in an empty folder and takes it away.

    Raises:
        MissingRights: this machine cannot boot nodes; the message says why.
    """
    lab = NodeLab(folder)
    try:
        yield lab
    finally:
        lab.close()
