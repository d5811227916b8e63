// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/watchdog/own_memory.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace asioscope::recorder {

/// A string constant of the program, or of a library that may have been unloaded.
inline std::string copied_string(const watchdog::own_memory& memory, std::uintptr_t from) {
  constexpr std::uintptr_t page = 4096;
  constexpr std::size_t longest = 1024;
  std::string text;
  while (from != 0 && text.size() < longest) {
    std::array<char, page> part;
    const std::size_t copied =
        memory.read(from, part.data(), std::min(page - from % page, longest - text.size()));
    const auto end = std::find(part.begin(), part.begin() + copied, '\0');
    text.append(part.begin(), end);
    if (copied == 0 || end != part.begin() + copied) break;
    from += copied;
  }
  return text;
}

}  // namespace asioscope::recorder
