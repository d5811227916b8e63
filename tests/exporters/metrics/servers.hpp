// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "scratch_folder.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace asioscope::metrics::testing {

/// The path of promtool or prometheus: beside the promtool that ASIOSCOPE_PROMTOOL names, or where
/// ./run test unpacks them. Tests that need them fail without, they are never skipped.
inline std::string server_program(const std::string& name) {
  const char* const told = std::getenv("ASIOSCOPE_PROMTOOL");
  const std::filesystem::path folder = told != nullptr
                                           ? std::filesystem::path(told).parent_path()
                                           : std::filesystem::path(ASIOSCOPE_SERVERS_DEFAULT);
  const std::filesystem::path program = folder / name;
  if (!std::filesystem::exists(program)) {
    throw std::runtime_error(
        program.native() +
        " is missing: run tests/tools/unpack.sh prometheus build/servers, or set "
        "ASIOSCOPE_PROMTOOL to the path of promtool");
  }
  return program.native();
}

}  // namespace asioscope::metrics::testing
