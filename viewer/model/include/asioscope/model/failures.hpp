// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/program.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asioscope::model {

/// What failed, in one place and one way.
struct failure {
  enum class kind : std::uint8_t {
    handler,     ///< exceptions that left it
    task,        ///< exceptions that left its coroutine
    error_code,  ///< a handler was called with error codes of one category
  };

  kind of = kind::handler;
  program::key where;       ///< loop, and the handler or the task's name
  std::string type;         ///< of the latest exception that is known, or the category of the codes
  std::uint64_t count = 0;  ///< since the program began
  /// In the last minute. Nothing for one category of error codes among several.
  std::optional<std::uint64_t> lately = {};
  std::vector<const schema::report*> reports = {};  ///< that are kept, the latest first
};

/// All of them, those of one place together. The reports are valid as long as the program is not
/// changed.
[[nodiscard]] std::vector<failure> failures_of(const program& program);

/// What failed by this report: the name of its task as long as that is remembered to have failed,
/// else the handler.
[[nodiscard]] std::uint32_t failed_site(const program& program, const schema::report& report);

/// "std::out_of_range" of "std::out_of_range: no order 7".
[[nodiscard]] std::string_view exception_type(std::string_view message);

/// The coroutines that the exception left, each in a line; empty when they are not known.
[[nodiscard]] std::string awaits_text(const schema::report& report);

}  // namespace asioscope::model
