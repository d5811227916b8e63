// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/event_loop_options.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace asioscope::core::detail {

/// Checks them and fills in what is derived.
/// \throws config_error
event_loop_options checked(event_loop_options options);

/// What Asio is told: with one thread it need not wake others.
int concurrency_hint(const event_loop_options& options) noexcept;

/// As long as the system allows, with the number whole.
std::string thread_name(std::string_view loop, std::size_t number);

/// Lets so many reports through a minute, and counts the others.
class report_limit {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  explicit report_limit(unsigned per_minute) noexcept : most_(per_minute) {}

  /// How many were held back since the last one that was let through; nothing: this one is, too.
  std::optional<std::uint64_t> admit(nanoseconds now) noexcept;

 private:
  unsigned most_;
  unsigned reported_ = 0;
  std::uint64_t suppressed_ = 0;
  std::optional<nanoseconds> minute_began_;
};

/// When a handler that does not return is reported: after that time, twice that time…
class stuck_rule {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  explicit stuck_rule(nanoseconds after) noexcept : after_(after) {}

  /// The n-th run of a thread began then. True: it is to be reported now.
  bool is_due(std::uint64_t run, nanoseconds began, nanoseconds now) noexcept;

 private:
  nanoseconds after_;
  nanoseconds next_{};
  std::uint64_t run_ = 0;
};

/// The steps of a shutdown: it begins, tasks are cancelled, and in the end the loop is stopped.
class shutdown_plan {
 public:
  using nanoseconds = std::chrono::nanoseconds;
  enum class step { none, begin, cancel, stop };

  explicit shutdown_plan(nanoseconds drain_for) noexcept : drain_for_(drain_for) {}

  bool has_begun() const noexcept { return begun_; }
  bool was_forced() const noexcept { return forced_; }

  /// Somebody wants it, within that time; when it has begun, perhaps in a shorter time.
  step request(nanoseconds now, nanoseconds within) noexcept;
  /// A signal came: the second one does not wait any longer.
  step signal(nanoseconds now, nanoseconds within) noexcept;
  /// To be repeated until it is `none`.
  step at(nanoseconds now) noexcept;
  /// When `at` has something to say.
  std::optional<nanoseconds> next() const noexcept;

 private:
  nanoseconds drain_for_;
  nanoseconds cancel_at_{};
  nanoseconds stop_at_{};
  bool begun_ = false;
  bool signalled_ = false;
  bool cancelled_ = false;
  bool stopped_ = false;
  bool forced_ = false;
};

}  // namespace asioscope::core::detail
