"""Several nodes behind one address, one of which lags; each request of a batch goes to another."""

import random

from tests.providers.laggard import Laggard
from tests.providers.member import Call
from tests.providers.upstream import Upstream

# One call of so many is answered by the laggard.
SHARE = 12


class Provider(Laggard):
    does = (
        "each request, of a batch too, is answered by one of two nodes; one is up to 5 blocks behind and has no logs "
        "beyond its head"
    )
    seen = "subql 1999, cow 2518, graph-node 776"
    calm = False

    def __init__(self, node: Upstream) -> None:
        super().__init__(node)
        self.chance = random.Random(1)

    def behind(self, call: Call) -> int:
        return self.chance.choice([1, 2, 5]) if self.chance.randrange(SHARE) == 0 else 0
