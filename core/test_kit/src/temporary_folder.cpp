// SPDX-License-Identifier: BSL-1.0
#include "asioscope/test_kit/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace asioscope::test_kit {

temporary_folder::temporary_folder() : path_(testing::TempDir() + "asioscope_XXXXXX") {
  if (mkdtemp(path_.data()) == nullptr)
    throw std::system_error(errno, std::generic_category(), "no temporary folder");
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace asioscope::test_kit
