// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace asioscope::viewer {

/// Words separated by commas or spaces. A text passes when it has all of them and none of those
/// with a minus in front, whatever the case of the letters: "session -timeout".
class text_filter {
 public:
  text_filter() = default;
  explicit text_filter(std::string_view words);

  [[nodiscard]] bool passes(std::string_view text) const;
  [[nodiscard]] bool is_empty() const { return wanted_.empty() && unwanted_.empty(); }

 private:
  std::vector<std::string> wanted_;
  std::vector<std::string> unwanted_;
};

}  // namespace asioscope::viewer
