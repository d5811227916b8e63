// SPDX-License-Identifier: BSL-1.0
// Lets a program say arbitrary things: what the viewer makes of them is bounded, and neither
// folding them nor anything that is asked about the result fails. libFuzzer's entry point;
// corpus_replay.cpp calls it as an ordinary test.
#include "asioscope/model/causes.hpp"
#include "asioscope/model/dump.hpp"
#include "asioscope/model/failures.hpp"
#include "asioscope/model/findings.hpp"
#include "asioscope/model/latest_run.hpp"
#include "asioscope/model/limits.hpp"
#include "asioscope/model/model.hpp"
#include "asioscope/model/range_figures.hpp"
#include "asioscope/model/range_summary.hpp"
#include "asioscope/model/task_lanes.hpp"
#include "asioscope/model/waiters.hpp"
#include "asioscope/schema/codec.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string_view>

namespace {

using namespace asioscope;

constexpr std::size_t most_events = 4'096;

void expect(bool condition) {
  if (!condition) std::abort();
}

void ask_about(const model::trace_store& trace) {
  expect(trace.bytes() <= most_events * sizeof(model::slice));
  for (const auto& [thread, lane] : trace.lanes()) {
    for (const model::slice_track& track : lane.depths) {
      for (std::size_t index = 0; index < track.size(); ++index) {
        expect(index == 0 || track[index - 1].end_ns() <= track[index].end_ns());
        expect(track.first_ending_after(track[index].end_ns()) > index);
      }
      if (track.empty()) continue;
      static_cast<void>(model::delayers_of(trace, thread, track.back()));
      const model::slice& any = track[track.size() / 2];
      if (const auto cause = model::cause_of(trace, any)) expect(cause->created_ns < any.begin_ns);
      expect(model::effects_of(trace, thread, any, 5).first.size() <= 5);
      expect(model::latest_run(trace, {any.loop, any.site, {}, 0, ~std::uint64_t{0}}).has_value() ||
             any.kind != schema::event_kind::run || any.duration_ns == 0);
    }
  }
  const model::range_summary all = model::summary_of(trace, trace.begin_ns(), trace.end_ns());
  expect(all.runs <= trace.events());
  const model::range_figures figures = model::figures_of(trace, trace.begin_ns(), trace.end_ns());
  expect(figures.handlers.size() <= trace.events());
  const model::waiters waiters = model::waiters_of(trace, 1, 1, trace.begin_ns(), trace.end_ns());
  expect(waiters.runs <= trace.events());
  const model::task_lanes lanes =
      model::task_lanes_of(trace, trace.begin_ns(), trace.end_ns(), 20, most_events * 2);
  expect(lanes.lanes.size() <= 20);
}

void ask_about(const model::program& program) {
  static_cast<void>(model::find_what_is_wrong(program));
  static_cast<void>(model::failures_of(program));
  static_cast<void>(program.started_ns());
  std::ostringstream text;
  model::dump_json(program, text);
  expect(!text.str().empty());
  ask_about(program.trace());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  schema::decoder reader{std::size_t{1} << 20, std::size_t{8} << 20};
  model::model state(most_events);
  reader.feed({reinterpret_cast<const char*>(data), size});
  while (const auto message = reader.next())
    if (!state.fold(*message).empty()) break;
  if (state.current() != nullptr) ask_about(*state.current());
  return 0;
}
