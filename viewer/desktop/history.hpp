// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "connection/target.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace asioscope::viewer {

/// What was watched before and is not found by itself: addresses, sockets, recordings, in the words
/// of the command line, the latest first.
class history {
 public:
  static constexpr std::size_t most = 10;

  explicit history(std::vector<std::string> entries = {}) : entries_(std::move(entries)) {}

  void note(const target& watched);
  [[nodiscard]] const std::vector<std::string>& entries() const { return entries_; }

 private:
  std::vector<std::string> entries_;
};

}  // namespace asioscope::viewer
