#!/usr/bin/env bash
# A way that an editor deleted is still a street.
#
# JOSM keeps what its user deleted in the saved .osm file, marked action="delete", until it is uploaded. pyosmium, OSMnx
# and the OSM driver of GDAL read such a way as if it were there; osmium calls it visible and not deleted.
# Seen with osmium 4.3.2, osmnx 2.1.1, pyogrio 0.13.0 (GDAL of its wheel).
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check osmium==4.3.2 osmnx==2.1.1 pyogrio==0.13.0 geopandas==1.2.0
cd "$work"
cat > saved.osm <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6" generator="JOSM">
  <node id="1" version="1" lat="34.75" lon="113.60"/>
  <node id="2" version="1" lat="34.75" lon="113.61"/>
  <node id="3" version="1" lat="34.75" lon="113.62"/>
  <way id="10" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
  <way id="11" version="1" action="delete"><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
</osm>
XML
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import geopandas as gpd
import osmium
import osmnx

ways = {way.id: (way.deleted, way.visible) for way in osmium.FileProcessor("saved.osm", osmium.osm.WAY)}
graph = osmnx.graph_from_xml("saved.osm")
# ways that meet without a junction between them become one edge with the ids of both
ids = [data["osmid"] for *_, data in graph.edges(data=True)]
walked = sorted({way for some in ids for way in (some if isinstance(some, list) else [some])})
lines = gpd.read_file("saved.osm", layer="lines")["osm_id"].tolist()
print("osmium", version("osmium"), "{way: (deleted, visible)} =", ways)
print("osmnx", version("osmnx"), "ways of the graph =", walked)
print("pyogrio", version("pyogrio"), "lines =", lines)
assert ways == {10: (False, True), 11: (False, True)}
assert walked == [10, 11]
assert lines == ["10", "11"]
print("as seen: the way marked action=\"delete\" is read by all three")
PY
