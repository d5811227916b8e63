// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/detail/loop_accounts.hpp"

#include <algorithm>
#include <utility>

namespace asioscope::core::detail {

loop_accounts::loop_accounts(const event_loop_options& options)
    : debug_(options.debug), slow_after_(options.slow_after), stuck_after_(options.stuck_after) {}

void loop_accounts::enter(loop_thread& self, std::string name) {
  self.loop = this;
  self.latest = &latest_task_here;
  self.name = std::move(name);
  self.stuck = stuck_rule(stuck_after_);
  {
    const std::lock_guard lock(threads_mutex_);
    threads_.push_back(&self);
  }
  self.outer = std::exchange(current_loop_thread, &self);
}

void loop_accounts::leave(loop_thread& self) noexcept {
  current_loop_thread = self.outer;
  const std::lock_guard lock(threads_mutex_);
  std::erase(threads_, &self);
  handlers_before_ += self.handlers.load(std::memory_order_relaxed);
}

std::vector<loop_accounts::thread_view> loop_accounts::threads(bool look_for_stuck) const {
  constexpr auto order = std::memory_order_relaxed;
  std::vector<thread_view> all;
  const std::lock_guard lock(threads_mutex_);
  all.reserve(threads_.size());
  const nanoseconds moment = now();
  for (loop_thread* const each : threads_) {
    thread_view& view = all.emplace_back();
    const nanoseconds began(each->run_began.load(order));
    view.info = {each->name, each->cpu, each->pin_error, each->handlers.load(order),
                 began.count() == 0 ? nanoseconds(0) : moment - began};
    view.monitor = each->latest->monitor.load(order);
    view.task = each->latest->id.load(order);
    view.stuck_is_due =
        look_for_stuck && began.count() != 0 &&
        each->stuck.is_due(static_cast<std::uint64_t>(began.count()), began, moment);
  }
  return all;
}

std::uint64_t loop_accounts::handlers() const {
  const std::lock_guard lock(threads_mutex_);
  std::uint64_t sum = handlers_before_;
  for (const loop_thread* const each : threads_)
    sum += each->handlers.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace asioscope::core::detail
