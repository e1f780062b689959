"""The published samples of five hexagons."""

from __future__ import annotations

import pandas as pd
import pytest
from access_worlds import World, world


@pytest.fixture(scope="session")
def hexagons() -> World:
    """Return the five hexagons of Belo Horizonte of ipeaGIT/accessibility's tests: who is within 45 minutes of whom.

    Its data files are R's own; people and connections are recovered from numbers its tests print: the people within 45
    minutes of each hexagon (0, 5404, 4552, 2363, 4552) and the jobs (82, 308, 100, 109, 0). How the 2,363 people of two
    hexagons divide between them does not matter to any result here but the Gini and concentration indices.
    """
    within = {"A": "A", "B": "ABCD", "C": "ABCD", "D": "ABD", "E": "E"}
    ways = {(place, reached): 45.0 for place, all_ in within.items() for reached in all_}
    people = {"A": 5404 - 4552, "B": 397, "C": 2363 - 397, "D": 4552 - 2363, "E": 0}
    return world(ways, people, {"A": 82, "B": 308, "C": 100, "D": 109, "E": 0})


@pytest.fixture(scope="session", params=range(394, 400))
def hexagon_people(request: pytest.FixtureRequest) -> pd.Series:
    """Return the hexagons' people for every division that agrees with all that is printed; 394 to 399 live in B."""
    b = request.param
    return pd.Series({"A": 852, "B": b, "C": 2363 - b, "D": 2189, "E": 0}, dtype=float)
