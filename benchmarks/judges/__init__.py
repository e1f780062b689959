"""Walks of zzgeo beside those of two other engines, from the same file of OpenStreetMap.

``python -m benchmarks.judges`` builds the graphs of Valhalla (pedestrian) and OSRM (foot), both asked for the shortest
walk and not for the quickest, compares random pairs of places and who is reached, says by class of way where they
differ, and writes the result into docs/validation.md. The two engines live in an environment of their own (Python 3.12
or newer, wheels of pinned versions); where it cannot be made, the reason is printed and nothing is written.
"""
