// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace asioscope::viewer {

/// Filters that the user keeps, a short list for each view.
class saved_filters {
 public:
  static constexpr std::size_t most = 20;      ///< of a view: the oldest goes
  static constexpr std::size_t longest = 255;  ///< letters
  static constexpr std::size_t most_views = 16;

  /// The oldest first.
  [[nodiscard]] const std::vector<std::string>& of(std::string_view view) const;
  [[nodiscard]] bool has(std::string_view view, std::string_view text) const;

  /// What is not a text of one line and of a sensible length is not kept.
  void add(std::string_view view, std::string_view text);
  void remove(std::string_view view, std::string_view text);

  [[nodiscard]] const std::map<std::string, std::vector<std::string>, std::less<>>& by_view()
      const {
    return by_view_;
  }

  friend bool operator==(const saved_filters&, const saved_filters&) = default;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> by_view_;
};

}  // namespace asioscope::viewer
