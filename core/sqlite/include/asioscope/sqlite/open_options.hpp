// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace asioscope::sqlite {

struct open_options {
  std::string path;  ///< of the file; ":memory:" is of one connection only
  bool read_only = false;
  bool create = true;  ///< the file, if it is not there
  /// Readers do not wait for the writer, nor it for them.
  bool write_ahead_log = true;
  /// A commit waits for the disk. Without it, what was last committed may be lost when the machine
  /// loses power, but not when the program ends, in whatever way.
  bool survive_power_loss = true;
  bool foreign_keys = true;
  /// How long a statement waits while others lock the database.
  std::chrono::milliseconds busy_timeout = std::chrono::seconds(5);
  std::size_t cached_statements = 64;  ///< prepared ones that are kept
};

}  // namespace asioscope::sqlite
