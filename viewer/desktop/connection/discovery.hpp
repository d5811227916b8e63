// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asioscope::viewer {

/// A program on this machine that can be watched.
struct local_program {
  std::string name;
  std::uint32_t pid = 0;
  std::string socket;

  friend bool operator==(const local_program&, const local_program&) = default;
};

/// The programs of this user that offer themselves, the one started last first.
[[nodiscard]] std::vector<local_program> find_local_programs();

/// The first whose name or process id is `wanted`; of any name when that is empty.
[[nodiscard]] std::optional<local_program> choose(const std::vector<local_program>& programs,
                                                  std::string_view wanted);

}  // namespace asioscope::viewer
