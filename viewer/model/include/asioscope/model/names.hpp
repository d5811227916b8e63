// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/findings.hpp"
#include "asioscope/schema/snapshot.hpp"

namespace asioscope::model {

/// The words for enumerators, as people and JSON see them.

[[nodiscard]] constexpr const char* name_of(schema::task_state state) noexcept {
  switch (state) {
    case schema::task_state::ready:
      return "ready";
    case schema::task_state::running:
      return "running";
    case schema::task_state::suspended:
      return "suspended";
    case schema::task_state::done:
      return "done";
    case schema::task_state::failed:
      return "failed";
    case schema::task_state::cancelled:
      return "cancelled";
    case schema::task_state::abandoned:
      return "abandoned";
  }
  return "unknown";
}

[[nodiscard]] constexpr const char* name_of(schema::report_kind kind) noexcept {
  switch (kind) {
    case schema::report_kind::slow:
      return "slow";
    case schema::report_kind::stall:
      return "stall";
    case schema::report_kind::failure:
      return "failure";
  }
  return "unknown";
}

[[nodiscard]] constexpr const char* name_of(severity level) noexcept {
  switch (level) {
    case severity::notice:
      return "notice";
    case severity::warning:
      return "warning";
    case severity::serious:
      return "serious";
    case severity::critical:
      return "critical";
  }
  return "unknown";
}

}  // namespace asioscope::model
