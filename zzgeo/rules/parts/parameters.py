"""What the parameters of clauses mean: the form of each, its unit, and what it may be; kinds say which they take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from zzgeo.intake.dates import date
from zzgeo.standards import Rule

Form = Literal["number", "count", "share", "yes or no", "text", "texts", "date", "weights", "number or text"]


#: Forms whose name does not say how they are written.
_FORMS = {"date": "date such as 2018-07-30"}


def _is_date(text: str) -> bool:
    try:
        date(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Parameter:
    """One parameter: its form, what it says (zh, en), its unit, the least it may be, and the words it may be."""

    form: Form
    zh: str
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
            "date": isinstance(value, str) and _is_date(value),
            "weights": isinstance(value, dict),
            "texts": isinstance(value, tuple | str),
        }.get(self.form, True)
        if fits:
            return ""
        return f"one of {', '.join(self.words)}" if self.words else f"given as {_FORMS.get(self.form, self.form)}"

    def row(self) -> tuple[str, str]:
        """Return its form with unit or words, and what it says in Chinese and English."""
        form = f"{self.form}: {', '.join(f'`{word}`' for word in self.words)}" if self.words else self.form
        least = "" if self.least is None else f", at least {self.least:g}"
        return f"{form}{self.unit and f', {self.unit}'}{least}", f"{self.zh} · {self.says}"


def _m2(zh: str, says: str) -> Parameter:
    return Parameter("number", zh, says, "m²", 0.0)


#: Every parameter of every kind of rule, by its name.
PARAMETERS: dict[str, Parameter] = {
    "about": Parameter(
        "number",
        "与“约”目标值相差多少仍算达标，占目标值之比",
        "how far from an 'about' target a value still passes, as a share of it",
        "",
        0.0,
    ),
    "aggregate": Parameter(
        "text", "指标有多个值时以哪个为准", "what decides where an indicator has several values", words=("minimum",)
    ),
    "attribute": Parameter(
        "text", "登记行的属性中须写明的内容", "what a row of the register has to say in its attributes"
    ),
    "by": Parameter(
        "text",
        "条款按结论计（1 或 0），或按达到的比例计",
        "whether a clause counts by its verdict (1 or 0) or by the share it reaches",
        words=("verdict", "share"),
    ),
    "by_subdistrict": Parameter("yes or no", "是否同时列出各街道", "whether subdistricts are told as well"),
    "clauses": Parameter(
        "weights", "同一文件中各条款（编号）的权重", "what each clause of the same document weighs, by its id"
    ),
    "count": Parameter(
        "number or text",
        "计数对象（设施、床位、净增等），或所需数量",
        "what is counted (`facilities`, `beds`, `net`, …), or how many are needed",
    ),
    "cycling_note": Parameter(
        "yes or no", "是否附列骑行可达比例", "whether the share by bicycle stands beside the verdict"
    ),
    "element": Parameter(
        "number or text",
        "条款有多个值时评哪一个：序号或名称",
        "which of several values of the clause is judged: its place, or its name",
    ),
    "free_flow_factor": Parameter(
        "number", "行驶速度与道路限速之比", "speed driven, as a share of the speed of the road", "", 0.01
    ),
    "funder": Parameter("text", "计入的设施由谁出资", "who paid for the facilities that count"),
    "ground": Parameter("text", "累计哪类用地面积", "whose ground is added up", words=("park", "sports")),
    "higher_counts": Parameter(
        "yes or no", "上级设施是否可替代下级", "whether a facility of a higher level serves the levels below"
    ),
    "inside": Parameter(
        "text", "设施应位于其内的范围（`[[areas]]`）", "the area (`[[areas]]`) in which facilities should stand"
    ),
    "kind_of": Parameter("text", "居民应邻近的对象", "what people should be near", words=("park", "green")),
    "level": Parameter("text", "每处设施须达到的级别", "the level each facility has to be of, as lists write it"),
    "levels": Parameter("texts", "网络各级，由高到低", "the levels of the network, the highest first"),
    "metres": Parameter("number", "沿道路步行的最远距离", "how far people may walk along the streets", "m", 1.0),
    "min_capacity": Parameter(
        "number",
        "每处设施所需床位或座位；不明者说明，不判不达标",
        "beds or places each facility needs; unknown is told and never fails",
        "",
        0.0,
    ),
    "min_count": Parameter("count", "每单元或区县所需设施数", "facilities each unit or district needs", "", 1.0),
    "min_floor_area_m2": _m2(
        "每处设施所需建筑面积；不明者计入并标注",
        "floor area each facility needs; one of unknown area counts and is flagged",
    ),
    "min_green_m2": _m2("绿地最小面积", "least area of a green"),
    "min_land_area_m2": _m2(
        "每处设施所需用地面积（`area_m2` 或其轮廓）；不明者说明，不判不达标",
        "ground each facility needs (`area_m2`, or its outline); unknown is told and never fails",
    ),
    "min_m2": _m2("既有居住区最少配建面积", "least floor space of an existing quarter"),
    "min_m2_for_new": Parameter(
        "yes or no", "新建居住区是否也有最少配建面积", "whether new quarters have the least floor space too"
    ),
    "min_park_m2": _m2("公园最小面积", "least area of a park"),
    "minutes": Parameter(
        "number",
        "步行（或驾车）的最长时间，按人群速度",
        "how long people may walk (or drive), at the speed of their group",
        "minutes",
        0.1,
    ),
    "near": Parameter("texts", "应邻近的设施类别", "kinds of facility it should stand near"),
    "node_names": Parameter("texts", "节点名称，与 `nodes` 同序", "names of the nodes, in the order of `nodes`"),
    "nodes": Parameter("texts", "布局节点所在区县代码", "codes of the districts that are nodes of the layout"),
    "numerator": Parameter("text", "床位或人员数的来源", "where the number of beds or staff comes from"),
    "numerator_indicator": Parameter("text", "被人口除的指标", "id of the indicator that is divided by the people"),
    "on_line_m": Parameter(
        "number", "距环线多近算在线上", "how near to the line of a ring a place lies on it", "m", 0.0
    ),
    "only_units_with_facility": Parameter(
        "yes or no",
        "没有设施的单元是否交由覆盖率条款判断",
        "whether units without a facility are left to unit coverage",
    ),
    "opened_since": Parameter(
        "number or text", "自何日或何年起开办的设施计入", "the day or year since which facilities count"
    ),
    "outside": Parameter(
        "text", "设施应位于其外的范围（`[[areas]]`）", "the area (`[[areas]]`) outside which facilities should stand"
    ),
    "ownership": Parameter(
        "text",
        "设施的举办主体：`public` 或 `private`",
        "whose the facilities have to be: `public` or `private`, as lists write it",
    ),
    "pass_share": Parameter(
        "share",
        "该人群中须可达的比例；不写为 1",
        "the share of the group that has to be reached; 1 where nothing is said",
    ),
    "people_per_centre": Parameter("number", "一个中心可服务的人数", "people one centre may serve", "people", 1.0),
    "per": Parameter(
        "number or text",
        "每多少人计（1000），或 `unit`、`district`",
        "people a rate is counted for (1000), or `unit` or `district`",
    ),
    "per_100_households_existing": Parameter(
        "number", "既有居住区配建面积", "floor space in existing quarters", "m² per 100 households", 0.0
    ),
    "per_100_households_new": Parameter(
        "number", "新建居住区配建面积", "floor space in new quarters", "m² per 100 households", 0.0
    ),
    "preset": Parameter(
        "text",
        "条款读法：`default`、`one-per-subdistrict`、`population-only`",
        "how the clause is read: `default`, `one-per-subdistrict`, `population-only`",
    ),
    "project": Parameter("text", "计入的项目名称所含的词", "a word in the names of the projects that count"),
    "project_ids": Parameter("texts", "计入的项目编号", "ids of the projects that count"),
    "reach_minutes": Parameter("number", "附列的步行时间", "the walk that stands beside the share", "minutes", 0.1),
    "required_status": Parameter("text", "项目须达到的进度", "how far a project has to be"),
    "ring": Parameter("text", "环线以内的范围（`[[areas]]`）", "the area (`[[areas]]`) inside the ring road"),
    "scheme": Parameter("text", "补贴按什么计", "what a subsidy is paid by"),
    "share_below": Parameter(
        "number",
        "人数少于此的街道可与相邻街道共用",
        "a subdistrict of fewer people may share the centre of a neighbour",
        "people",
        0.0,
    ),
    "since": Parameter("date", "起始日", "the first day that counts"),
    "stage": Parameter(
        "count", "1：到快速路；2：再到高速公路", "1: the drive to an expressway; 2: from it to a motorway", "", 1.0
    ),
    "types": Parameter("texts", "每单元须有的设施类型", "types of facility each unit needs"),
    "until": Parameter("date", "截止日", "the last day that counts"),
    "weights": Parameter(
        "weights", "各类设施的权重；未写者为 1", "what each kind weighs; a kind that is not named weighs 1"
    ),
    "year": Parameter("count", "新增所属年度", "the year of the increment", "", 1900.0),
}


def faults_of(rule: Rule) -> Iterator[tuple[str, str]]:
    """Give each parameter of a clause that says what cannot be meant, as it stands, and why."""
    for name, value in rule.params.items():
        if name in PARAMETERS and (why := PARAMETERS[name].refused(value)):
            yield f"{name} = {value}", f"{name} is {why}"
