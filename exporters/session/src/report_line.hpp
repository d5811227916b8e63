// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/snapshot.hpp"

#include <cstdint>
#include <string>

namespace asioscope {

/// The names behind a report's ids.
struct report_names {
  std::string loop;
  std::string site;
  std::string task;
  std::string thread;
};

[[nodiscard]] report_names find_names(const schema::report& value, const schema::snapshot& known);

/// One line for people and machines, in logfmt, without a line feed:
/// `asioscope report=stall id=3 loop=http site="…" duration_ms=25.1 culprit=parse
/// at=catalogue.cpp:12 stack="parse < handle"`. The end of a stall is a short line of its own,
/// `report=stall_over`.
[[nodiscard]] std::string report_line(const schema::report& value, const report_names& names,
                                      std::uint64_t suppressed, bool end_of_stall);

}  // namespace asioscope
