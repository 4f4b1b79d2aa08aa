"""One node for all that is tried on it, one after another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.nodes import open_lab
from tests.lab.nodes.provision import documents, provision, provisioned, settings
from tests.lab.update.street import Street


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder = tmp_path_factory.mktemp("update")
    city = provisioned(folder / "city")
    (folder / "lab").mkdir()
    with open_lab(folder / "lab") as lab:
        node = lab.node("matsudo-017", files=documents(city, lab.address))
        node.boot()
        provision(node, city, settings(node.name))
        made = Street(lab, node, city, folder)
        made.records_again()
        yield made
