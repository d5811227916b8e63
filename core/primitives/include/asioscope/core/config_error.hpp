// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace asioscope::core {

/// A primitive cannot be made with these options. Its text names the field and says what it may be.
class config_error : public std::invalid_argument {
 public:
  /// \param field   as the option is written in code, "semaphore.permits"
  /// \param problem "must be greater than 0"
  config_error(std::string_view field, std::string_view problem);

  const std::string& field() const noexcept { return field_; }

 private:
  std::string field_;
};

/// Throws a `config_error` unless the condition holds.
inline void require_config(bool condition, std::string_view field, std::string_view problem) {
  if (!condition) throw config_error(field, problem);
}

}  // namespace asioscope::core
