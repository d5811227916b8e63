// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/habits.hpp"
#include "views/panels.hpp"
#include "views/range_filter.hpp"

#include "asioscope/model/latest_run.hpp"

#include <cstdint>
#include <optional>

namespace asioscope::viewer {

/// Where the user is, and where a click in one panel leads in another.
struct navigation {
  panel current = panel::overview;
  std::uint64_t report_to_show = 0;                    ///< taken by the stalls panel
  std::uint32_t site_to_show = 0;                      ///< taken by the handlers panel
  std::uint64_t task_to_show = 0;                      ///< taken by the tasks panel
  std::optional<std::uint32_t> resource_to_show = {};  ///< taken by the resources panel
  std::optional<stretch> moment_to_show = {};          ///< taken by the timeline
  std::optional<model::found_run> run_to_show = {};    ///< taken by the timeline
  range_filter range;                                  ///< of which the views show what happened
  bool trace_wanted = false;                           ///< the program is to send its events
  bool copy_table = false;                             ///< taken by the panel that has a table
  viewer::habits habits = {};                          ///< taken over from and by the window
  bool focus_filter = false;                           ///< taken by the panel that has a filter

  void show_report(std::uint64_t id) {
    current = panel::stalls;
    report_to_show = id;
  }
  void show_moment(std::int64_t begin_ns, std::int64_t end_ns) {
    current = panel::timeline;
    moment_to_show = {begin_ns, end_ns};
  }
  void show_run(const model::found_run& run) {
    current = panel::timeline;
    run_to_show = run;
  }
  void show_site(std::uint32_t id) {
    current = panel::handlers;
    site_to_show = id;
  }
  void show_resource(std::uint32_t id) {
    current = panel::resources;
    resource_to_show = id;
  }
  void show_task(std::uint64_t id) {
    current = panel::tasks;
    task_to_show = id;
  }
};

}  // namespace asioscope::viewer
