// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/program.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace asioscope::model {

enum class severity : std::uint8_t { notice, warning, serious, critical };

/// Something that is wrong now: a stable id, how often, and one sentence with the value in it.
struct finding {
  severity level = severity::notice;
  std::string id;  ///< for example "stall"
  std::uint64_t count = 1;
  std::string sentence;
  std::uint64_t report = 0;                    ///< where to read on: a report, 0 = none
  std::uint32_t site = 0;                      ///< or a site, 0 = none
  std::optional<std::uint32_t> resource = {};  ///< or a resource
  std::uint64_t task = 0;                      ///< or a task, 0 = none

  friend bool operator==(const finding&, const finding&) = default;
};

/// What is wrong with the program at this moment, worst first.
[[nodiscard]] std::vector<finding> find_what_is_wrong(const program& program);

}  // namespace asioscope::model
