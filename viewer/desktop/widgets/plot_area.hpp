// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "widgets/time_view.hpp"

#include <imgui.h>

#include <string>

namespace asioscope::viewer {

/// What stands around a plot over time.
struct plot_frame {
  const char* id = "";
  const char* title = "";
  const char* help = "";  ///< what the number means
  std::string now;        ///< the latest value, in words; empty: none
  ImVec4 color{};
};

/// The part of a plot in which its values are drawn, and the time along it. While one lives, it is
/// the plot that is being drawn.
class plot_area {
 public:
  plot_area(const plot_frame& frame, time_view& view, ImVec2 size);
  ~plot_area();
  plot_area(const plot_area&) = delete;
  plot_area& operator=(const plot_area&) = delete;

  [[nodiscard]] ImDrawList& list() const { return list_; }
  [[nodiscard]] ImVec2 low() const { return low_; }    ///< top left
  [[nodiscard]] ImVec2 high() const { return high_; }  ///< bottom right
  [[nodiscard]] const time_view& view() const { return view_; }
  [[nodiscard]] bool is_hovered() const { return is_hovered_; }
  /// A moment is marked in all plots.
  [[nodiscard]] bool has_crosshair() const;

  [[nodiscard]] float x(double time) const;
  [[nodiscard]] double time(float x_position) const;

  /// A line across with a label at its left.
  void draw_level(float y, const std::string& label) const;
  void draw_times() const;
  /// Something bad began then.
  void draw_mark(double time) const;

 private:
  void use_mouse();

  ImDrawList& list_;
  time_view& view_;
  ImVec2 origin_;
  ImVec2 size_;
  ImVec2 low_;
  ImVec2 high_;
  bool is_hovered_ = false;
};

}  // namespace asioscope::viewer
