// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/reports.hpp"

#include "asioscope/model/limits.hpp"
#include "asioscope/model/text.hpp"

#include <algorithm>

namespace asioscope::model {

namespace {

void clean(std::vector<schema::stack_frame>& stack) {
  stack.resize(std::min(stack.size(), limits::stack_frames));
  for (schema::stack_frame& frame : stack) {
    frame.function = clean_text(frame.function, limits::name_bytes);
    frame.file = clean_text(frame.file, limits::name_bytes);
    frame.module = clean_text(frame.module, limits::name_bytes);
  }
}

}  // namespace

void report_log::begin_snapshot() {
  for (auto& [id, report] : reports_)
    report.ongoing = false;
}

void report_log::fold(const schema::report& report) {
  if (report.id == 0) return;
  highest_id_ = std::max(highest_id_, report.id);
  const bool full = reports_.size() >= limits::reports;
  if (full && report.id < reports_.begin()->first) return;  // forgotten already
  schema::report& kept = reports_[report.id];
  kept = report;
  kept.message = clean_text(report.message, limits::message_bytes);
  kept.culprit = clean_text(report.culprit, limits::name_bytes);
  kept.cause = clean_text(report.cause, limits::name_bytes);
  kept.trace_id = clean_text(report.trace_id, limits::name_bytes);
  clean_texts(kept.scopes, limits::scopes, limits::name_bytes);
  clean(kept.stack);
  kept.other_stacks.resize(std::min(kept.other_stacks.size(), limits::other_stacks));
  for (schema::stall_stack& other : kept.other_stacks)
    clean(other.frames);
  if (reports_.size() > limits::reports) reports_.erase(reports_.begin());
}

const schema::report* report_log::find(std::uint64_t id) const {
  const auto found = reports_.find(id);
  return found == reports_.end() ? nullptr : &found->second;
}

}  // namespace asioscope::model
