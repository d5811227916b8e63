// SPDX-License-Identifier: BSL-1.0
#include "asioscope/test_kit/schedules.hpp"

#include <algorithm>
#include <cstdlib>

namespace asioscope::test_kit {

std::size_t schedules(std::size_t usual) {
  const char* const wanted = std::getenv("ASIOSCOPE_SCHEDULES");
  if (wanted == nullptr) return usual;
  return std::max<std::size_t>(usual, std::strtoull(wanted, nullptr, 10));
}

}  // namespace asioscope::test_kit
