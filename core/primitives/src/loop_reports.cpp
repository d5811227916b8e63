// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/detail/loop_reports.hpp"

#include "asioscope/core/detail/loop_threads.hpp"

#include <chrono>
#include <cstdio>
#include <utility>

namespace asioscope::core::detail {

namespace {

void complain(const std::string& loop, const std::string& what) {
  const std::string line =
      (loop.empty() ? "event loop: " : "event loop \"" + loop + "\": ") + what + '\n';
  std::fputs(line.c_str(), stderr);
}

}  // namespace

loop_reports::loop_reports(const event_loop_options& options, const std::string& name)
    : options_(options),
      name_(name),
      slow_limit_(options.reports_per_minute),
      misuse_limit_(options.reports_per_minute) {}

bool loop_reports::exception(const std::exception_ptr& error, loop_exception where) noexcept {
  if (is_cancellation(failure_of(error))) {
    ++cancellations_;
    return false;
  }
  ++exceptions_;
  bool told = false;
  if (options_.on_exception != nullptr)
    call("on_exception", [&] {
      options_.on_exception(error, where);
      told = true;
    });
  if (!told)
    call("the report of an exception", [&] {
      complain(name_, "exception in thread " + where.thread +
                          (where.task.has_value() ? ", task " + to_string(*where.task) : "") +
                          ": " + text_of(error));
    });
  return true;
}

void loop_reports::slow(slow_callback callback) noexcept {
  ++(callback.still_runs ? stuck_ : slow_);
  call("on_slow", [&] {
    const auto suppressed = admit(slow_limit_);
    if (!suppressed.has_value()) return;
    callback.suppressed = *suppressed;
    if (options_.on_slow != nullptr)
      options_.on_slow(callback);
    else
      complain(name_, to_string(callback));
  });
}

void loop_reports::misuse(const char* what, call_site where) noexcept {
  ++misuses_;
  call("on_misuse", [&] {
    const auto suppressed = admit(misuse_limit_);
    if (!suppressed.has_value()) return;
    const loop_misuse misuse{what, current_thread_name(), where, *suppressed};
    if (options_.on_misuse != nullptr)
      options_.on_misuse(misuse);
    else
      complain(name_, to_string(misuse));
  });
}

void loop_reports::unfinished(const loop_report& report) noexcept {
  call("on_unfinished", [&] {
    if (options_.on_unfinished != nullptr)
      options_.on_unfinished(report);
    else
      complain(name_, to_string(report));
  });
}

void loop_reports::thrown_by(const char* what, const std::exception_ptr& error) const noexcept {
  try {
    complain(name_, std::string(what) + " threw: " + text_of(error));
  } catch (...) {  // there is nobody left to tell
  }
}

std::optional<std::uint64_t> loop_reports::admit(report_limit& limit) {
  const std::lock_guard lock(mutex_);
  return limit.admit(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace asioscope::core::detail
