#!/usr/bin/env bash
# Whoever may walk against the arrows of a street reaches less than who may not.
#
# ego_graph cuts out what lies within some metres of a node; undirected=True is said to go both ways. Between two crossings
# the way there is 400 m and the way back, another one-way street, 900 m. With the arrows, the clinic at 400 m lies within
# 500 m; both ways, it does not: of the two streets G.to_undirected() keeps the one that was added last, and the order in
# which they were added decides. A MultiDiGraph, as OSMnx makes it, has room for both and loses one all the same.
# Seen with networkx 3.6.1.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check networkx==3.6.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import networkx as nx

STREETS = [("home", "clinic", 400.0), ("clinic", "home", 900.0)]


def reached(streets, undirected):
    graph = nx.MultiDiGraph()
    for begin, end, length_m in streets:
        graph.add_edge(begin, end, length=length_m)
    return sorted(nx.ego_graph(graph, "home", radius=500, distance="length", undirected=undirected))


arrows, either = reached(STREETS, False), reached(STREETS, True)
turned = reached(STREETS[::-1], True)
# the same two streets, never said to have a direction
both = nx.MultiGraph()
for begin, end, length_m in STREETS:
    both.add_edge(begin, end, length=length_m)
right = sorted(nx.ego_graph(both, "home", radius=500, distance="length"))
print("networkx", nx.__version__)
print("with the arrows:", arrows, "· either way:", either, "· added in the other order:", turned, "· MultiGraph:", right)
assert arrows == turned == right == ["clinic", "home"]
assert either == ["home"]
print("as seen: of a pair of streets one is left, and not the shorter")
PY
