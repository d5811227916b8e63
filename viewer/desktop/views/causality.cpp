// SPDX-License-Identifier: BSL-1.0
#include "views/causality.hpp"

#include <algorithm>

namespace asioscope::viewer {
namespace {

constexpr std::int64_t patience_ns = 250'000'000;

}  // namespace

bool causality::lacks_something() const {
  if (!cause_ || !cause_->run) return of_->what.operation != 0;
  return std::ranges::any_of(effects_.first, [](const model::effect& each) { return !each.run; });
}

void causality::look_at(const model::trace_store& trace, const model::found_run& run) {
  const bool is_same = of_ && of_->thread == run.thread && of_->what == run.what;
  const bool has_grown = trace.end_ns() - trace_end_ns_ >= patience_ns;
  if (is_same && !(has_grown && lacks_something())) return;
  of_ = run;
  trace_end_ns_ = trace.end_ns();
  // What was found once stays true when the trace forgets it.
  auto cause = model::cause_of(trace, run.what, most_looked_at_);
  auto effects = model::effects_of(trace, run.thread, run.what, most_listed_, most_looked_at_);
  if (!is_same || cause) cause_ = cause;
  if (!is_same || effects.count >= effects_.count) effects_ = std::move(effects);
}

}  // namespace asioscope::viewer
