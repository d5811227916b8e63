// SPDX-License-Identifier: BSL-1.0
#include "ended_tasks.hpp"

#include "locks.hpp"
#include "never_destroyed.hpp"

#include "asioscope/recorder/thread_state.hpp"

#include <algorithm>
#include <array>
#include <mutex>

namespace asioscope::recorder {

namespace {

template <std::size_t Capacity>
class latest {
 public:
  void add(const ended_task& task) noexcept { ring_[count_++ % Capacity] = task; }

  void append_to(std::vector<ended_task>& list) const {
    for (std::size_t i = count_ - std::min(count_, Capacity); i < count_; ++i)
      list.push_back(ring_[i % Capacity]);
  }

 private:
  std::array<ended_task, Capacity> ring_{};
  std::size_t count_ = 0;
};

struct ended_tasks {
  latest<ended_tasks_kept> ordinary;
  latest<notable_tasks_kept> notable;
};
constinit never_destroyed<ended_tasks> ended;

bool is_notable(const ended_task& task) noexcept {
  return task.outcome == schema::task_state::failed ||
         task.longest > detail::slow_threshold.load(std::memory_order_relaxed);
}

}  // namespace

void keep_ended_task(const ended_task& task) noexcept {
  const std::unique_lock lock(lock_of(shared::ended_tasks), std::try_to_lock);
  if (!lock) return;
  if (is_notable(task))
    ended->notable.add(task);
  else
    ended->ordinary.add(task);
}

std::vector<ended_task> list_ended_tasks() {
  std::vector<ended_task> list;
  list.reserve(ended_tasks_kept + notable_tasks_kept);
  {
    const std::lock_guard lock(lock_of(shared::ended_tasks));
    ended->ordinary.append_to(list);
    ended->notable.append_to(list);
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const ended_task& a, const ended_task& b) { return a.ended < b.ended; });
  return list;
}

}  // namespace asioscope::recorder
