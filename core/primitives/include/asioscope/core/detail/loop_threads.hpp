// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/error.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace asioscope::core::detail {

/// CPUs that this process may use; empty: the system cannot tell.
std::vector<unsigned> allowed_cpus();

/// How many there are; 0: the system cannot tell.
std::size_t usable_cpus();

std::string current_thread_name();
void name_current_thread(const std::string& name) noexcept;

/// While it lives the calling thread runs on that CPU only, if the system lets it.
class cpu_pin {
 public:
  explicit cpu_pin(unsigned cpu);
  cpu_pin(const cpu_pin&) = delete;
  cpu_pin& operator=(const cpu_pin&) = delete;
  ~cpu_pin();

  /// Why it does not.
  const error_code& error() const noexcept { return error_; }

 private:
  std::vector<unsigned> before_;
  error_code error_;
};

}  // namespace asioscope::core::detail
