// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <imgui.h>

#include <string>
#include <string_view>

namespace asioscope::viewer {

/// While one lives, cells are not drawn but tell it their texts: for a table that is copied.
class cell_reader {
 public:
  cell_reader() { current_ = this; }
  ~cell_reader() { current_ = nullptr; }
  cell_reader(const cell_reader&) = delete;
  cell_reader& operator=(const cell_reader&) = delete;

  [[nodiscard]] static cell_reader* current() { return current_; }
  void take(std::string_view text) { text_ += text; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  static inline cell_reader* current_ = nullptr;  // main thread only
  std::string text_;
};

/// `text` cut to `width` pixels in the current font, with an ellipsis where something is missing.
[[nodiscard]] std::string fitted(std::string_view text, float width);

/// The same for a text with qualified names: what they are qualified with goes first, from the
/// left, so that "read in shop::session::read_request" becomes "read in read_request".
[[nodiscard]] std::string fitted_name(std::string_view text, float width);

/// Text that never leaves its cell: cut to what is left of it, the whole in a tooltip.
void cell_text(std::string_view text, ImVec4 color);
void cell_text(std::string_view text);

/// The same for a text with qualified names, see fitted_name().
void cell_name(std::string_view text, ImVec4 color);
void cell_name(std::string_view text);

/// A number at the right edge of its cell.
void cell_number(std::string_view text, ImVec4 color);
void cell_number(std::string_view text);

/// Text in a colour, a font, or both.
void print(std::string_view text, ImVec4 color, ImFont* font = nullptr);

/// A wrapped tooltip for the last item.
void explain(std::string_view text);

/// A headline with a sentence below it, in the middle of what is left: says why a view is empty and
/// what to do.
void empty_state(std::string_view headline, std::string_view advice);

}  // namespace asioscope::viewer
