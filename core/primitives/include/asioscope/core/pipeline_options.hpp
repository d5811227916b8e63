// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <utility>

namespace asioscope::core {

/// In which order a stage passes on what it has made.
enum class stage_order : std::uint8_t {
  input,       ///< as its items came
  completion,  ///< as it is ready
};

struct stage_options {
  std::size_t concurrency = 1;  ///< calls at a time: at least 1
  std::size_t buffer = 64;      ///< finished items that the next stage has not taken
  stage_order order = stage_order::input;
  /// Finished items that wait for an earlier one, beside those that a call waits with.
  std::size_t reorder = 0;
};

/// What an exception of a stage does.
enum class error_policy : std::uint8_t {
  fail_fast,  ///< it ends the stream: nothing goes on
  skip,       ///< it costs the item
};

struct pipeline_options {
  error_policy on_exception = error_policy::fail_fast;
  /// Told of each exception and of its stage, from 0, whatever the policy. Must not throw; called
  /// by several stages at a time.
  std::function<void(std::size_t stage, const std::exception_ptr&)> on_error;
};

/// What a stage has done so far.
struct stage_counts {
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  std::uint64_t filtered = 0;   ///< by `nullopt`
  std::uint64_t failed = 0;     ///< by an exception
  std::uint64_t cancelled = 0;  ///< by `operation_aborted`
  std::size_t buffered = 0;     ///< now

  std::uint64_t in_flight() const noexcept { return in - out - filtered - failed - cancelled; }
};

}  // namespace asioscope::core
