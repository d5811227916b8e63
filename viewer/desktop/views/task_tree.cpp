// SPDX-License-Identifier: BSL-1.0
#include "views/task_tree.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <numeric>
#include <unordered_map>

namespace asioscope::viewer {

void task_tree_search::begin(task_question question, open_nodes open) {
  question_ = std::move(question);
  open_ = std::move(open);
  now_ = phase::count;
  steps_ = 0;
  ended_are_done_ = false;
  place_ = 0;
  visible_ = 0;
  below_->clear();
  rows_.clear();
}

bool task_tree_search::passes(const model::program& program, const schema::task_info& task) const {
  if (question_.is_wanted && !question_.is_wanted(task)) return false;
  return question_.filter.is_empty() || question_.filter.passes([&](std::size_t field) {
    return task_text(program, task, static_cast<task_field>(field));
  });
}

// Null: it is a root, since nobody spawned it or who did is not in the tree.
const schema::task_info* task_tree_search::parent_of(const model::program& program,
                                                     const schema::task_info& task) const {
  if (task.parent == 0 || task.parent == task.id) return nullptr;
  const schema::task_info* const parent = program.tasks().find(task.parent);
  if (parent == nullptr) return nullptr;
  return (schema::is_live(parent->state) ? question_.live : question_.ended) ? parent : nullptr;
}

void task_tree_search::count(const model::program& program, const schema::task_info& task) {
  if (!passes(program, task)) return;
  const schema::task_info* above = parent_of(program, task);
  for (std::size_t level = 0; above != nullptr && level < most_levels; ++level) {
    below_->add(above->id);
    above = parent_of(program, *above);
  }
}

void task_tree_search::select(const model::program& program, const schema::task_info& task) {
  const std::uint64_t below = below_->of(task.id);
  const bool is_match = passes(program, task);
  if (!is_match && below == 0) return;
  std::uint32_t depth = 0;
  for (const schema::task_info* above = parent_of(program, task); above != nullptr;
       above = parent_of(program, *above)) {
    if (!open_.has(above->id) || ++depth > most_levels) return;
  }
  ++visible_;
  task_row& row = rows_.emplace_back(row_of(program, task));
  row.warnings = question_.judge.count(program, task);
  if (question_.asks_for_waiting) row.waiting = waiting_text(program, task);
  if (question_.asks_for_site) row.site = site_text(program, task.id);
  row.tree = {.depth = depth, .below = below, .is_open = open_.has(task.id), .is_match = is_match};
  if (rows_.size() == 2 * most_rows) keep_first();
}

// None goes before what is below it: that is deeper.
void task_tree_search::keep_first() {
  if (rows_.size() <= most_rows) return;
  const auto last = rows_.begin() + static_cast<std::ptrdiff_t>(most_rows);
  std::ranges::nth_element(rows_, last, [this](const task_row& left, const task_row& right) {
    if (left.tree.depth != right.tree.depth) return left.tree.depth < right.tree.depth;
    return question_.comes_first(left, right);
  });
  rows_.erase(last, rows_.end());
}

void task_tree_search::look_at(const model::program& program, const schema::task_info& task) {
  now_ == phase::count ? count(program, task) : select(program, task);
}

bool task_tree_search::step(const model::program& program) {
  if (now_ == phase::none) return true;
  ++steps_;
  if (now_ == phase::order) {
    put_in_order();
    now_ = phase::none;
    return true;
  }
  using clock = std::chrono::steady_clock;
  const clock::time_point end = clock::now() + task_search::portion_time;
  const auto look = [&](const schema::task_info& task) { look_at(program, task); };
  do {
    // Those that have ended are few.
    if (!std::exchange(ended_are_done_, true) && question_.ended)
      program.tasks().for_each_ended(look);
    constexpr std::size_t between_looks_at_the_clock = 32;
    if (question_.live)
      place_ = program.tasks().visit_live(place_, between_looks_at_the_clock, look);
    if (place_ != 0) continue;
    if (now_ == phase::select) {
      now_ = phase::order;
      // In this picture only when there is little.
      if (rows_.size() > most_rows / 10) return false;
      return step(program);
    }
    now_ = phase::select;
    ended_are_done_ = false;
  } while (clock::now() < end);
  return false;
}

// What has lost the task above it, since that was looked at later, is missing until the next time.
void task_tree_search::put_in_order() {
  keep_first();
  // Siblings next to each other, then from the roots on down.
  const auto group_of = [](const task_row& row) { return row.tree.depth == 0 ? 0 : row.parent; };
  std::vector<std::size_t> siblings(rows_.size());
  std::iota(siblings.begin(), siblings.end(), std::size_t{0});
  std::ranges::sort(siblings, [&](std::size_t one, std::size_t other) {
    const task_row& left = rows_[one];
    const task_row& right = rows_[other];
    if (group_of(left) != group_of(right)) return group_of(left) < group_of(right);
    return question_.comes_first(left, right);
  });
  std::unordered_map<std::uint64_t, std::pair<std::size_t, std::size_t>> groups;
  for (std::size_t index = 0; index < siblings.size(); ++index) {
    auto& group = groups.try_emplace(group_of(rows_[siblings[index]]), index, index).first->second;
    group.second = index + 1;
  }
  std::vector<task_row> ordered;
  ordered.reserve(rows_.size());
  std::vector<std::pair<std::size_t, std::size_t>> open;
  const auto enter = [&](std::uint64_t group) {
    if (const auto found = groups.find(group); found != groups.end()) {
      open.push_back(found->second);
      groups.erase(found);  // once, whatever the stream says
    }
  };
  enter(0);
  while (!open.empty()) {
    auto& [next, last] = open.back();
    if (next == last) {
      open.pop_back();
      continue;
    }
    ordered.push_back(std::move(rows_[siblings[next++]]));
    enter(ordered.back().id);
  }
  rows_ = std::move(ordered);
}

std::vector<task_row> task_tree_search::take() { return std::exchange(rows_, {}); }

}  // namespace asioscope::viewer
