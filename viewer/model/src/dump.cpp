// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/dump.hpp"

#include "asioscope/model/findings.hpp"
#include "asioscope/model/json_writer.hpp"
#include "asioscope/model/names.hpp"

#include <ostream>

namespace asioscope::model {
namespace {

void write(json_writer& json, const schema::histogram& durations) {
  json.begin_object();
  json.member("count", durations.count());
  json.member("sum_ns", durations.sum_ns);
  json.member("mean_seconds", durations.mean_seconds());
  json.member("p50_seconds", durations.quantile_seconds(0.5));
  json.member("p90_seconds", durations.quantile_seconds(0.9));
  json.member("p99_seconds", durations.quantile_seconds(0.99));
  json.key("buckets");  // only those that are not empty
  json.begin_array();
  for (std::size_t index = 0; index < schema::bucket_count; ++index) {
    if (durations.buckets[index] == 0) continue;
    json.begin_object();
    json.member("upper_bound_seconds", schema::upper_bound_seconds(index));  // null: none
    json.member("count", durations.buckets[index]);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_identity(json_writer& json, const program& program) {
  const schema::hello& identity = program.identity();
  json.key("program");
  json.begin_object();
  json.member("name", identity.program);
  json.member("pid", identity.pid);
  json.member("started_realtime_ns", identity.started_realtime_ns);
  json.member("host", identity.host);
  json.member("build", identity.build);
  json.member("clock", identity.clock);
  json.member("slow_threshold_ns", identity.slow_threshold_ns);
  json.member("stall_threshold_ns", identity.stall_threshold_ns);
  json.member("uptime_seconds", program.uptime_seconds());
  json.end_object();
}

void write_stream(json_writer& json, const program& program) {
  json.key("stream");
  json.begin_object();
  json.member("complete", program.complete());
  json.member("tracing", program.tracing());
  json.member("frames", program.frames());
  json.member("events", program.events());
  json.member("monotonic_ns", program.time().monotonic_ns);
  json.member("realtime_ns", program.time().realtime_ns);
  json.member("window_seconds", program.window_seconds());
  json.member("records_refused", program.refused());
  json.end_object();
}

void write_totals(json_writer& json, const program& program) {
  const totals sum = program.sum();
  json.key("totals");
  json.begin_object();
  json.member("handlers", sum.handlers);
  json.member("busy_ns", sum.busy_ns);
  json.member("slow", sum.slow);
  json.member("failed", sum.failed);
  json.member("pending", sum.pending);
  json.member("stalls", sum.stalls);
  json.member("stall_ns", sum.stall_ns);
  json.member("tasks_spawned", sum.tasks_spawned);
  json.member("tasks_finished", sum.tasks_finished);
  json.member("tasks_failed", sum.tasks_failed);
  json.member("tasks_cancelled", sum.tasks_cancelled);
  json.member("tasks_abandoned", sum.tasks_abandoned);
  json.member("tasks_live", program.tasks().live());
  json.member("reports", program.reports().made());
  json.member("events_in_gaps", sum.events_in_gaps);
  json.end_object();
}

void write_findings(json_writer& json, const program& program) {
  json.key("findings");
  json.begin_array();
  for (const finding& each : find_what_is_wrong(program)) {
    json.begin_object();
    json.member("severity", name_of(each.level));
    json.member("id", each.id);
    json.member("count", each.count);
    json.member("sentence", each.sentence);
    json.end_object();
  }
  json.end_array();
}

void write_samples(json_writer& json, const ring<loop_sample>& samples) {
  const auto column = [&](const char* name, auto field) {
    json.key(name);
    json.begin_array();
    for (std::size_t index = 0; index < samples.size(); ++index)
      json.value(samples[index].*field);
    json.end_array();
  };
  json.key("samples");
  json.begin_object();
  column("at_ns", &loop_sample::at_ns);
  column("span_ns", &loop_sample::span_ns);
  column("utilisation", &loop_sample::utilisation);
  column("handlers_per_second", &loop_sample::handlers_per_second);
  column("lag_seconds", &loop_sample::lag_seconds);
  column("pending", &loop_sample::pending);
  column("stalls", &loop_sample::stalls);
  json.end_object();
}

void write_loops(json_writer& json, const program& program) {
  json.key("loops");
  json.begin_array();
  for (const auto& [id, each] : program.loops()) {
    const schema::loop_statistics& now = each.statistics();
    json.begin_object();
    json.member("id", id);
    json.member("name", program.loop_name(id));
    json.member("gone", each.info().gone);
    json.member("threads", now.threads);
    json.member("handlers", each.handlers());
    json.member("pending", now.pending);
    json.member("outstanding", now.outstanding);
    json.member("busy_ns", now.busy_ns);
    json.member("idle_ns", now.idle_ns);
    json.member("turns", now.turns);
    json.member("long_turns", now.long_turns);
    json.member("longest_turn_ns", now.longest_turn_ns);
    json.member("hops", now.hops);
    json.member("last_progress_ns", now.last_progress_ns);
    json.member("stalls", now.stalls);
    json.member("stall_ns", now.stall_ns);
    json.key("lag");
    write(json, now.lag);
    json.key("corrected_lag");
    write(json, now.corrected_lag);
    json.key("strand_wait");
    write(json, now.strand_wait);
    json.key("lag_lately");
    write(json, each.lag_since(program.window_start_ns()));
    write_samples(json, each.samples());
    json.end_object();
  }
  json.end_array();
}

void write_figures(json_writer& json, const schema::site_statistics& figures) {
  json.member("slow", figures.slow);
  json.member("failed", figures.failed);
  json.member("errors", figures.errors);
  json.member("cancelled", figures.cancelled);
  json.member("unrun", figures.unrun);
  json.member("longest_ns", figures.longest_ns);
  json.key("run");
  write(json, figures.run);
  json.key("delay");
  write(json, figures.delay);
}

void write_sites(json_writer& json, const program& program) {
  json.key("sites");
  json.begin_array();
  for (const auto& [where, each] : program.sites()) {
    json.begin_object();
    json.member("loop", program.loop_name(where.first));
    json.member("site", where.second);
    json.member("name", program.site_name(where.second));
    json.member("operation", program.site_operation(where.second));
    json.member("runs", each.statistics().run.count());
    write_figures(json, each.statistics());
    json.key("error_categories");
    json.begin_object();
    for (const schema::error_count& of : each.statistics().error_categories)
      json.member(of.category, of.count);
    json.end_object();
    json.key("lately");
    json.begin_object();
    write_figures(json, each.since(program.window_start_ns()));
    json.end_object();
    json.end_object();
  }
  json.end_array();
}

void write_task_names(json_writer& json, const program& program) {
  json.key("task_names");
  json.begin_array();
  for (const auto& [where, each] : program.task_names()) {
    const schema::task_statistics& now = each.statistics();
    json.begin_object();
    json.member("loop", program.loop_name(where.first));
    json.member("name", program.site_name(where.second));
    json.member("spawned", now.spawned);
    json.member("finished", now.finished);
    json.member("failed", now.failed);
    json.member("cancelled", now.cancelled);
    json.member("abandoned", now.abandoned);
    json.key("duration");
    write(json, now.duration);
    json.end_object();
  }
  json.end_array();
}

void write_texts(json_writer& json, const std::vector<std::string>& texts) {
  json.begin_array();
  for (const std::string& each : texts)
    json.value(each);
  json.end_array();
}

void write(json_writer& json, const schema::await_place& place) {
  json.begin_object();
  json.member("function", place.function);
  json.member("file", place.file);
  json.member("line", place.line);
  json.end_object();
}

void write_tasks(json_writer& json, const program& program) {
  const auto write_task = [&](const schema::task_info& task) {
    json.begin_object();
    json.member("id", task.id);
    json.member("name", program.site_name(task.site));
    json.member("loop", program.loop_name(task.loop));
    json.member("parent", task.parent);
    json.member("state", name_of(task.state));
    json.member("spawned_ns", task.spawned_ns);
    json.member("ended_ns", task.ended_ns);
    json.member("runs", task.runs);
    json.member("busy_ns", task.busy_ns);
    json.member("scheduled_ns", task.scheduled_ns);
    json.member("longest_ns", task.longest_ns);
    json.member("run_since_ns", task.run_since_ns);
    json.member("suspended_since_ns", task.suspended_since_ns);
    const schema::await_chain* const chain = program.awaits().find(task.id);
    json.member("trace_id", chain == nullptr ? std::string() : chain->trace_id);
    json.key("scopes");
    write_texts(json, chain == nullptr ? std::vector<std::string>() : chain->scopes);
    json.member("operation", program.awaits().operation(task.id));
    json.key("awaits");
    json.begin_array();
    for (const schema::await_place* const step : program.awaits().steps(task.id)) {
      write(json, *step);
    }
    json.end_array();
    json.end_object();
  };
  json.key("tasks_live");
  json.begin_array();
  program.tasks().for_each_live(write_task);
  json.end_array();
  json.key("tasks_ended");
  json.begin_array();
  program.tasks().for_each_ended(write_task);
  json.end_array();
}

void write_uses(json_writer& json, const std::vector<schema::resource_use>& uses) {
  json.begin_array();
  for (const schema::resource_use& each : uses) {
    json.begin_object();
    json.member("task", each.task);
    json.member("since_ns", each.since_ns);
    json.end_object();
  }
  json.end_array();
}

void write_resources(json_writer& json, const program& program) {
  json.key("resources");
  json.begin_array();
  for (const auto& [id, each] : program.resources().by_id()) {
    const schema::resource_info& info = each.info();
    json.begin_object();
    json.member("id", id);
    json.member("kind", info.kind);
    json.member("name", info.name);
    json.member("gone", info.gone);
    json.member("state", info.state);
    json.key("figures");
    json.begin_object();
    for (const schema::resource_figure& figure : info.figures)
      json.member(figure.name, figure.value);
    json.end_object();
    json.member("waiting", info.waiting);
    json.key("waiters");
    write_uses(json, info.waiters);
    json.key("holders");
    write_uses(json, info.holders);
    json.key("wait");
    write(json, info.wait);
    json.member("cancelled", info.cancelled);
    json.member("timed_out", info.timed_out);
    json.member("closed", info.closed);
    json.key("occurrences");
    json.begin_object();
    for (const schema::occurrence_count& happened : info.occurrences)
      json.member(happened.what, happened.count);
    json.end_object();
    json.end_object();
  }
  json.end_array();
}

void write_stack(json_writer& json, const std::vector<schema::stack_frame>& stack) {
  json.begin_array();
  for (const schema::stack_frame& frame : stack) {
    json.begin_object();
    json.member("address", frame.address);
    json.member("function", frame.function);
    json.member("file", frame.file);
    json.member("line", frame.line);
    json.member("module", frame.module);
    json.member("internal", frame.internal);
    json.end_object();
  }
  json.end_array();
}

void write_threads(json_writer& json, const program& program) {
  json.key("threads");
  json.begin_array();
  for (const auto& [id, each] : program.threads()) {
    json.begin_object();
    json.member("id", id);
    json.member("name", program.thread_name(id));
    json.member("gone", each.info.gone);
    json.member("busy_ns", each.statistics.busy_ns);
    json.member("idle_ns", each.statistics.idle_ns);
    json.member("cpu_ns", each.statistics.cpu_ns);
    json.end_object();
  }
  json.end_array();
}

void write_messages(json_writer& json, const program& program) {
  json.key("messages");
  json.begin_array();
  for (std::size_t i = 0; i < program.messages().size(); ++i) {
    const schema::text_message& each = program.messages()[i];
    json.begin_object();
    json.member("time_ns", each.time_ns);
    json.member("thread", program.thread_name(each.thread));
    json.member("task", each.task);
    json.member("text", each.text);
    json.end_object();
  }
  json.end_array();
}

void write_reports(json_writer& json, const program& program) {
  json.key("reports");
  json.begin_array();
  for (const auto& [id, report] : program.reports().by_id()) {
    json.begin_object();
    json.member("id", id);
    json.member("kind", name_of(report.kind));
    json.member("time_ns", report.time_ns);
    json.member("loop", program.loop_name(report.loop));
    json.member("thread", program.thread_name(report.thread));
    json.member("site", report.site == 0 ? std::string() : program.site_name(report.site));
    json.member("task", report.task);
    json.member("duration_ns", report.duration_ns);
    json.member("delay_ns", report.delay_ns);
    json.member("ongoing", report.ongoing);
    json.member("message", report.message);
    json.key("awaits");
    json.begin_array();
    for (const schema::await_place& place : report.await_places)
      write(json, place);
    json.end_array();
    json.member("cpu_least_ns", report.cpu_least_ns);
    json.member("cpu_most_ns", report.cpu_most_ns);
    json.member("culprit", report.culprit);
    json.member("cause", report.cause);
    json.member("trace_id", report.trace_id);
    json.key("scopes");
    write_texts(json, report.scopes);
    json.member("samples", report.samples);
    json.key("stack");
    write_stack(json, report.stack);
    json.member("stack_count", report.stack_count);
    json.key("other_stacks");
    json.begin_array();
    for (const schema::stall_stack& other : report.other_stacks) {
      json.begin_object();
      json.member("count", other.count);
      json.key("frames");
      write_stack(json, other.frames);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

void write_gaps(json_writer& json, const program& program) {
  json.key("gaps");
  json.begin_array();
  for (std::size_t index = 0; index < program.gaps().size(); ++index) {
    const schema::gap& gap = program.gaps()[index];
    json.begin_object();
    json.member("thread", program.thread_name(gap.thread));
    json.member("count", gap.count);
    json.member("from_ns", gap.from_ns);
    json.member("to_ns", gap.to_ns);
    json.end_object();
  }
  json.end_array();
}

void write_trace(json_writer& json, const trace_store& trace, const program& program) {
  json.key("trace");
  json.begin_object();
  json.member("events", trace.events());
  json.member("most_events", trace.most_events());
  json.member("bytes", trace.bytes());
  json.member("begin_ns", trace.begin_ns());
  json.member("end_ns", trace.end_ns());
  json.key("threads");
  json.begin_array();
  for (const auto& [thread, lane] : trace.lanes()) {
    json.begin_object();
    json.member("thread", program.thread_name(thread));
    json.member("outermost", lane.has_runs() ? lane.depths[0].size() : 0);
    json.member("depths", lane.depths.size());
    json.member("across", lane.across.size());
    json.member("moments", lane.moments.size());
    json.member("creations", lane.creations.size());
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_self(json_writer& json, const schema::telemetry& self) {
  json.key("recorder");
  json.begin_object();
  json.member("events", self.events);
  json.member("events_lost", self.events_lost);
  json.member("site_overflow", self.site_overflow);
  json.member("task_overflow", self.task_overflow);
  json.member("reports_suppressed", self.reports_suppressed);
  json.member("memory_bytes", self.memory_bytes);
  json.end_object();
}

}  // namespace

void dump_json(const program& program, std::ostream& out) {
  json_writer json(out);
  json.begin_object();
  write_identity(json, program);
  write_stream(json, program);
  write_totals(json, program);
  write_findings(json, program);
  write_loops(json, program);
  write_sites(json, program);
  write_task_names(json, program);
  write_threads(json, program);
  write_tasks(json, program);
  write_resources(json, program);
  write_messages(json, program);
  write_reports(json, program);
  write_gaps(json, program);
  write_trace(json, program.trace(), program);
  write_self(json, program.self());
  json.end_object();
  out << '\n';
}

}  // namespace asioscope::model
