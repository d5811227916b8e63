// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "connection/descriptor.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace asioscope::viewer {

/// A recording that is being written. Never replaces a file that is there; only its owner may read
/// it, since programs put what they like into their traces.
/// Thread safety: safe.
class recording_file {
 public:
  explicit recording_file(const std::string& path);

  /// Does nothing after an error.
  void write(std::string_view bytes);

  /// Why it cannot be written; empty when all is well.
  [[nodiscard]] std::string error() const;
  [[nodiscard]] std::uint64_t size() const;

 private:
  [[nodiscard]] std::string failure() const;

  std::string path_;
  descriptor file_;
  mutable std::mutex mutex_;  // guards what follows
  std::string error_;
  std::uint64_t size_ = 0;
};

}  // namespace asioscope::viewer
