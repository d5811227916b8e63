// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/thread_name.hpp"

#include <fstream>

namespace asioscope::recorder {

std::string thread_name(std::int32_t os_id) {
  std::ifstream file("/proc/self/task/" + std::to_string(os_id) + "/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

}  // namespace asioscope::recorder
