// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/filter_box.hpp"
#include "views/navigation.hpp"
#include "views/range_filter.hpp"
#include "views/search_pace.hpp"
#include "views/task_groups.hpp"
#include "widgets/table.hpp"

#include "asioscope/model/program.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace asioscope::viewer {

/// The tasks of one name on one loop.
struct task_name_row {
  model::program::key key;
  std::string name;
  std::string loop;
  std::uint64_t live = 0;
  std::uint64_t spawned = 0;
  std::uint64_t ended = 0;
  double rate = 0;  ///< spawned per second lately; in a stretch of time: ended per second
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t abandoned = 0;
  double mean = 0;  ///< seconds that those which ended lived
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  std::uint64_t running = 0;  ///< of those that live; the rest was added up a while ago
  std::uint64_t waiting = 0;
  double age_p50 = 0;  ///< seconds that those which live have lived
  double age_p99 = 0;
  double busy_p50 = 0;  ///< seconds on a thread, of each
  double busy_p99 = 0;
};

/// `groups`: what was added up of single tasks.
[[nodiscard]] std::vector<task_name_row> task_name_rows(const model::program& program,
                                                        const task_groups& groups);

/// Those of which some ended in the chosen stretch of time; of the single ones nothing is told.
[[nodiscard]] std::vector<task_name_row> task_name_rows(const model::program& program,
                                                        const range_filter& range);

/// All names of tasks with their figures; a click shows how long they lived.
class task_names_view {
 public:
  /// True when the tasks of the chosen name are to be listed: its name is in `chosen()`.
  bool draw(const model::program& program, std::uint64_t revision, const filter_box& filter,
            navigation& where);
  [[nodiscard]] bool is_searching() const { return search_.is_going_on(); }
  bool back() { return std::exchange(table_.has_selection, false); }

  [[nodiscard]] const std::string& chosen() const { return chosen_; }
  [[nodiscard]] const table_state<model::program::key>& table() const { return table_; }
  [[nodiscard]] const std::vector<task_name_row>& shown() const { return rows_; }

 private:
  bool draw_detail(const model::program& program, const schema::task_statistics& figures,
                   bool is_range);

  /// Of the selected name; nullptr when nothing is known of it.
  [[nodiscard]] const schema::task_statistics* figures_of(const model::program& program,
                                                          const range_filter& range) const;
  void search(const model::program& program, std::uint64_t revision);

  table_state<model::program::key> table_{.sort_column = 1};
  table_state<model::program::key> range_table_{.sort_column = 1};
  task_groups_search search_;
  search_pace pace_;
  task_groups groups_;
  std::vector<task_name_row> rows_;
  std::string chosen_;
};

}  // namespace asioscope::viewer
