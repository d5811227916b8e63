# SPDX-License-Identifier: BSL-1.0
"""A strict check of a dashboard against as much of Grafana's schema as ours uses: what is not listed here is an error.

Facts from github.com/grafana/grafana, Apache licence, as of version 9.4: kinds/dashboard/dashboard_kind.cue (dashboard,
row, panel, variable, grid), packages/grafana-schema/src/common/mudball.cue (legend, tooltip, graph, stat),
public/app/plugins/panel/*/panelcfg.cue (options), public/app/plugins/datasource/prometheus/dataquery.cue (targets).
"""


class Optional:
    def __init__(self, kind):
        self.kind = kind


class One:
    """One of these values."""
    def __init__(self, *values):
        self.values = values


class Within:
    """A whole number."""
    def __init__(self, least, most):
        self.least, self.most = least, most


class Text:
    """Not empty."""


NUMBER = (int, float)
SOURCE = {"type": One("prometheus"), "uid": One("${datasource}")}
GRID = {"h": Within(1, 100), "w": Within(1, 24), "x": Within(0, 23), "y": Within(0, 1000)}
TARGET = {"datasource": SOURCE, "refId": Text, "expr": Text, "legendFormat": str, "instant": Optional(bool),
          "range": Optional(bool), "exemplar": Optional(bool),
          "format": Optional(One("time_series", "table", "heatmap"))}
UNIT = One("none", "short", "s", "percentunit", "ops", "bytes")
FIELD = {"unit": UNIT, "min": Optional(NUMBER), "max": Optional(NUMBER), "noValue": Optional(str),
         "color": Optional({"mode": One("thresholds", "palette-classic", "fixed")}),
         "thresholds": Optional({"mode": One("absolute", "percentage"),
                                 "steps": [{"color": Text, "value": (int, float, type(None))}]})}
GRAPH = {"fillOpacity": Within(0, 100), "lineWidth": Within(0, 10), "showPoints": One("auto", "never", "always"),
         "stacking": {"group": str, "mode": One("none", "normal", "percent")}}
SORTING = {"sortBy": Text, "sortDesc": bool}
OPTIONS = {
    "stat": {"colorMode": One("value", "background", "none"), "graphMode": One("none", "line", "area"),
             "justifyMode": One("auto", "center"), "orientation": One("auto", "vertical", "horizontal"),
             "reduceOptions": {"calcs": [One("lastNotNull", "max")], "fields": str, "values": bool},
             "textMode": One("auto", "value", "value_and_name", "name", "none")},
    "timeseries": {"legend": {"calcs": [One("max", "mean", "lastNotNull")],
                              "displayMode": One("list", "table", "hidden"), "placement": One("bottom", "right"),
                              "showLegend": bool, **SORTING},
                   "tooltip": {"mode": One("single", "multi", "none"), "sort": One("asc", "desc", "none")}},
    "table": {"cellHeight": One("sm", "md", "lg"), "frameIndex": Within(0, 0), "showHeader": bool,
              "sortBy": [{"desc": bool, "displayName": Text}]},
    "heatmap": {"calculate": bool, "cellGap": Within(0, 10), "cellValues": {}, "exemplars": {"color": Text},
                "color": {"exponent": NUMBER, "fill": Text, "mode": One("scheme", "opacity"), "reverse": bool,
                          "scale": One("exponential", "linear"), "scheme": Text, "steps": Within(2, 128)},
                "filterValues": {"le": NUMBER}, "legend": {"show": bool},
                "rowsFrame": {"layout": One("auto", "le", "ge")}, "tooltip": {"show": bool, "yHistogram": bool},
                "yAxis": {"axisPlacement": One("left", "right", "hidden"), "reverse": bool, "unit": UNIT}},
}
TRANSFORMATION = {"id": One("merge", "organize"),
                  "options": {"excludeByName": Optional(dict), "renameByName": Optional(dict)}}
OVERRIDE = {"matcher": {"id": One("byName"), "options": Text}, "properties": [{"id": One("unit"), "value": UNIT}]}
VARIABLE = {"name": Text, "label": Text, "type": One("query", "datasource"), "query": (str, dict),
            "datasource": Optional(SOURCE), "definition": Optional(Text), "refresh": Optional(One(0, 1, 2)),
            "sort": Optional(Within(0, 8)), "multi": Optional(bool), "includeAll": Optional(bool),
            "allValue": Optional(str), "current": Optional({"selected": bool, "text": [str], "value": [str]})}
ANNOTATION = {"name": Text, "datasource": SOURCE, "enable": bool, "iconColor": Text, "expr": Text, "titleFormat": Text,
              "textFormat": Text}
DASHBOARD = {"uid": Text, "title": Text, "description": Text, "tags": [Text], "schemaVersion": Within(36, 40),
             "version": Within(1, 1000), "editable": bool, "graphTooltip": One(0, 1, 2), "timezone": Text,
             "time": {"from": Text, "to": Text}, "refresh": Text, "links": [], "panels": list,
             "annotations": {"list": [ANNOTATION]}, "templating": {"list": [VARIABLE]}}
ROW = {"type": One("row"), "title": Text, "collapsed": One(True), "id": Within(1, 1000), "gridPos": GRID,
       "panels": list}


def panel_schema(kind):
    return {"type": One(kind), "id": Within(1, 1000), "title": Text, "description": Text, "datasource": SOURCE,
            "gridPos": GRID, "targets": [TARGET], "options": OPTIONS[kind],
            "transformations": Optional([TRANSFORMATION]),
            "fieldConfig": {"defaults": {**FIELD, **({"custom": GRAPH} if kind == "timeseries" else {})},
                            "overrides": [OVERRIDE]}}


def differences(value, schema, where="dashboard"):
    """Sentences about what is not as the schema has it."""
    if isinstance(schema, dict):
        if not isinstance(value, dict):
            return [f"{where} is no object"]
        result = [f"{where}.{key} is not known" for key in value.keys() - schema.keys()]
        for key, kind in schema.items():
            optional = isinstance(kind, Optional)
            if key in value:
                result += differences(value[key], kind.kind if optional else kind, f"{where}.{key}")
            elif not optional:
                result.append(f"{where}.{key} is missing")
        return result
    if isinstance(schema, list):
        if not isinstance(value, list) or (not schema and value):
            return [f"{where} is not the list it should be"]
        return [said for at, each in enumerate(value) for said in differences(each, schema[0], f"{where}[{at}]")]
    if isinstance(schema, One):
        good = value in schema.values and type(value) is type(schema.values[0])
    elif isinstance(schema, Within):
        good = type(value) is int and schema.least <= value <= schema.most
    elif schema is Text:
        good = isinstance(value, str) and value.strip() != ""
    else:
        good = isinstance(value, schema) and (schema is bool or not isinstance(value, bool))
    return [] if good else [f"{where} is {value!r}"]


def crossed(panels):
    """Sentences about panels that leave the 24 columns of the grid or cover each other."""
    taken = {}
    for panel in panels:
        at = panel["gridPos"]
        if at["x"] + at["w"] > 24:
            yield f"{panel['title']} leaves the grid"
        for place in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
            if place in taken:
                yield f"{panel['title']} covers {taken[place]}"
                break
            taken[place] = panel["title"]


def faults(dashboard):
    """All that is wrong with it, in sentences; none: it is as Grafana wants it."""
    result = differences(dashboard, DASHBOARD)
    everything = []
    for panel in dashboard.get("panels", []):
        kind = panel.get("type")
        if kind == "row":
            result += differences(panel, ROW, f"row {panel.get('title')}")
            result += crossed(panel["panels"])
            everything += [panel, *panel["panels"]]
        else:
            everything.append(panel)
    result += crossed([panel for panel in dashboard.get("panels", [])])
    for panel in everything:
        kind, title = panel.get("type"), panel.get("title")
        if kind in OPTIONS:
            result += differences(panel, panel_schema(kind), f"panel {title}")
            letters = [target["refId"] for target in panel["targets"]]
            if len(set(letters)) != len(letters) or not letters:
                result.append(f"panel {title}: targets {letters}")
        elif kind != "row":
            result.append(f"panel {title}: its type {kind} is not known")
    numbers = [panel.get("id") for panel in everything]
    if len(set(numbers)) != len(numbers):
        result.append("ids are not unique")
    if not 8 <= len(dashboard.get("uid", "")) <= 40:
        result.append("a uid has 8 to 40 characters")
    return result
