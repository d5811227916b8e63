// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "data_source.hpp"

#include <string>

namespace asioscope::live {

/// The recorder of this process, introduced as `program`.
class recorder_source final : public data_source {
 public:
  explicit recorder_source(std::string program) : program_(std::move(program)) {}

  schema::hello hello() override;
  schema::snapshot take_snapshot() override {
    auto now = recorder::take_snapshot();
    awaits_.add_to(now);
    return now;
  }
  recorder::report_page reports_since(std::uint64_t sequence) override {
    return recorder::reports_since(sequence);
  }
  bool tracing() override { return recorder::current_mode() == recorder::mode::trace; }
  std::unique_ptr<event_source> trace() override;

 private:
  std::string program_;
  recorder::await_lister awaits_;
};

}  // namespace asioscope::live
