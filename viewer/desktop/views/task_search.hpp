// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "widgets/text_filter.hpp"

#include "asioscope/model/program.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace asioscope::viewer {

struct task_row {
  std::uint64_t id = 0;
  std::string name;
  std::string loop;
  schema::task_state state = schema::task_state::ready;
  double age = 0;  ///< seconds it has lived, or lived
  double busy = 0;
  double scheduled = 0;  ///< seconds in runs, with the one going on now
  double longest = 0;    ///< longest run, with the one going on now
  std::uint64_t runs = 0;
  std::uint64_t parent = 0;
  std::string waiting;  ///< what it waits for, and where, as far as somebody asked for it
};

[[nodiscard]] task_row row_of(const model::program& program, const schema::task_info& task);

/// What a suspended task waits for; empty for others.
[[nodiscard]] std::string waiting_text(const model::program& program,
                                       const schema::task_info& task);

/// Which tasks, and which of them first.
struct task_question {
  bool live = true;
  bool ended = true;
  text_filter filter;
  std::function<bool(const task_row&, const task_row&)> comes_first;
  std::function<bool(const schema::task_info&)> is_wanted = {};  ///< none: all are
  bool asks_for_waiting = false;  ///< the order depends on task_row::waiting
};

/// Finds the first ten thousand of perhaps a million tasks, a portion for each picture, so that no
/// picture takes long.
class task_search {
 public:
  static constexpr std::size_t most_rows = 10'000;
  static constexpr std::size_t portion = 30'000;  ///< 2 ms of work

  void begin(task_question question);
  /// Looks at a portion. True when all have been looked at: then take().
  bool step(const model::program& program);
  [[nodiscard]] bool is_going_on() const { return is_going_on_; }
  [[nodiscard]] std::size_t steps() const { return steps_; }
  /// How many fit, found so far.
  [[nodiscard]] std::size_t matches() const { return matches_; }
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
  std::vector<task_row> rows_;  // up to twice as many as are wanted
};

}  // namespace asioscope::viewer
