// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/net/unique_fd.hpp"
#include "asioscope/schema/announcement.hpp"

#include <filesystem>

namespace asioscope {

/// Says beside the program's socket where its metrics are, for as long as it lives.
///
/// Errors: std::system_error when there can be no such file. Forked children say nothing.
class announcer {
 public:
  explicit announcer(const schema::announcement& what);
  ~announcer();
  announcer(const announcer&) = delete;
  announcer& operator=(const announcer&) = delete;

 private:
  std::filesystem::path path_;
  unsigned forks_ = net::forks_so_far();
  net::unique_fd locked_;
};

}  // namespace asioscope
