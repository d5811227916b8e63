// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace asioscope::test_kit {

/// A new folder for files of a test, removed with all that is in it.
class temporary_folder {
 public:
  /// \throws std::system_error
  temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder();

  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace asioscope::test_kit
