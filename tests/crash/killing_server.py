"""A PostgreSQL server killed at random instants, while several clients write.

Every process of the server gets SIGKILL at once, then it is started again and recovers by its log.
The clients have to be told, and a stranger looks at what is left, as :mod:`killing` has it. Runs as
one process without threads that never opens a ledger itself, and tells one line of JSON.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from random import Random

from tests.crash.killing import (
    A_ROUND,
    Looked,
    apart,
    finish,
    looked,
    must,
    new_place,
    started,
    wait_at_random,
)
from tests.support.postgresql import embedded

CLIENTS = ("one", "two", "three")
"""Who writes at the same time, each a project of its own."""


def main(folder: Path, kills: int, seed: int) -> None:
    """Kill the server so many times."""
    random, counted = Random(seed), Counter[str]()
    with embedded() as server:
        for number in range(kills):
            if number % A_ROUND == 0:
                place, before = new_place(folder / str(number // A_ROUND), server.url), Looked()
            writers = {
                name: started(place, name, before.confirmed[name], may_be_told=True)
                for name in CLIENTS
            }
            wait_at_random(writers[random.choice(CLIENTS)], random)
            server.kill()
            for name, writer in writers.items():
                assert writer.ended() == 0, "a client was not told"
                before.confirmed[name] = max(before.confirmed[name], writer.last)
            server.start()
            before.entries = looked(place, before)
            counted["kills"] += 1
            counted["while appending"] += any(each.last for each in writers.values())
            if number % A_ROUND == A_ROUND - 1 or number == kills - 1:
                must(apart(lambda: finish(place)))  # noqa: B023 - done before the next turn
                counted["events"] += len(before.entries)
    sys.stdout.write(json.dumps(counted))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
