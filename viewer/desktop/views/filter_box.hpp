// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/navigation.hpp"
#include "widgets/text_filter.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace asioscope::viewer {

/// A field for a filter, with those that the user keeps. What is typed and makes no sense is said
/// below it; until it does, the last one that did is in force.
class filter_box {
 public:
  /// `fields` must outlive it.
  explicit filter_box(std::span<const filter_field> fields = {}) : fields_(fields) {}

  void draw(navigation& where);

  [[nodiscard]] std::string_view typed() const { return typed_.data(); }
  [[nodiscard]] const text_filter& filter() const { return filter_; }
  [[nodiscard]] const std::string& error() const { return error_; }
  /// What the filter in force was made of.
  [[nodiscard]] const std::string& in_force() const { return in_force_; }
  [[nodiscard]] bool is_active() const { return !filter_.is_empty(); }
  [[nodiscard]] bool passes(std::string_view text) const { return filter_.passes(text); }
  [[nodiscard]] bool passes(const std::function<std::string(std::size_t)>& text_of) const {
    return filter_.passes(text_of);
  }

  void set(std::string_view text);
  /// True when there was something to clear.
  bool clear();

 private:
  void draw_saved(navigation& where);
  void draw_error(float left, float bottom) const;
  void take_typed();
  [[nodiscard]] std::string help() const;

  std::span<const filter_field> fields_;
  std::array<char, 256> typed_{};
  text_filter filter_;
  std::string in_force_;
  std::string error_;
};

}  // namespace asioscope::viewer
