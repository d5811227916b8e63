// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/scene.hpp"

#include <array>
#include <string>

namespace asioscope::viewer {

/// Asks how much of what was seen is to be written, and where.
class save_dialog {
 public:
  void open(const scene& now);
  void close() { is_open_ = false; }
  [[nodiscard]] bool is_open() const { return is_open_; }

  void draw(const scene& now, bool paused, wishes& result);

 private:
  void draw_question(const scene& now, bool paused, wishes& result);
  void draw_outcome(const scene& now, wishes& result);

  bool is_open_ = false;
  bool has_asked_ = false;  // what `scene::saving` says is about this
  int seconds_ = 0;         // 0: all that is kept
  std::array<char, 1'024> path_{};
};

/// "shop-20261123-211500.asioscope" in the current folder.
[[nodiscard]] std::string usual_recording_path(const std::string& program,
                                               std::int64_t realtime_ns);

}  // namespace asioscope::viewer
