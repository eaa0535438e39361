"""Done when 2."""
from tests.cli.conftest import Walk


def test_x(walk: Walk) -> None:
    s = walk.stages["opened"].state()
    print(walk.stages["opened"].must("history").out)
    print(s["current_phase"], s["opening"])
    print(walk.stages["approved"].run("gate"))
