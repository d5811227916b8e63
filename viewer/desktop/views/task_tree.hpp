// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/task_search.hpp"

#include "asioscope/model/id_counts.hpp"
#include "asioscope/model/program.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_set>
#include <utility>
#include <vector>

namespace asioscope::viewer {

/// Which nodes of the tree are open: all or none, but for some.
class open_nodes {
 public:
  void set_all(bool open) {
    all_ = open;
    others_.clear();
    ++version_;
  }
  void toggle(std::uint64_t task) {
    if (others_.erase(task) == 0) others_.insert(task);
    ++version_;
  }
  void open(std::uint64_t task) {
    if (!has(task)) toggle(task);
  }
  [[nodiscard]] bool has(std::uint64_t task) const { return others_.contains(task) != all_; }
  [[nodiscard]] bool all() const { return all_; }
  /// Another one for each change.
  [[nodiscard]] std::uint64_t version() const { return version_; }

 private:
  bool all_ = false;
  std::unordered_set<std::uint64_t> others_;
  std::uint64_t version_ = 0;
};

/// Tasks below those that spawned them, those that pass the filter with all above them; perhaps a
/// million, a portion for each picture. First all are counted, then those that can be seen are
/// found; of more than ten thousand those nearest to the root.
class task_tree_search {
 public:
  static constexpr std::size_t most_rows = task_search::most_rows;
  /// So far up it is looked; what lies deeper is not counted above that.
  static constexpr std::size_t most_levels = 256;

  void begin(task_question question, open_nodes open);
  void stop() { now_ = phase::none; }
  /// True when all have been looked at: then take().
  bool step(const model::program& program);
  [[nodiscard]] bool is_going_on() const { return now_ != phase::none; }
  [[nodiscard]] std::size_t steps() const { return steps_; }
  /// How many could be seen, found so far.
  [[nodiscard]] std::size_t visible() const { return visible_; }
  /// As the tree is read: each above those that it spawned, siblings in order.
  [[nodiscard]] std::vector<task_row> take();

 private:
  enum class phase : std::uint8_t { none, count, select, order };

  void look_at(const model::program& program, const schema::task_info& task);
  void count(const model::program& program, const schema::task_info& task);
  void select(const model::program& program, const schema::task_info& task);
  [[nodiscard]] const schema::task_info* parent_of(const model::program& program,
                                                   const schema::task_info& task) const;
  [[nodiscard]] bool passes(const model::program& program, const schema::task_info& task) const;
  void keep_first();
  void put_in_order();

  task_question question_;
  open_nodes open_;
  phase now_ = phase::none;
  std::size_t steps_ = 0;
  bool ended_are_done_ = false;
  std::size_t place_ = 0;
  std::size_t visible_ = 0;
  std::unique_ptr<model::id_counts> below_ = std::make_unique<model::id_counts>();
  std::vector<task_row> rows_;  // up to twice as many as are wanted
};

}  // namespace asioscope::viewer
