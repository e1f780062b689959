"""What the parameters of clauses mean: the form of each, its unit, and what it may be; kinds say which they take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from zzgeo.standards import Rule

Form = Literal["number", "count", "share", "yes or no", "text", "texts", "date", "weights", "number or text"]


@dataclass(frozen=True)
class Parameter:
    """One parameter: its form, what it says, its unit, the least and the most it may be, and the words it may be."""

    form: Form
    says: str
    unit: str = ""
    least: float | None = None
    words: tuple[str, ...] = ()

    def refused(self, value: object) -> str:
        """Return why a value cannot be meant; "" where it can."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if self.form == "share":
            return "" if number and 0.0 < float(str(value)) <= 1.0 else "a share above 0 and up to 1: 0.9 for 90 %"
        if self.form in ("number", "count"):
            whole = number and (self.form == "number" or float(str(value)).is_integer())
            enough = number and (self.least is None or float(str(value)) >= self.least)
            least = "" if self.least is None else f" of at least {self.least:g}"
            kind = "a number" if self.form == "number" else "a whole number"
            return "" if whole and enough else f"{kind}{least}{self.unit and f', in {self.unit}'}"
        fits = {
            "yes or no": isinstance(value, bool),
            "text": isinstance(value, str) and (not self.words or value in self.words),
            "date": isinstance(value, str),
            "weights": isinstance(value, dict),
            "texts": isinstance(value, tuple | str),
        }.get(self.form, True)
        return "" if fits else f"one of {', '.join(self.words)}" if self.words else f"given as {self.form}"

    def row(self) -> tuple[str, str]:
        """Return its form with unit or words, and what it says."""
        form = f"{self.form}: {', '.join(f'`{word}`' for word in self.words)}" if self.words else self.form
        least = "" if self.least is None else f", at least {self.least:g}"
        return f"{form}{self.unit and f', {self.unit}'}{least}", self.says


def _m2(says: str) -> Parameter:
    return Parameter("number", says, "m²", 0.0)


#: Every parameter of every kind of rule, by its name.
PARAMETERS: dict[str, Parameter] = {
    "about": Parameter("number", "how far from an 'about' target a value still passes, as a share of it", "", 0.0),
    "aggregate": Parameter("text", "what decides where an indicator has several values", words=("minimum",)),
    "attribute": Parameter("text", "what a row of the register has to say in its attributes"),
    "by_subdistrict": Parameter("yes or no", "whether subdistricts are told as well"),
    "count": Parameter("number or text", "what is counted (`facilities`, `beds`, `net`, …), or how many are needed"),
    "cycling_note": Parameter("yes or no", "whether the share by bicycle stands beside the verdict"),
    "element": Parameter("number or text", "which of several values of the clause is judged: its place, or its name"),
    "free_flow_factor": Parameter("number", "speed driven, as a share of the speed of the road", "", 0.01),
    "funder": Parameter("text", "who paid for the facilities that count"),
    "ground": Parameter("text", "whose ground is added up", words=("park", "sports")),
    "higher_counts": Parameter("yes or no", "whether a facility of a higher level serves the levels below"),
    "inside": Parameter("text", "the area (`[[areas]]`) in which facilities should stand"),
    "kind_of": Parameter("text", "what people should be near", words=("park", "green")),
    "level": Parameter("text", "the level each facility has to be of, as lists write it"),
    "levels": Parameter("texts", "the levels of the network, the highest first"),
    "metres": Parameter("number", "how far people may walk along the streets", "m", 1.0),
    "min_capacity": Parameter("number", "beds or places each facility needs; unknown is told and never fails", "", 0.0),
    "min_count": Parameter("count", "facilities each unit or district needs", "", 1.0),
    "min_floor_area_m2": _m2("floor area each facility needs; one of unknown area counts and is flagged"),
    "min_green_m2": _m2("least area of a green"),
    "min_land_area_m2": _m2("ground each facility needs (`area_m2`, or its outline); unknown is told and never fails"),
    "min_m2": _m2("least floor space of an existing quarter"),
    "min_m2_for_new": Parameter("yes or no", "whether new quarters have the least floor space too"),
    "min_park_m2": _m2("least area of a park"),
    "minutes": Parameter("number", "how long people may walk (or drive), at the speed of their group", "minutes", 0.1),
    "near": Parameter("texts", "kinds of facility it should stand near"),
    "node_names": Parameter("texts", "names of the nodes, in the order of `nodes`"),
    "nodes": Parameter("texts", "codes of the districts that are nodes of the layout"),
    "numerator": Parameter("text", "where the number of beds or staff comes from"),
    "numerator_indicator": Parameter("text", "id of the indicator that is divided by the people"),
    "on_line_m": Parameter("number", "how near to the line of a ring a place lies on it", "m", 0.0),
    "only_units_with_facility": Parameter("yes or no", "whether units without a facility are left to unit coverage"),
    "opened_since": Parameter("number or text", "the day or year since which facilities count"),
    "outside": Parameter("text", "the area (`[[areas]]`) outside which facilities should stand"),
    "ownership": Parameter("text", "whose the facilities have to be: `public` or `private`, as lists write it"),
    "pass_share": Parameter("share", "the share of the group that has to be reached; 1 where nothing is said"),
    "people_per_centre": Parameter("number", "people one centre may serve", "people", 1.0),
    "per": Parameter("number or text", "people a rate is counted for (1000), or `unit` or `district`"),
    "per_100_households_existing": Parameter(
        "number", "floor space in existing quarters", "m² per 100 households", 0.0
    ),
    "per_100_households_new": Parameter("number", "floor space in new quarters", "m² per 100 households", 0.0),
    "preset": Parameter("text", "how the clause is read: `default`, `one-per-subdistrict`, `population-only`"),
    "project": Parameter("text", "a word in the names of the projects that count"),
    "project_ids": Parameter("texts", "ids of the projects that count"),
    "reach_minutes": Parameter("number", "the walk that stands beside the share", "minutes", 0.1),
    "required_status": Parameter("text", "how far a project has to be"),
    "ring": Parameter("text", "the area (`[[areas]]`) inside the ring road"),
    "scheme": Parameter("text", "what a subsidy is paid by"),
    "share_below": Parameter(
        "number", "a subdistrict of fewer people may share the centre of a neighbour", "people", 0.0
    ),
    "since": Parameter("date", "the first day that counts"),
    "stage": Parameter("count", "1: the drive to an expressway; 2: from it to a motorway", "", 1.0),
    "types": Parameter("texts", "types of facility each unit needs"),
    "until": Parameter("date", "the last day that counts"),
    "weights": Parameter("weights", "what each kind weighs; a kind that is not named weighs 1"),
    "year": Parameter("count", "the year of the increment", "", 1900.0),
}


def faults_of(rule: Rule) -> Iterator[tuple[str, str]]:
    """Give each parameter of a clause that says what cannot be meant, as it stands, and why."""
    for name, value in rule.params.items():
        if name in PARAMETERS and (why := PARAMETERS[name].refused(value)):
            yield f"{name} = {value}", f"{name} is {why}"
