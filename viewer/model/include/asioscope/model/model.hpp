// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/limits.hpp"
#include "asioscope/model/program.hpp"
#include "asioscope/schema/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace asioscope::model {

/// Folds the messages of a stream into the state of the program that sends them.
///
/// A greeting of the same process continues its state, with all its history; a greeting of any
/// other (a restart too: pid or start time differ) begins a new one. The two are never mixed.
/// Thread safety: distinct objects only.
class model {
 public:
  /// Keeps about `trace_events` events of a trace.
  explicit model(std::size_t trace_events = limits::trace_events) : trace_events_(trace_events) {}

  /// Why `message` cannot be taken; empty when all is well. After an error the connection is of no
  /// use.
  std::string fold(const schema::message& message);

  /// The connection ended: the next one has to greet again.
  void disconnected() noexcept {
    greeted_ = false;
    farewell_.clear();
  }

  /// The program is asked anew for its events: those that came meanwhile it does not tell.
  void ask_for_trace() {
    if (program_) program_->interrupt_trace();
  }

  [[nodiscard]] const program* current() const noexcept { return program_ ? &*program_ : nullptr; }
  /// Greetings of a different process so far: how often the state began anew.
  [[nodiscard]] std::uint64_t beginnings() const noexcept { return beginnings_; }
  /// Why the program is about to hang up; empty when it did not say.
  [[nodiscard]] const std::string& farewell() const noexcept { return farewell_; }

 private:
  std::string greet(const schema::hello& greeting);

  std::size_t trace_events_;
  std::optional<program> program_;
  bool greeted_ = false;
  std::uint64_t beginnings_ = 0;
  std::string farewell_;
};

}  // namespace asioscope::model
