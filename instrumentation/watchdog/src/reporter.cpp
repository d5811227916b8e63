// SPDX-License-Identifier: BSL-1.0
#include "reporter.hpp"

#include "asioscope/recorder/recorder.hpp"
#include "asioscope/recorder/redaction.hpp"
#include "asioscope/recorder/thread_state.hpp"
#include "asioscope/watchdog/symboliser.hpp"

#include <utility>

namespace asioscope::watchdog {
namespace {

schema::report report_of(const stall& found) {
  schema::report report;
  report.kind = schema::report_kind::stall;
  report.time_ns = recorder::to_monotonic(found.run.begin);
  report.loop = found.run.loop;
  report.thread = found.run.thread;
  report.site = found.run.site;
  report.task = found.run.task;
  report.duration_ns = recorder::to_nanoseconds(found.duration);
  report.delay_ns = recorder::to_nanoseconds(found.delay);
  report.ongoing = found.ongoing;
  return report;
}

recorder::note note_of(const stall& found, const stall_sample& sample) {
  recorder::note result;
  result.kind = schema::report_kind::stall;
  result.loop = found.run.loop;
  result.site = found.run.site;
  result.task = found.run.task;
  result.duration = found.duration;
  result.trace_id = sample.said.trace_id;
  return result;
}

}  // namespace

reporter::reporter(const watch_options& options)
    : deliver_(options.deliver),
      limits_{rate_limiter(options.reports_per_minute), rate_limiter(options.reports_per_minute),
              rate_limiter(options.reports_per_minute)} {}

void reporter::stall_begun(const stall& found, const stall_sample& sample) {
  auto report = report_of(found);
  recorder::count_stall(note_of(found, sample), sample.cause);
  stall_samples samples;
  if (found.ongoing) {
    report.message = sample.message;
    report.scopes = sample.said.scopes;
    report.trace_id = sample.said.trace_id;
    // Viewers learn of it at once: lines may take a tenth of a second where none were read before.
    stall_samples quick;
    quick.add(sample.cause_text, program_symboliser().quick_frames(sample.addresses));
    quick.fill(report);
    report.id = recorder::publish(report);
    samples.add(sample.cause_text, program_symboliser().frames(sample.addresses));
    samples.fill(report);
  } else {
    report.message = "no stack: the run was over before it was looked at";
  }
  report.id = recorder::publish(report);
  const bool delivered = deliver(report);
  if (found.ongoing) {
    open_.insert_or_assign(found.run.thread,
                           open_report{std::move(report), std::move(samples), delivered});
  }
}

void reporter::stall_sampled(const stall& found, const stall_sample& sample) {
  const auto known = open_.find(found.run.thread);
  if (known == open_.end()) return;
  auto& report = known->second.value;
  auto& samples = known->second.samples;
  samples.add(sample.cause_text, program_symboliser().frames(sample.addresses));
  samples.fill(report);
  report.duration_ns = recorder::to_nanoseconds(found.duration);
  // What was said when there was no stack is no longer true when there is one. And once there is
  // one, it does not matter why there is no second.
  if (!sample.addresses.empty() || report.stack.empty()) report.message = sample.message;
  recorder::publish(report);
}

void reporter::stall_ended(const stall& found) {
  const auto known = open_.find(found.run.thread);
  if (known == open_.end()) return;
  auto& report = known->second.value;
  report.duration_ns = recorder::to_nanoseconds(found.duration);
  report.delay_ns = recorder::to_nanoseconds(found.delay);
  report.ongoing = false;
  recorder::publish(report);
  if (known->second.delivered && deliver_) deliver_(report, 0);
  open_.erase(known);
}

void reporter::note_taken(const recorder::note& note, const std::optional<cpu_bounds>& cpu) {
  schema::report report;
  report.kind = note.kind;
  report.time_ns = recorder::to_monotonic(note.begin);
  report.loop = note.loop;
  report.thread = note.thread;
  report.site = note.site;
  report.task = note.task;
  report.duration_ns = recorder::to_nanoseconds(note.duration);
  report.delay_ns = recorder::to_nanoseconds(note.delay);
  report.message = note.message;
  report.trace_id = note.trace_id;
  if (!note.text.empty()) report.message += ": " + recorder::redact(note.text);
  if (cpu) {
    report.cpu_least_ns = cpu->least;
    report.cpu_most_ns = cpu->most;
  }
  report.await_places = recorder::describe(note.places);
  report.id = recorder::publish(report);
  deliver(report);
}

bool reporter::deliver(const schema::report& value) {
  auto& limit = limits_[static_cast<std::size_t>(value.kind)];
  if (!limit.allow(recorder::read_clock().monotonic_ns)) {
    recorder::count_suppressed(1);
    return false;
  }
  if (deliver_) deliver_(value, limit.take_suppressed());
  return true;
}

}  // namespace asioscope::watchdog
