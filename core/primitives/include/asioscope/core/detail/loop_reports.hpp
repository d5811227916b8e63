// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/loop_rules.hpp"
#include "asioscope/core/event_loop_options.hpp"
#include "asioscope/core/failure.hpp"

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>

namespace asioscope::core::detail {

/// What a loop has to say, counted and told: to the user, or to stderr. Any thread; nothing that
/// the user's functions throw gets out, and no lock is held while they run.
class loop_reports {
 public:
  /// Both live as long as this.
  loop_reports(const event_loop_options& options, const std::string& name);

  /// False: it was a cancellation, which is only counted.
  bool exception(const std::exception_ptr& error, loop_exception where) noexcept;
  /// Slow, or stuck.
  void slow(slow_callback callback) noexcept;
  void misuse(const char* what, call_site where) noexcept;
  void unfinished(const loop_report& report) noexcept;

  /// Calls a function of the user's. `what`: its name, should it throw.
  template <class Function>
  void call(const char* what, const Function& function) const noexcept {
    try {
      function();
    } catch (...) {
      thrown_by(what, std::current_exception());
    }
  }

  event_loop_counts counts() const noexcept {
    return {
        0, slow_.load(), stuck_.load(), exceptions_.load(), cancellations_.load(), misuses_.load()};
  }

 private:
  void thrown_by(const char* what, const std::exception_ptr& error) const noexcept;
  std::optional<std::uint64_t> admit(report_limit& limit);

  const event_loop_options& options_;
  const std::string& name_;
  std::atomic<std::uint64_t> slow_{0};
  std::atomic<std::uint64_t> stuck_{0};
  std::atomic<std::uint64_t> exceptions_{0};
  std::atomic<std::uint64_t> cancellations_{0};
  std::atomic<std::uint64_t> misuses_{0};
  std::mutex mutex_;
  report_limit slow_limit_;
  report_limit misuse_limit_;
};

}  // namespace asioscope::core::detail
