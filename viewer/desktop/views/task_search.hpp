// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "widgets/text_filter.hpp"

#include "asioscope/model/program.hpp"
#include "asioscope/model/task_warnings.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace asioscope::viewer {

/// Where a task stands in the tree of who spawned whom.
struct tree_place {
  std::uint32_t depth = 0;
  std::uint64_t below = 0;  ///< that it spawned, and these; of them, those that pass the filter
  bool is_open = false;
  bool is_match = true;  ///< passes the filter itself

  friend bool operator==(const tree_place&, const tree_place&) = default;
};

struct task_row {
  std::uint64_t id = 0;
  std::string name;
  std::string loop;
  schema::task_state state = schema::task_state::ready;
  double age = 0;        ///< seconds it has lived, or lived
  double busy = 0;       ///< seconds in runs, with the one going on now
  double scheduled = 0;  ///< seconds ready, without a thread
  double idle = 0;       ///< seconds that are left
  double longest = 0;    ///< longest run, with the one going on now
  std::uint64_t runs = 0;
  std::uint64_t parent = 0;
  model::warning_count warnings;
  std::string waiting;  ///< what it waits for, and where, as far as somebody asked for it
  std::string site;     ///< its coroutine, the same
  tree_place tree;
};

[[nodiscard]] task_row row_of(const model::program& program, const schema::task_info& task);

/// The coroutine that it was spawned with, and the file of that; empty: not known.
[[nodiscard]] std::string site_text(const model::program& program, std::uint64_t task);

/// What a suspended task waits for; empty for others.
[[nodiscard]] std::string waiting_text(const model::program& program,
                                       const schema::task_info& task);

/// What a filter can ask for of a task by name; see task_text().
enum class task_field : std::uint8_t { name, state, site, waits, id, loop, parent };
inline constexpr std::array<filter_field, 7> task_fields = {{
    {.name = "name"},
    {.name = "state"},
    {.name = "site"},
    {.name = "waits"},
    {.name = "id"},
    {.name = "loop", .is_asked_by_name = true},
    {.name = "parent", .is_asked_by_name = true, .is_whole = true},
}};
[[nodiscard]] std::string task_text(const model::program& program, const schema::task_info& task,
                                    task_field field);

/// Which tasks, and which of them first.
struct task_question {
  bool live = true;
  bool ended = true;
  std::optional<std::uint64_t> parent;  ///< those that this task spawned
  text_filter filter;
  model::task_judge judge;
  std::function<bool(const task_row&, const task_row&)> comes_first;
  std::function<bool(const schema::task_info&)> is_wanted = {};  ///< none: all are
  bool asks_for_waiting = false;  ///< the order depends on task_row::waiting
  bool asks_for_site = false;     ///< or on task_row::site
};

/// Finds the first ten thousand of perhaps a million tasks, a portion for each picture, so that no
/// picture takes long.
class task_search {
 public:
  static constexpr std::size_t most_rows = 10'000;
  static constexpr std::size_t portion = 30'000;  ///< at most
  /// Where a task takes long, as with some patterns, a portion has fewer.
  static constexpr std::chrono::microseconds portion_time{1'500};

  void begin(task_question question);
  /// Looks at a portion. True when all have been looked at: then take().
  bool step(const model::program& program);
  [[nodiscard]] bool is_going_on() const { return is_going_on_; }
  [[nodiscard]] std::size_t steps() const { return steps_; }
  /// How many fit, found so far.
  [[nodiscard]] std::size_t matches() const { return matches_; }
  /// Of these, how many live.
  [[nodiscard]] std::size_t live_matches() const { return live_matches_; }
  /// The first of them, in order.
  [[nodiscard]] std::vector<task_row> take();

 private:
  void look_at(const model::program& program, const schema::task_info& task);
  void keep_first();

  task_question question_;
  bool is_going_on_ = false;
  std::size_t steps_ = 0;
  std::size_t place_ = 0;
  std::size_t matches_ = 0;
  std::size_t live_matches_ = 0;
  std::vector<task_row> rows_;  // up to twice as many as are wanted
};

}  // namespace asioscope::viewer
