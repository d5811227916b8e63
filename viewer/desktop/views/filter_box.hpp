// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/navigation.hpp"
#include "widgets/text_filter.hpp"

#include <imgui.h>

#include <array>
#include <string_view>

namespace asioscope::viewer {

/// A field for a filter.
class filter_box {
 public:
  void draw(navigation& where) {
    if (where.focus_filter) {
      ImGui::SetKeyboardFocusHere();
      where.focus_filter = false;
    }
    ImGui::SetNextItemWidth(ImGui::GetFontSize() * 19);
    if (ImGui::InputTextWithHint("##filter", "Filter: words, -without", typed_.data(),
                                 typed_.size())) {
      filter_ = text_filter(typed());
    }
  }

  [[nodiscard]] std::string_view typed() const { return typed_.data(); }
  [[nodiscard]] bool is_active() const { return !filter_.is_empty(); }
  [[nodiscard]] bool passes(std::string_view text) const { return filter_.passes(text); }

  void set(std::string_view text) {
    typed_.fill('\0');
    text.copy(typed_.data(), typed_.size() - 1);
    filter_ = text_filter(typed());
  }

  /// True when there was something to clear.
  bool clear() {
    const bool had_text = !typed().empty();
    typed_.front() = '\0';
    filter_ = {};
    return had_text;
  }

 private:
  std::array<char, 256> typed_{};
  text_filter filter_;
};

}  // namespace asioscope::viewer
