"""Every code a problem or a set-aside row may carry: how grave it is, and what it means in Chinese and in English.

``error``: the row or the layer cannot be used. ``warning``: it is used, or left out by a rule that is stated, and told.
A code that stands nowhere here is a bug (a test reads the sources).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """One code: ``"error"`` or ``"warning"``, and its meaning."""

    severity: str
    zh: str
    en: str


def _error(zh: str, en: str) -> Code:
    return Code("error", zh, en)


def _warning(zh: str, en: str) -> Code:
    return Code("warning", zh, en)


CODES: dict[str, Code] = {
    "answer.cut_off": _error(
        "服务应答不完整（被截断或未取完各页）", "the answer of a service says that it is not whole"
    ),
    "answer.error": _error("服务返回的是错误信息", "the answer of a service is an error message"),
    "answer.may_be_cut": _warning("服务应答可能未取完", "the answer of a service may not be whole"),
    "approval.too_long": _error("审图号过长", "the map-approval number is too long"),
    "area.derived": _warning("由其他图层推得的范围", "an area taken from other layers"),
    "audit.nothing_judged": _warning("没有任何条款得出结论", "no clause could be judged"),
    "barrier.none": _warning("桥梁、隧道或不存在的障碍，不计", "barriers that stop nobody on the ground"),
    "batch.changed_meanwhile": _warning(
        "核查期间输入文件发生变化，下次运行将重做", "inputs changed while a study was audited: done again next time"
    ),
    "batch.empty": _error("没有找到任何研究", "no study is found to audit"),
    "batch.left_over": _warning(
        "结果所属的研究已不在本批次中，结果保留", "results of studies that are no longer in the batch; they stay"
    ),
    "batch.no_study": _warning("该路径下没有研究文件", "no study file is where a batch looks for some"),
    "batch.not_compared": _warning(
        "较早批次中没有对应的结果，无法比较", "no result in the earlier batch to compare with"
    ),
    "batch.renamed": _warning("同一研究在另一批次中编号不同", "a study has another id than before"),
    "batch.vanished": _warning(
        "较早批次中有、本批次中没有的研究", "studies of the earlier batch that are not in this one"
    ),
    "browser.failed": _error("浏览器未能打印", "the browser did not print"),
    "browser.missing": _error("没有可用来打印的浏览器", "no browser is installed that prints"),
    "building.use_unknown": _warning(
        "建筑用途不明，未计入住宅", "the use of a building is unknown: not among the homes"
    ),
    "cache.damaged": _warning(
        "缓存的应答不完整或被改动，已重新获取", "a kept answer was cut or altered: asked for again"
    ),
    "choice.unknown": _error("选项的值无效", "a choice that there is not"),
    "cluster.no_worker": _warning("集群暂无工作进程，等待中", "a cluster has no worker yet: waits for one"),
    "cluster.threads": _warning("集群工作进程不止一个线程", "a worker of a cluster has more than one thread"),
    "cluster.version": _error("集群工作进程的代码与本机不一致", "a worker of a cluster has other code than the batch"),
    "code.not_kept": _warning("编译结果无法保存，每次运行重新编译", "compiled code cannot be kept and is made anew"),
    "config.invalid": _error("配置项缺失、未知或有误", "a key is missing, unknown or wrong"),
    "config.placeholder": _error("模板中的示例值尚未填写", "a value of the template is still to be filled in"),
    "config.too_large": _error("配置文件过大或展开后过大", "the configuration is too large, or grows too large"),
    "config.unsafe": _error("配置中有不允许的内容", "the configuration asks for what is not allowed"),
    "coord.low_precision": _warning(
        "坐标小数位过少，误差可能超过规则本身", "coordinates are rounded too far for the rules"
    ),
    "coord.missing": _error("缺少坐标", "no coordinates"),
    "coord.nonfinite": _error("坐标不是有限的数", "a coordinate is not a finite number"),
    "coord.null_island": _error("坐标为 0,0，即未知", "0, 0 stands for 'not known'"),
    "coord.out_of_range": _error("坐标超出可能的范围", "no place on earth has these coordinates"),
    "coord.outside_district": _warning("不在所述区县之内", "outside the district the row names"),
    "coord.outside_study_area": _warning("位于研究范围以外", "outside the study area"),
    "coord.stacked": _warning("多个点坐标完全相同", "many points stand at one place"),
    "coord.swapped": _error("经纬度（或东北坐标）颠倒", "the two coordinates are the wrong way round"),
    "coord.unparsed": _error("坐标无法读成数字", "a coordinate cannot be read as a number"),
    "crs.bd09_suspected": _warning("疑为 BD-09（百度）坐标", "these look like BD-09 (Baidu) coordinates"),
    "crs.chosen": _warning("坐标系按所在地选定", "the metric CRS was chosen for the place"),
    "crs.gcj02_suspected": _warning(
        "疑为 GCJ-02（高德、腾讯）坐标", "these look like GCJ-02 (Amap, Tencent) coordinates"
    ),
    "crs.mismatch": _error("坐标与所声明的坐标系不符", "the coordinates contradict the declared CRS"),
    "crs.missing": _error("未声明坐标基准", "the datum is not declared"),
    "crs.offset_suspected": _warning("整个图层疑有偏移", "the whole layer looks shifted"),
    "crs.outside_zone": _warning("坐标在所声明投影带之外", "places lie beside the zone of their declared CRS"),
    "crs.stretched": _warning("坐标系在研究范围内变形较大", "the CRS stretches within the study"),
    "crs.unconfirmed": _warning(
        "数据框为经纬度而未另声明基准，按其自带坐标系使用", "degrees of a table in memory, taken as its CRS says"
    ),
    "crs.unconnected": _warning("坐标系的基准与 WGS84 之间没有可用的转换", "no good step leads from the CRS to WGS84"),
    "crs.undeclared": _warning("表格未声明坐标基准，暂按 WGS84 检查", "a table declares no datum: checked as WGS84"),
    "crs.unknown": _error("未知的坐标系", "no such CRS is known"),
    "demand.estimated": _warning("人口为估算，并非点算", "people are estimated, not counted"),
    "demand.from_raster": _warning("人口取自栅格", "people are taken from a raster"),
    "demand.from_units": _warning("人口由社区、村均匀分摊而得", "people are spread evenly over each unit"),
    "demand.not_covered": _error("人口栅格未覆盖整个区划", "the raster does not reach over all of a district"),
    "district.unknown": _error("没有该区县", "no such district"),
    "edge.asymmetric": _warning("同一街道两个方向的长度不同", "the two directions of a street differ in length"),
    "edge.missing_length": _error("街段缺少长度", "an edge has no length"),
    "edge.negative": _error("街段长度为负", "an edge has a negative length"),
    "edge.nonfinite": _error("街段长度不是有限的数", "the length of an edge is not finite"),
    "edge.shorter_than_chord": _warning(
        "街段长度短于两端直线距离", "an edge is shorter than the line between its ends"
    ),
    "edge.unit_suspected": _error("街段长度的单位疑有误", "the lengths seem to be in another unit"),
    "edge.zero_length": _warning("街段长度为零", "an edge has no extent"),
    "encoding.detected": _warning("文件编码不是 UTF-8，已识别", "the file is not UTF-8; its encoding was recognised"),
    "encoding.field_name_truncated": _warning("字段名被截断", "a field name is cut off"),
    "encoding.invalid": _error("文件编码混乱或无法识别", "the bytes fit no encoding, or two of them"),
    "environment.refused": _error("系统不允许", "the system does not let it be done"),
    "extra.missing": _error("缺少可选组件", "an optional package is not installed"),
    "facility.not_in_use": _warning("拟增设施在研究日期不在用", "added facilities are not in use on the study's date"),
    "file.corrupt": _error("文件损坏或不完整", "the file is damaged or cut off"),
    "file.driver_refused": _error("文件会引用其他文件或网址，拒绝打开", "the file would open other files or addresses"),
    "file.empty": _error("文件为空", "there is nothing in the file"),
    "file.encrypted_or_legacy": _error("文件已加密或为旧格式", "the file is encrypted or of an old format"),
    "file.inconsistent": _error("文件各部分互相矛盾", "the parts of the file contradict each other"),
    "file.malformed": _error("文件不合格式", "the file breaks the rules of its format"),
    "file.missing": _error("找不到文件", "there is no such file"),
    "file.name_not_utf8": _error("路径名不是 UTF-8 编码", "the name of a file or a folder is not UTF-8"),
    "file.part_missing": _error("缺少组成文件", "a part of the file is missing"),
    "file.pickle_refused": _error("pickle 文件可执行代码，拒绝打开", "a pickle can run code"),
    "file.too_deep": _error("文件嵌套过深", "the file is nested too deeply"),
    "file.too_large": _error("文件过大或解压后过大", "the file is too large, or unpacks to too much"),
    "file.wrong_type": _error("文件类型与名称不符或不支持", "the content is not what the name says, or is not read"),
    "flag.invalid": _error("数据说明未登记，或其中的值有误", "a flag is not registered, or its values are wrong"),
    "font.missing": _warning("没有可显示中文的字体，图片未绘制", "no font that shows Chinese is installed"),
    "font.rare": _warning("字体缺少个别字，图上以 ? 代替", "no installed font has a rare character"),
    "geom.closed_line": _warning("闭合多段线按面读取", "closed lines were taken for areas"),
    "geom.empty": _error("几何为空", "the geometry is empty"),
    "geom.invalid": _error("几何无效", "the geometry is invalid"),
    "geom.linearised": _warning("弧线已按折线近似", "arcs were replaced by lines"),
    "geom.mixed_types": _warning("几何类型混杂", "several kinds of geometry in one layer"),
    "geom.null": _error("缺少几何", "no geometry"),
    "geom.repaired": _warning("几何已修复", "the geometry was repaired"),
    "geom.too_large": _warning("几何过大", "the geometry is very large"),
    "geom.unreadable": _error("几何无法读取", "the geometry cannot be read"),
    "grid.declared": _warning(
        "城市自有坐标系按声明的关系换算", "a grid of the city's own is read by the declared relation"
    ),
    "grid.refused": _error("自有坐标系的换算关系不可用", "the declared relation of a grid cannot be right"),
    "group.declared_twice": _error("同一人群声明了两次", "a group of people has two meanings, or two have a name"),
    "id.damaged": _warning(
        "编号被表格软件截断，不视为重复，已另编号", "ids a spreadsheet damaged: no repeats, numbered anew"
    ),
    "id.duplicate": _error("编号重复", "an id stands on several rows"),
    "input.refused": _error("输入被拒绝", "the input is refused"),
    "internal.error": _error("zzgeo 自身的错误", "a bug of zzgeo"),
    "kind.declared_twice": _error("设施类别与已有的重名", "a kind of facility is called like another"),
    "kind.guessed": _warning("设施类别由名称推断", "kinds of facilities guessed from their names"),
    "kind.lost": _warning("该类设施的记录大部分无法使用，按缺数据计", "most rows of a kind could not be used: no data"),
    "kind.not_taken": _warning("不属于任何已知类别的设施", "facilities that no kind takes"),
    "kind.unknown": _error("未知的设施类别", "no facility kind is known by this word"),
    "kind.unlisted": _warning("研究没有该类设施的清单", "the study has no list of this kind of facility"),
    "lang.unknown": _error("没有该语言", "no such language"),
    "layer.ambiguous": _error("文件含多个图层或工作表，须指明", "several layers or sheets; say which"),
    "layer.empty": _error("图层没有记录", "the layer has no rows"),
    "layer.missing": _error("没有该图层或工作表", "no such layer or sheet"),
    "layer.stale": _warning("清单可能过时", "the newest opening of a list is years before the study's date"),
    "ledger.damaged": _warning(
        "台账文件损坏，该研究将重做", "a file of the ledger is damaged: its study is done again"
    ),
    "level.across": _warning("单元跨上一级的多个单元", "units lie in two units of the level around them"),
    "level.cycle": _error("单元层级互相包含", "levels of units lie within each other"),
    "level.declared_twice": _error("单元层级与已有的重名", "a level of units is called like another"),
    "level.outside": _warning("单元不在上一级的任何单元内", "units lie in none of the level around them"),
    "level.people_disagree": _warning("两级单元的人口不一致", "two levels say different numbers of people"),
    "level.people_filled": _warning(
        "单元人口由其中居住的人口汇总", "people of units counted from those who live in them"
    ),
    "level.unknown": _error("未知的单元层级", "no level of units is known by this word"),
    "library.warning": _warning("所用程序库的提示", "what a library warned of in its own words"),
    "machine.lacks": _error("本机缺少所需的组件", "this machine lacks what an audit needs"),
    "map.needs_internet": _error("地图含需联网的部件", "a part of the map works online only"),
    "map.template": _error("地图中有会被当作模板执行的文字", "text in the map would be run as a template"),
    "network.barrier": _warning("街道在不可穿越处已截断", "streets were cut at barriers"),
    "network.class_left_out": _warning(
        "道路等级无法识别的道路未计入路网", "streets of classes that nobody knows were left out"
    ),
    "network.class_unknown": _warning(
        "道路等级中有不认识的词，按可步行", "words for classes of road that nobody knows"
    ),
    "network.class_unread": _warning("疑似道路等级的列未使用", "a column looks like the class of road and is not used"),
    "network.components": _warning("路网不连通", "the streets are in several pieces"),
    "network.dangling": _error("街段端点不存在", "an edge ends at no node"),
    "network.directed": _warning("单行街段，步行按双向", "one-way edges; people on foot walk both ways"),
    "network.doubled": _warning("街道重复绘制，已只保留一条", "streets were drawn twice; one of them was kept"),
    "network.empty": _error("没有可步行的街道", "there is nothing to walk on"),
    "network.facility_apart": _warning("设施所在的路网上无人居住", "nobody lives on the streets of these facilities"),
    "network.facility_off": _warning("设施离所有街道过远", "facilities too far from every street"),
    "network.heights": _warning("道路在同一点高差较大，仍按相接", "streets joined though far above one another"),
    "network.joined": _warning("相距很近的街道端点已相接", "ends of streets a small gap apart were joined"),
    "network.no_coordinates": _error("节点没有坐标", "the nodes have no coordinates"),
    "network.noded": _warning("街道在交叉处已打断", "streets were cut where they cross"),
    "network.people_apart": _warning(
        "人口所在的较小路网只通向其中的设施", "people live on smaller streets of their own, with a facility"
    ),
    "network.people_unreached": _warning(
        "人口所在的路网不通向任何设施", "people live on streets that reach no facility"
    ),
    "network.snap_too_far": _warning("离最近街道过远", "too far from every street"),
    "network.touching": _warning(
        "街道端点挨着别的街道却未相接", "ends of streets lie on or beside others and are not joined"
    ),
    "network.unjoined": _error("没有任何两条街段相接", "no two streets have a common end"),
    "osm.degenerate_way": _warning("道路少于两个不同节点", "a way needs two different nodes"),
    "osm.deleted": _warning("编辑器已删除的对象，未计入", "objects that an editor deleted are left out"),
    "osm.doubled": _warning(
        "同一编号出现多次，只计最新版本", "objects that stand twice count once, in their latest version"
    ),
    "osm.ferry": _warning("乘渡轮（含候船时间）", "ferries are taken, with the wait for them"),
    "osm.gate_closed": _warning("门或障碍不通行，道路在此断开", "gates and walls nobody passes: the ways end there"),
    "osm.gate_private": _warning(
        "内部门，住户可出，外人不得穿行", "private gates: residents pass, nobody walks through"
    ),
    "osm.missing_nodes": _warning("缺少节点，道路被截断", "nodes are not in the file"),
    "osm.nested": _warning("位于同类设施范围之内，并入该设施", "a part of the facility of its kind in which it lies"),
    "osm.no_role": _error("OpenStreetMap 文件不含此类数据", "an OpenStreetMap file does not hold this"),
    "osm.not_open": _warning("已停用或不对公众开放，不计入", "out of use or closed to the public: no facility"),
    "osm.private_way": _warning(
        "内部道路，住户可出，外人不得穿行", "private ways: residents leave by them, nobody walks through"
    ),
    "osm.role": _warning("图层按标签取自 OpenStreetMap 文件", "the layer was taken from an OpenStreetMap file by tags"),
    "osm.square": _warning("广场：沿边并直穿步行", "squares are walked along and across"),
    "osm.square_alone": _warning("没有道路通到的广场，未计入", "squares no way leads to are left out"),
    "osm.square_outline": _warning("入口过多的广场，只沿边步行", "squares with too many entries are walked along only"),
    "osm.tag": _warning("按标签不可步行", "nobody walks there, by its tags"),
    "osm.trunk_at_grade": _warning("地面主干公路（trunk）按可步行", "trunk roads at grade are walked"),
    "output.disk_full": _error("磁盘已满", "the disk is full"),
    "output.exists": _error("输出文件夹已有内容，不覆盖", "the folder holds files already; nothing is overwritten"),
    "output.locked": _error("输出文件夹正被占用", "the output folder is in use"),
    "output.name_changed": _warning("文件名已更改", "a name was changed to make a safe file name"),
    "output.not_writable": _error("无法写入", "the output cannot be written"),
    "output.open_elsewhere": _error("文件正被其他程序打开", "another program has the file open"),
    "output.path_too_long": _error("路径过长", "the path is longer than the system takes"),
    "output.unknown_file": _error("没有这种输出文件", "no such file is written"),
    "output.verify_failed": _error("写入后校验失败", "what was written does not read back"),
    "overpass.runtime_error": _error("Overpass 返回不完整的结果", "Overpass gave a partial answer"),
    "pages.unknown": _error("没有该页面形式", "no such kind of pages"),
    "place.ambiguous": _error("多个地方同名，须指明", "several places bear this name; say which"),
    "place.too_large": _error("范围过大", "the place is too large to be fetched"),
    "place.unknown": _error("没有该地名的边界", "no boundary is known by this name"),
    "resource.memory": _error("内存不足", "out of memory"),
    "resource.time_limit": _error("超时", "out of time"),
    "results.none": _error("文件夹中没有结果数据表", "no tables of results stand in the folder"),
    "results.unknown": _error("结果中没有这样的表或列", "results have no such table or column"),
    "row.deleted": _warning("记录在来源中已标记删除", "the row is marked as deleted in its file"),
    "row.duplicate": _error("记录完全重复", "the row repeats an earlier one"),
    "row.malformed": _error("该行无法读取", "the row cannot be read"),
    "row.near_duplicate": _warning("名称相同且相距不足 50 m", "same name within 50 m"),
    "row.nested": _warning(
        "设施位于同类设施范围之内，疑为同一设施的组成部分", "a facility lies in the area of another of its kind"
    ),
    "row.no_record": _warning("重复的表头或附注，不是记录", "the header again, or a footnote: not a record"),
    "row.not_chosen": _warning("不在所选范围", "not among the rows the study chose"),
    "row.out_of_use": _warning(
        "清单注明已停用或未开业", "the list says closed or not open yet; no verdict rests on it"
    ),
    "row.ragged": _error("列数与表头不符", "more or fewer cells than the header has"),
    "row.set_aside": _warning("有数据行被剔除", "rows are set aside"),
    "row.total": _error("合计行，不计入", "a row of totals, not a record"),
    "rule.unknown": _error("没有该条款", "no such rule"),
    "schema.duplicate_column": _error("列名重复", "two columns share a name"),
    "schema.header_not_first": _error("表头不在首行", "the header is not the first row"),
    "schema.missing_column": _error("缺少列", "a column is missing"),
    "schema.not_a_table": _error("应为数据表", "a table is needed"),
    "schema.usual_headings": _warning("按常用列名读取", "columns were read by the usual headings"),
    "service.unavailable": _error("服务不可用", "a service does not answer"),
    "shared.not_kept": _warning(
        "该研究不能共用，每个任务各读一遍数据", "a study cannot be kept for the tasks of its districts"
    ),
    "siting.all_forbidden": _warning("候选点全部不可用", "every candidate is forbidden"),
    "siting.beds_unknown": _warning(
        "设施床位未知，按可容纳服务范围内所有人计", "beds unknown: taken to have room for everybody within reach"
    ),
    "siting.budget_small": _warning("预算低于最便宜的候选点", "the money buys no site"),
    "siting.capacity_unknown": _error("候选点床位未知", "it is unknown how many a candidate can take"),
    "siting.cost_unknown": _error("候选点造价未知", "the price of a candidate is unknown"),
    "siting.fewest_unproven": _warning("未证明选址数已是最少", "it is not proven that fewer sites would not do"),
    "siting.floor_missed": _error("分组的最低比例无法满足", "a floor of a group is not kept"),
    "siting.kind": _error("候选点不可建条款所要求的设施", "a candidate is for other kinds of facility"),
    "siting.limit": _error("选址数量、预算或比例有误", "a number of sites, a budget or a share is wrong"),
    "siting.limits_exceeded": _error(
        "锁定的候选点超出数量或预算", "what is locked exceeds the sites or the money there are"
    ),
    "siting.locked_forbidden": _error("候选点既被锁定又被禁止", "a candidate is locked and forbidden"),
    "siting.mixed": _error("条款计数方式不同，不能一并选址", "the clauses count different things"),
    "siting.newly_failing": _warning("现达标的条款按方案将不达标", "what passes now fails with the plan"),
    "siting.no_candidate": _warning("没有可用的候选点", "there is no candidate, or none is allowed"),
    "siting.no_candidates": _error("没有候选点", "there is no candidate"),
    "siting.no_facility": _error("没有该设施或候选点", "no facility, and no candidate, has this id"),
    "siting.no_site": _error("该类条款不能靠选址满足", "no one place answers such a clause"),
    "siting.nobody_missed": _warning("没有未覆盖的人", "nobody is missed"),
    "siting.not_judged": _error("该条款缺少数据，未作判断", "the clause is not judged: its data are missing"),
    "siting.off_streets": _error(
        "候选点附近没有道路，步行不可达", "no street near a candidate: nobody could walk there"
    ),
    "siting.outside": _error(
        "候选点在研究区或所选区县之外", "a candidate lies outside the study, or the districts asked for"
    ),
    "siting.overload": _warning("设施超载", "more people than a site has room for"),
    "siting.people_unknown": _warning("单元人数未知，不计入", "units whose people nobody counted: they gain none"),
    "siting.priced_at_reach": _warning("范围外的人口按上限距离计", "people beyond reach are counted at the cutoff"),
    "siting.promise_differs": _warning(
        "复算得出的人数与预计不同，以复算为准", "judged again the gain differs from the promise; the former counts"
    ),
    "siting.renamed": _warning("候选点与设施编号相同，候选点另行编号", "candidates have the ids of facilities"),
    "siting.rows_lost": _warning(
        "有人口或设施的行未能使用，方案不知其情况", "rows set aside that a plan knows nothing of"
    ),
    "siting.shape": _error("数组形状与距离矩阵不符", "the shape does not fit the matrix of distances"),
    "siting.share": _error("比例不在 0 与 1 之间", "a share is not between 0 and 1"),
    "siting.share_missed": _error("无法达到要求的人口比例", "the share cannot be reached"),
    "siting.term_unused": _error("该问题不支持此条件", "a problem does not keep to a term that is given"),
    "siting.thinned": _warning("沿路候选点过多，已均匀抽取", "too many positions along streets: evenly thinned out"),
    "siting.too_few_sites": _error("站点数量不足以覆盖所有人", "so few sites cannot reach everyone within reach"),
    "siting.unknown_candidate": _error("没有这个候选点", "no candidate has this position"),
    "siting.unknown_group": _error("没有这个分组", "no place belongs to this group"),
    "siting.unknown_rule": _error("审计中没有该条款", "the audit has no such clause"),
    "siting.unreachable": _warning("有人任何候选点都不可达", "people whom no candidate reaches"),
    "standard.none": _error("没有可用的标准", "no standard applies"),
    "standard.rule_unknown": _error("未知的规则类型", "no such kind of rule"),
    "standard.unknown": _error("没有该标准", "no such standard"),
    "standard.unverified": _warning("条款未经核对", "a clause that nobody verified"),
    "terrain.elsewhere": _error("高程数据不在街道所在之处", "the heights are of another place"),
    "terrain.nodata": _warning("高程数据未覆盖部分街道，按平路计", "no heights there; walked as flat"),
    "tianditu.key": _error("天地图密钥格式有误", "this cannot be a Tianditu key"),
    "tianditu.readable": _warning(
        "天地图密钥会写入每个页面，任何人都能读到", "the Tianditu key stands in every page for all to read"
    ),
    "topology.dissolved": _warning("同一区县的多个部分已合并", "rows of one district were dissolved"),
    "topology.gap": _warning("区划之间有空隙", "land between districts belongs to none"),
    "topology.overlap": _warning("区划重叠", "districts overlap"),
    "topology.units_apart": _warning("社区、村与所属区县不重合", "units lie outside the district they belong to"),
    "topology.zone": _warning("功能区与区县重叠，单独评价", "a functional zone lies across districts; judged apart"),
    "usage.interrupted": _error("运行被中断", "the run was interrupted"),
    "usage.wrong": _error("命令用法有误", "wrong usage of a command"),
    "value.code_changed": _warning("区划代码已变更", "the place has another code now"),
    "value.code_unverified": _warning(
        "较新的行政区划代码，未经官方公告核实", "a recent county code that no official notice at hand confirms"
    ),
    "value.coded": _warning("属性域代码已换成其含义", "coded values were replaced by what their domain calls them"),
    "value.control_char": _warning("文本含控制字符", "control characters in text"),
    "value.date_converted": _warning("日期写法已换算", "days taken from a month, a year, a time stamp or a number"),
    "value.implausible": _error("数值不合常理", "the value is beyond what is plausible"),
    "value.missing": _error("缺少值", "no value"),
    "value.negative": _error("不应为负", "must not be negative"),
    "value.nodata_suspected": _error("疑为未声明的无数据值", "a number looks like no data that is not declared"),
    "value.nonfinite": _error("不是有限的数", "must be finite"),
    "value.reformatted": _warning("数字写法已换算", "numbers written with separators, units or full-width digits"),
    "value.too_long": _warning("文本过长", "text longer than a spreadsheet cell holds"),
    "value.total_mismatch": _warning("合计与申报数不符", "the sum differs from the declared total"),
    "value.unicode_suspicious": _warning(
        "文本含可疑的不可见字符", "invisible or direction-changing characters in text"
    ),
    "value.unit_unknown": _error("单位不明", "the unit is not declared"),
    "value.unknown_code": _error("未知的代码", "no place has this code"),
    "value.unparsed": _error("无法读取的值", "the value cannot be read"),
    "value.zero_population": _warning("人口为零", "nobody lives there"),
    "worker.killed": _error("进程被终止", "the process was killed"),
    "worker.not_started": _error("无法启动工作进程", "no process can be started for a worker"),
    "xlsx.formula_without_value": _error("公式没有缓存值", "a formula without a stored value"),
    "xlsx.hidden": _warning("含隐藏的行或工作表", "hidden rows or sheets"),
    "xlsx.merged_cells": _warning("含合并单元格", "merged cells"),
    "xlsx.several_sheets": _warning("有多个工作表", "several sheets"),
    "xml.entity_refused": _error("XML 含文档类型或实体，拒绝打开", "a document type can name other files"),
    "zip.unsafe_path": _error("压缩包含不安全的路径", "the archive holds unsafe paths"),
}


def is_error(code: str) -> bool:
    """Tell whether a code means that a row or a layer cannot be used; unknown codes do."""
    return code not in CODES or CODES[code].severity == "error"
