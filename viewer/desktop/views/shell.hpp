// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/failures.hpp"
#include "views/handlers.hpp"
#include "views/navigation.hpp"
#include "views/open_dialog.hpp"
#include "views/overview.hpp"
#include "views/resources.hpp"
#include "views/save_dialog.hpp"
#include "views/scene.hpp"
#include "views/stalls.hpp"
#include "views/tasks.hpp"
#include "views/timeline.hpp"

#include <cstdint>
#include <optional>

namespace asioscope::viewer {

/// The window's content: the bar with the program, the tabs, the panel, the line at the bottom.
class shell {
 public:
  explicit shell(panel first = panel::overview) { where_.current = first; }

  wishes draw(const scene& now, bool paused);

  /// As the user wants it from the next picture on.
  [[nodiscard]] const viewer::habits& habits() const { return where_.habits; }
  void adopt(const viewer::habits& wanted) { where_.habits = wanted; }
  [[nodiscard]] panel current() const { return where_.current; }
  [[nodiscard]] bool help_is_open() const { return help_; }
  [[nodiscard]] const open_dialog& open() const { return open_; }
  [[nodiscard]] const save_dialog& save() const { return save_; }
  /// The stall that goes on and is told of above every panel; 0: none.
  [[nodiscard]] std::uint64_t banner() const { return banner_; }
  [[nodiscard]] const overview_view& overview() const { return overview_; }
  [[nodiscard]] const timeline_view& timeline() const { return timeline_; }
  [[nodiscard]] const handlers_view& handlers() const { return handlers_; }
  [[nodiscard]] const tasks_view& tasks() const { return tasks_; }
  [[nodiscard]] const stalls_view& stalls() const { return stalls_; }
  [[nodiscard]] const failures_view& failures() const { return failures_; }
  [[nodiscard]] const resources_view& resources() const { return resources_; }

 private:
  void obey(const scene& now, wishes& result);
  void back();
  void draw_bar(const scene& now, bool paused, wishes& result);
  void draw_tabs(const scene& now);
  void draw_banner(const scene& now);
  void draw_scrubber(const scene& now, wishes& result);
  void draw_panel(const scene& now);
  void draw_foot(const scene& now);

  navigation where_;
  overview_view overview_;
  timeline_view timeline_;
  handlers_view handlers_;
  tasks_view tasks_;
  stalls_view stalls_;
  failures_view failures_;
  resources_view resources_;
  std::optional<float> scrubbed_;  // seconds, while it is being moved
  open_dialog open_;
  save_dialog save_;
  bool help_ = false;
  std::uint64_t banner_ = 0;
};

}  // namespace asioscope::viewer
