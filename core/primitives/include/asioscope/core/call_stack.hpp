// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace asioscope::core {

/// Where a thread was, the innermost call first. Taking one costs some microseconds, naming its
/// functions much more: that is done by who wants to read it.
class call_stack {
 public:
  /// None.
  call_stack() = default;

  /// Of the caller, without the innermost `skipped` calls. Empty where the platform cannot tell.
  static call_stack here(std::size_t skipped = 0);

  bool empty() const noexcept { return frames_.empty(); }
  /// Return addresses.
  const std::vector<void*>& frames() const noexcept { return frames_; }

  /// "function+0x12 (program)" for each call; the program's own functions have names if it was
  /// linked with `-rdynamic`, otherwise addresses for addr2line.
  std::vector<std::string> lines() const;

 private:
  std::vector<void*> frames_;
};

}  // namespace asioscope::core
