#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes asioscope.dashboard.json, which is kept beside it, from the panels listed here; for Grafana 9.4 and later.

usage: dashboard.py        (a test says when the file is not what this writes)

The first screen answers which loop, which handler, since when. What lies below is folded.
"""
import json
import pathlib

OUTPUT = pathlib.Path(__file__).with_name("asioscope.dashboard.json")
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
TARGET = 'job=~"$job",instance=~"$instance"'
LOOP = TARGET + ',loop=~"$loop"'
WINDOW = "[$__rate_interval]"


def rate(metric, where=LOOP, more=""):
    return f"rate({metric}{{{where}{more}}}{WINDOW})"


def quantile(share, metric, by, where=LOOP):
    return f"histogram_quantile({share}, sum by ({by}, le) ({rate(metric + '_bucket', where)}))"


AT_LOOP = "{{loop}} at {{instance}}"
AT_SITE = "{{site}} on {{loop}} at {{instance}}"


# --- panels --------------------------------------------------------------------------------------

def query(expr, legend="", **more):
    return {"datasource": SOURCE, "expr": expr, "legendFormat": legend, **more}


def panel(kind, title, description, unit, queries, width, height, options, custom=None, **defaults):
    for letter, each in zip("ABCDEFGH", queries):
        each["refId"] = letter
    config = {"unit": unit, **({"custom": custom} if custom else {}), **defaults}
    return {"type": kind, "title": title, "description": description, "datasource": SOURCE,
            "gridPos": {"h": height, "w": width, "x": 0, "y": 0},
            "fieldConfig": {"defaults": config, "overrides": []}, "options": options, "targets": queries}


def levels(*steps):
    """Green, then each colour from its value on."""
    return {"mode": "absolute", "steps": [{"color": "green", "value": None}] + [
        {"color": color, "value": value} for value, color in steps]}


def stat(title, description, unit, expr, legend="", red=None, none=None):
    """One number, with its name where there is a legend."""
    more = {"noValue": none} if none else {}
    return panel("stat", title, description, unit, [query(expr, legend, instant=True, range=False)], 4, 4, {
        "colorMode": "value", "graphMode": "none", "justifyMode": "auto", "orientation": "auto",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "textMode": "value_and_name" if legend else "value"}, color={"mode": "thresholds"},
        thresholds=levels(*([(red, "red")] if red is not None else [])), **more)


def graph(title, description, unit, *queries, width=8, height=7, stacked=False, **defaults):
    return panel("timeseries", title, description, unit, list(queries), width, height, {
        "legend": {"calcs": ["max"], "displayMode": "table", "placement": "bottom", "showLegend": True,
                   "sortBy": "Max", "sortDesc": True},
        "tooltip": {"mode": "multi", "sort": "desc"}}, custom={
        "fillOpacity": 30 if stacked else 0, "lineWidth": 1, "showPoints": "never",
        "stacking": {"group": "A", "mode": "normal" if stacked else "none"}}, min=0, **defaults)


def heatmap(title, description, metric):
    return panel("heatmap", title, description, "s",
                 [query(f"sum by (le) (increase({metric}_bucket{{{LOOP}}}{WINDOW}))", "{{le}}", format="heatmap")],
                 8, 7, {
        "calculate": False, "cellGap": 1, "cellValues": {}, "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "color": {"exponent": 0.5, "fill": "dark-orange", "mode": "scheme", "reverse": False, "scale": "exponential",
                  "scheme": "Oranges", "steps": 64},
        "filterValues": {"le": 1e-9}, "legend": {"show": True}, "rowsFrame": {"layout": "auto"},
        "tooltip": {"show": True, "yHistogram": False},
        "yAxis": {"axisPlacement": "left", "reverse": False, "unit": "s"}})


def table(title, description, columns, width, height):
    """Columns of (name, unit, expression): the rows of the first are those of all."""
    queries = [query(expr, instant=True, range=False, format="table") for _, _, expr in columns]
    result = panel("table", title, description, "short", queries, width, height, {
        "cellHeight": "sm", "frameIndex": 0, "showHeader": True,
        "sortBy": [{"desc": True, "displayName": columns[0][0]}]})
    names = {f"Value #{letter}": name for letter, (name, _, _) in zip("ABCDEFGH", columns)}
    result["transformations"] = [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {"excludeByName": {"Time": True}, "renameByName": names}}]
    result["fieldConfig"]["overrides"] = [
        {"matcher": {"id": "byName", "options": name}, "properties": [{"id": "unit", "value": unit}]}
        for name, unit, _ in columns]
    return result


# --- which loop, which handler, since when --------------------------------------------------------

OVERVIEW = [
    stat("Alerts",
         "Alerts of asioscope.rules.yml that are firing. They are also drawn into the graphs, from when on.", "none",
         'count(ALERTS{alertname=~"Asio.*",alertstate="firing",' + TARGET + "}) or vector(0)", red=1),
    stat("Targets down", "Targets that Prometheus cannot scrape.", "none",
         f"count(up{{{TARGET}}} == 0) or vector(0)", red=1),
    stat("Busiest loop",
         "Which loop has the least room for more, and how much of its threads' time handlers take.", "percentunit",
         f"topk(1, {rate('asio_loop_busy_seconds_total')} / (asio_loop_threads{{{LOOP}}} > 0))",
         AT_LOOP, red=0.9),
    stat("Longest lag",
         "On which loop an arrival in a hundred waits longest, and how long until the loop looks at it.", "s",
         f"topk(1, {quantile(0.99, 'asio_loop_corrected_lag_seconds', 'instance, loop')})",
         AT_LOOP, red=0.125),
    stat("Slowest handler", "The handler whose slow runs blocked a loop for longest in the time shown.", "s",
         f"topk(1, increase(asio_slow_handler_seconds_total{{{LOOP}}}[$__range]) > 0)", "{{site}}",
         none="no slow runs"),
    stat("No progress for",
         "For how long no handler has ended on the loop where that is longest ago. More than some "
         "seconds: it is stuck.", "s",
         f"topk(1, timestamp(asio_loop_last_progress_timestamp_seconds{{{LOOP}}})"
         f" - (asio_loop_last_progress_timestamp_seconds{{{LOOP}}} > 0))", AT_LOOP, red=30),

    graph("Blocked, by loop",
          "How much of the time a handler had been running for longer than the stall threshold, one going on included.",
          "percentunit",
          query(rate("asio_loop_stall_seconds_total"), AT_LOOP)),
    graph("Lag, by loop",
          "The longest that 99 of 100 arrivals wait until the loop looks at them, whenever they "
          "come. 125 ms is the service level.", "s",
          query(quantile(0.99, "asio_loop_corrected_lag_seconds", "instance, loop"), AT_LOOP,
                exemplar=True)),
    graph("Busy, by loop", "How much of the time of its threads a loop runs handlers.", "percentunit",
          query(f"{rate('asio_loop_busy_seconds_total')} / (asio_loop_threads{{{LOOP}}} > 0)", AT_LOOP), max=1),

    graph("Slow runs, by handler",
          "Which handlers block their loop, and since when: seconds a second in runs over the slow threshold.",
          "percentunit",
          query(f"topk(10, {rate('asio_slow_handler_seconds_total')} > 0)", AT_SITE),
          width=12, height=8),
    table("Handlers", "All of the time shown. Mean wait: from being ready to the begin, where that is known.", [
        ("Slow time", "s", f"topk(20, increase(asio_slow_handler_seconds_total{{{LOOP}}}[$__range]) > 0)"),
        ("Slow runs", "short", f"increase(asio_slow_handlers_total{{{LOOP}}}[$__range]) > 0"),
        ("Runs", "short", f"increase(asio_handlers_total{{{LOOP}}}[$__range]) > 0"),
        ("Busy", "s", f"increase(asio_handler_busy_seconds_total{{{LOOP}}}[$__range]) > 0"),
        ("Mean run", "s", f"increase(asio_handler_busy_seconds_total{{{LOOP}}}[$__range])"
                          f" / (increase(asio_handlers_total{{{LOOP}}}[$__range]) > 0)"),
        ("Mean wait", "s", f"increase(asio_handler_wait_seconds_total{{{LOOP}}}[$__range])"
                           f" / (increase(asio_handlers_total{{{LOOP}}}[$__range]) > 0)")], 12, 8),

    graph("Busy, by handler", "Where the time of the loops goes: the ten handlers that take most of it.", "percentunit",
          query(f"topk(10, {rate('asio_handler_busy_seconds_total')})", AT_SITE),
          stacked=True),
    graph("Tasks ended, by name", "Which tasks come and go: what a server does, request by request.", "ops",
          query(f"topk(10, {rate('asio_tasks_finished_total')})", "{{task}} on {{loop}} at {{instance}}")),
    graph("Tasks failed, by name", "Tasks ended by an exception.", "ops",
          query(f"{rate('asio_tasks_failed_total')} > 0", "{{task}} on {{loop}} at {{instance}}")),
]

# --- folded ---------------------------------------------------------------------------------------

LOOPS = [
    heatmap("Lag", "How long arrivals waited until the loop looked at them.", "asio_loop_corrected_lag_seconds"),
    heatmap("Queue delay",
            "How long handlers that were ready waited until they began.", "asio_handler_queue_delay_seconds"),
    heatmap("Duration of handlers", "How long handlers ran.", "asio_handler_duration_seconds"),
    graph("Pending", "Handlers that were posted and have not begun.", "short",
          query(f"asio_loop_pending_handlers{{{LOOP}}}", AT_LOOP)),
    graph("Outstanding", "Timers and I/O operations that have not completed.", "short",
          query(f"asio_loop_outstanding_operations{{{LOOP}}}", AT_LOOP)),
    graph("Handlers", "Handlers run, and passes through the reactor.", "ops",
          query(rate("asio_handler_duration_seconds_count"), "handlers, {{loop}} at {{instance}}"),
          query(rate("asio_loop_turns_total"), "passes, {{loop}} at {{instance}}")),
    graph("Stalls and long turns",
          "Handlers that ran longer than the stall threshold; turns in which handlers, one or many, did.", "ops",
          query(rate("asio_loop_stalls_total"), "stalls, {{loop}} at {{instance}}"),
          query(rate("asio_loop_long_turns_total"), "long turns, {{loop}} at {{instance}}")),
    graph("Stalls, by cause", "Why the thread did not get on when it was first looked at.", "ops",
          query(rate("asio_loop_stall_causes_total"), "{{cause}}, {{loop}} at {{instance}}")),
    graph("Errors and exceptions",
          "Handlers called with an error code, by its category, and handlers left by an exception.", "ops",
          query(rate("asio_handler_errors_total"), "{{category}}, {{site}} on {{loop}} at {{instance}}"),
          query(f"sum by (instance, loop) ({rate('asio_handler_exceptions_total')})",
                "exceptions on {{loop}} at {{instance}}")),
    graph("Handlers dropped", "Handlers destroyed without having run.", "ops",
          query(f"sum by (instance, loop) ({rate('asio_handlers_unrun_total')})", AT_LOOP)),
    graph("Live tasks, by state", "Tasks that have not ended.", "short",
          query(f"sum by (state) (asio_tasks{{{LOOP}}})", "{{state}}"), stacked=True),
    graph("Duration of tasks", "From the spawn to the end.", "s",
          query(quantile(0.5, "asio_task_duration_seconds", "loop"), "half of them, {{loop}}"),
          query(quantile(0.99, "asio_task_duration_seconds", "loop"), "99 of 100, {{loop}}")),
    graph("Strand wait", "How long 99 of 100 handlers in strands waited at most for their strand.", "s",
          query(quantile(0.99, "asio_strand_wait_seconds", "instance, loop"), AT_LOOP)),
]

def legend_of(*labels):
    """The name of a primitive, whichever kind it is of."""
    return "".join(f"{{{{{label}}}}}" for label in labels) + " at {{instance}}"


PRIMITIVES = [
    graph("Who waits", "Operations waiting, for each primitive.", "short",
          query('{__name__=~"asio_(semaphore|mutex|event|latch|rate_limiter|pool|bulkhead|queue_processor)_waiters",'
                + TARGET + "}",
                legend_of("semaphore", "mutex", "event", "latch", "limiter", "pool", "bulkhead", "queue_processor"))),
    graph("How long",
          "The longest that 99 of 100 of those that had to wait did so: operations, and items in queues.", "s",
          query('histogram_quantile(0.99, rate({__name__=~"asio_(semaphore|mutex|queue|rate_limiter|pool|bulkhead|'
                'queue_processor)_wait_seconds_bucket",' + TARGET + "}" + WINDOW + "))",
                legend_of("semaphore", "mutex", "queue", "limiter", "pool", "bulkhead", "queue_processor"))),
    graph("Pools", "Resources by state, and how many there may be.", "short",
          query(f"asio_pool_resources{{{TARGET}}}", "{{pool}} {{state}} at {{instance}}"),
          query(f"asio_pool_max_resources{{{TARGET}}}", "{{pool}} max at {{instance}}")),
    graph("Breakers that are not closed", "1 for the state a breaker is in.", "short",
          query(f'asio_breaker_state{{{TARGET},state!="closed"}}', "{{breaker}} {{state}} at {{instance}}"), max=1),
    graph("Breakers: calls", "Calls offered, failed, and rejected without an attempt.", "ops",
          query(rate("asio_breaker_calls_total", TARGET), "offered, {{breaker}} at {{instance}}"),
          query(rate("asio_breaker_failures_total", TARGET), "failed, {{breaker}} at {{instance}}"),
          query(rate("asio_breaker_rejected_total", TARGET), "rejected, {{breaker}} at {{instance}}")),
    graph("Retries", "Attempts beyond the first, and operations given up.", "ops",
          query(rate("asio_retry_attempts_total", TARGET), "attempts, {{policy}} at {{instance}}"),
          query(rate("asio_retry_exhausted_total", TARGET), "given up, {{policy}} at {{instance}}")),
    graph("Rate limiters", "Tokens given out, and operations turned away.", "ops",
          query(rate("asio_rate_limiter_acquired_total", TARGET), "given out, {{limiter}} at {{instance}}"),
          query(rate("asio_rate_limiter_rejected_total", TARGET), "turned away, {{limiter}} at {{instance}}")),
    graph("Queue processors", "Items that wait, and the room there is for them.", "short",
          query(f"asio_queue_processor_depth{{{TARGET}}}", "{{queue_processor}} at {{instance}}"),
          query(f"asio_queue_processor_capacity{{{TARGET}}}", "room, {{queue_processor}} at {{instance}}")),
    graph("Work done", "Items of queue processors and pipelines, by outcome.", "ops",
          query(rate("asio_queue_processor_items_total", TARGET), "{{queue_processor}} {{outcome}} at {{instance}}"),
          query(rate("asio_pipeline_items_ended_total", TARGET), "{{pipeline}} {{outcome}} at {{instance}}")),
]

PROCESS = [
    graph("CPU", "Processors in use.", "short", query(rate("process_cpu_seconds_total", TARGET), "{{instance}}")),
    graph("Memory", "In RAM.", "bytes", query(f"process_resident_memory_bytes{{{TARGET}}}", "{{instance}}")),
    graph("Descriptors and threads", "Open files and sockets, how many there may be, and threads.", "short",
          query(f"process_open_fds{{{TARGET}}}", "descriptors at {{instance}}"),
          query(f"process_max_fds{{{TARGET}}}", "at most, at {{instance}}"),
          query(f"process_threads{{{TARGET}}}", "threads at {{instance}}")),
    graph("Running for", "Since the start of the process; falls to 0 at a restart.", "s",
          query(f"time() - process_start_time_seconds{{{TARGET}}}", "{{instance}}")),
    graph("Builds", "What each target was built with.", "short",
          query(f"count by (version, boost_version, compiler) (asio_build_info{{{TARGET}}})",
                "{{version}}, Boost {{boost_version}}, {{compiler}}"), stacked=True),
]

TELEMETRY = [
    graph("Scrapes",
          "How long scraping a target takes, as Prometheus sees it, and collecting, as the target does.", "s",
          query(f"scrape_duration_seconds{{{TARGET}}}", "scrape of {{instance}}"),
          query(f"asioscope_collect_duration_seconds{{{TARGET}}}", "collection at {{instance}}")),
    graph("Samples", "How many samples a scrape brings.", "short",
          query(f"scrape_samples_scraped{{{TARGET}}}", "{{instance}}")),
    graph("Incomplete", "Events lost, reports suppressed, runs and tasks under _other, collections that failed.", "ops",
          query(rate("asioscope_events_lost_total", TARGET), "events lost at {{instance}}"),
          query(rate("asioscope_reports_suppressed_total", TARGET), "reports suppressed at {{instance}}"),
          query(rate("asioscope_label_overflow_total", TARGET), "{{label}} under _other at {{instance}}"),
          query(rate("asioscope_collect_errors_total", TARGET), "failed collections at {{instance}}")),
    graph("Memory of the recorder", "What asioscope itself holds.", "bytes",
          query(f"asioscope_memory_bytes{{{TARGET}}}", "{{instance}}")),
    graph("Mode", "1 for the mode that the recorder is in: trace while a viewer is attached.", "short",
          query(f'asioscope_mode{{{TARGET},mode!="off"}}', "{{mode}} at {{instance}}"), max=1),
]


# --- the whole ------------------------------------------------------------------------------------

def placed(panels, y):
    """From left to right, and on in the next line when one is full. Returns where the last line ends."""
    x = line = 0
    for each in panels:
        if x + each["gridPos"]["w"] > 24:
            x, y, line = 0, y + line, 0
        each["gridPos"].update(x=x, y=y)
        x, line = x + each["gridPos"]["w"], max(line, each["gridPos"]["h"])
    return y + line


def variable(name, label, values):
    return {"name": name, "label": label, "type": "query", "datasource": SOURCE, "definition": values,
            "query": {"query": values, "refId": name}, "refresh": 2, "sort": 1, "multi": True, "includeAll": True,
            "allValue": ".+", "current": {"selected": True, "text": ["All"], "value": ["$__all"]}}


def dashboard():
    y = placed(OVERVIEW, 0)
    panels = list(OVERVIEW)
    for title, folded in (("Loops and tasks in detail", LOOPS), ("Primitives", PRIMITIVES), ("Process", PROCESS),
                          ("Telemetry: asioscope itself", TELEMETRY)):
        placed(folded, y + 1)
        panels.append({"type": "row", "title": title, "collapsed": True, "panels": folded,
                       "gridPos": {"h": 1, "w": 24, "x": 0, "y": y}})
        y += 1
    numbered = 0
    for each in panels:
        for one in (each, *each.get("panels", ())):
            numbered += 1
            one["id"] = numbered
    return {
        "uid": "asioscope", "title": "asioscope", "tags": ["asioscope"],
        "description": "Event loops of Boost.Asio: which loop, which handler, since when.",
        "schemaVersion": 38, "version": 1, "editable": True, "graphTooltip": 1, "timezone": "browser",
        "time": {"from": "now-1h", "to": "now"}, "refresh": "30s", "links": [],
        "annotations": {"list": [{
            "name": "Alerts", "datasource": SOURCE, "enable": True, "iconColor": "red",
            "expr": 'ALERTS{alertname=~"Asio.*",alertstate="firing",' + TARGET + "}",
            "titleFormat": "{{alertname}}", "textFormat": AT_LOOP}]},
        "templating": {"list": [
            {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
            variable("job", "Job", "label_values(asio_build_info, job)"),
            variable("instance", "Instance", 'label_values(asio_build_info{job=~"$job"}, instance)'),
            variable("loop", "Loop", f"label_values(asio_loop_threads{{{TARGET}}}, loop)")]},
        "panels": panels}


def text():
    return json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    OUTPUT.write_text(text())
