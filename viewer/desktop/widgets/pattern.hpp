// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace asioscope::viewer {

/// A regular expression as RE2 knows them, whatever the case of the letters. Not std::regex: that
/// may take exponential time, and a frame of the stack for each letter, which is no way to treat a
/// million names with what somebody is about to type.
class pattern {
 public:
  static constexpr std::size_t longest = 200;  ///< letters

  explicit pattern(std::string_view expression);

  /// What is wrong with it; empty: nothing.
  [[nodiscard]] const std::string& error() const { return error_; }
  /// Somewhere in it. Nothing matches a pattern that is wrong.
  [[nodiscard]] bool occurs_in(std::string_view text) const;

 private:
  std::shared_ptr<const re2::RE2> compiled_;  // null: it is wrong
  std::string error_;
};

}  // namespace asioscope::viewer
