// SPDX-License-Identifier: BSL-1.0
#include "recorder_source.hpp"

#include "process.hpp"

#include <unistd.h>

namespace asioscope::live {
namespace {

class recorder_events final : public event_source {
 public:
  void read(schema::trace& out, std::size_t limit) override { reader_.read(out, limit); }

 private:
  recorder::trace_request request_;
  recorder::event_reader reader_;  // after the request: its rings must exist
};

}  // namespace

schema::hello recorder_source::hello() {
  const recorder::thresholds thresholds = recorder::current_thresholds();
  schema::hello result;
  result.program = program_;
  result.pid = static_cast<std::uint32_t>(::getpid());
  result.started_realtime_ns = process_start_realtime_ns();
  result.host = host_name();
  result.build = build_description();
  result.clock = recorder::clock_description();
  result.slow_threshold_ns = static_cast<std::uint64_t>(thresholds.slow.count());
  result.stall_threshold_ns = static_cast<std::uint64_t>(thresholds.stall.count());
  return result;
}

std::unique_ptr<event_source> recorder_source::trace() {
  return std::make_unique<recorder_events>();
}

}  // namespace asioscope::live
