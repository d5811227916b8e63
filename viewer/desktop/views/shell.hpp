// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "connection/connection.hpp"
#include "views/failures.hpp"
#include "views/handlers.hpp"
#include "views/navigation.hpp"
#include "views/overview.hpp"
#include "views/resources.hpp"
#include "views/stalls.hpp"
#include "views/tasks.hpp"
#include "views/timeline.hpp"

#include "asioscope/model/model.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asioscope::viewer {

/// What the shell draws in one frame.
struct scene {
  const model::program* program = nullptr;  ///< none yet
  connection_status connection;
  std::vector<local_program> programs;  ///< that can be watched
  std::uint64_t revision = 0;           ///< of the program
};

/// What the user wants of the program around.
struct wishes {
  std::optional<target> watch;
  std::optional<std::int64_t> show_until;  ///< of a recording
  bool toggle_pause = false;
  bool trace = false;  ///< the program is to send its events
  bool quit = false;
  bool go_on = false;  ///< the picture is not yet what it will be: draw again soon
};

/// The window's content: the bar with the program, the tabs, the panel, the line at the bottom.
class shell {
 public:
  explicit shell(panel first = panel::overview, float zoom = 1, saved_filters filters = {})
      : zoom_(zoom) {
    where_.current = first;
    where_.filters = std::move(filters);
  }

  wishes draw(const scene& now, bool paused);

  [[nodiscard]] float zoom() const { return zoom_; }
  [[nodiscard]] const saved_filters& filters() const { return where_.filters; }
  [[nodiscard]] panel current() const { return where_.current; }
  [[nodiscard]] bool help_is_open() const { return help_; }
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
  void obey(wishes& result);
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
  float zoom_ = 1;
  bool help_ = false;
  std::uint64_t banner_ = 0;
};

}  // namespace asioscope::viewer
