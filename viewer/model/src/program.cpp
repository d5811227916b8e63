// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/program.hpp"

#include "asioscope/model/text.hpp"

#include <algorithm>
#include <utility>

namespace asioscope::model {
namespace {

// The entry of `key`, made when there is room; nullptr when there is none.
template <class Map, class... Arguments>
typename Map::mapped_type* entry_of(Map& map, const typename Map::key_type& key, std::size_t limit,
                                    Arguments&&... arguments) {
  const auto found = map.find(key);
  if (found != map.end()) return &found->second;
  if (map.size() >= limit) return nullptr;
  return &map.try_emplace(key, std::forward<Arguments>(arguments)...).first->second;
}

}  // namespace

program::program(const schema::hello& identity, std::size_t trace_events)
    : identity_(identity), trace_(trace_events) {
  for (std::string* text :
       {&identity_.program, &identity_.host, &identity_.build, &identity_.clock}) {
    *text = clean_text(*text, limits::name_bytes);
  }
  tasks_.begin_snapshot();
}

bool program::is(const schema::hello& other) const noexcept {
  return other.pid == identity_.pid && other.started_realtime_ns == identity_.started_realtime_ns &&
         clean_text(other.program, limits::name_bytes) == identity_.program &&
         clean_text(other.host, limits::name_bytes) == identity_.host;
}

void program::begin_snapshot() {
  in_snapshot_ = true;
  if (std::exchange(is_traced_, false)) traced_until_ns_ = time_.monotonic_ns;
  tasks_.begin_snapshot();
  awaits_.begin_snapshot();
  reports_.begin_snapshot();
  trace_.interrupt();
}

void program::fold(const schema::frame& frame) {
  ++frames_;
  note_tracing(frame);
  time_ = frame.time;
  if (tracing_ && !frame.tracing) trace_.interrupt();
  tracing_ = frame.tracing;
  self_ = frame.self;
  fold_names(frame);
  fold_statistics(frame);
  fold_lists(frame);
  if (frame.snapshot_end) finish_snapshot();
  if (!in_snapshot_) advance();
}

// What a frame says of tracing holds from the frame before it on.
void program::note_tracing(const schema::frame& frame) {
  const bool is_traced = frame.tracing && !in_snapshot_;
  if (is_traced_ && !is_traced) traced_until_ns_ = time_.monotonic_ns;
  if (is_traced && traced_until_ns_ != 0) {
    untraced_.push({std::exchange(traced_until_ns_, 0), frame.time.monotonic_ns});
  }
  is_traced_ = is_traced;
}

void program::fold_names(const schema::frame& frame) {
  for (const schema::loop_info& info : frame.loops) {
    if (loop* known = loop_of(info.id)) known->describe(info);
  }
  for (const schema::site_info& info : frame.sites) {
    if (auto* known = entry_of(site_names_, info.id, limits::sites)) {
      *known = info;
      known->name = clean_text(info.name, limits::name_bytes);
      known->operation = clean_text(info.operation, limits::name_bytes);
    } else {
      ++refused_;
    }
  }
  for (const schema::thread_info& info : frame.threads) {
    if (auto* known = entry_of(threads_, info.id, limits::threads)) {
      known->info = info;
      known->info.name = clean_text(info.name, limits::name_bytes);
    } else {
      ++refused_;
    }
  }
}

void program::fold_statistics(const schema::frame& frame) {
  for (const schema::thread_statistics& statistics : frame.thread_stats) {
    if (const auto known = threads_.find(statistics.thread); known != threads_.end())
      known->second.statistics = statistics;
  }

  for (const schema::loop_statistics& statistics : frame.loop_stats) {
    if (loop* known = loop_of(statistics.loop)) known->update(statistics);
  }
  for (const schema::site_statistics& statistics : frame.site_stats) {
    const key where{statistics.loop, statistics.site};
    site* known = entry_of(sites_, where, limits::site_statistics, statistics);
    if (known == nullptr) {
      ++refused_;
      continue;
    }
    const std::uint64_t more = known->update(statistics);
    if (loop* ran_on = loop_of(statistics.loop)) ran_on->count_handlers(more);
  }
  for (const schema::task_statistics& statistics : frame.task_stats) {
    const key where{statistics.loop, statistics.site};
    if (auto* known = entry_of(task_names_, where, limits::site_statistics)) {
      known->update(statistics);
    } else {
      ++refused_;
    }
  }
}

void program::fold_lists(const schema::frame& frame) {
  for (const schema::await_place& place : frame.places)
    awaits_.fold(place);
  for (const schema::await_chain& chain : frame.await_chains)
    awaits_.fold(chain);
  for (const schema::task_info& info : frame.tasks) {
    tasks_.fold(info);
    if (!schema::is_live(info.state)) awaits_.forget(info.id);
  }
  for (const std::uint64_t id : frame.vanished_tasks) {
    tasks_.vanish(id);
    awaits_.forget(id);
  }
  for (const schema::resource_info& info : frame.resources)
    resources_.fold(info);
  for (const schema::report& report : frame.reports)
    reports_.fold(report);
  for (const schema::gap& gap : frame.gaps) {
    gaps_.push(gap);
    trace_.fold(gap);
    events_in_gaps_ += gap.count;
  }
  for (const schema::text_message& message : frame.messages) {
    schema::text_message kept = message;
    kept.text = clean_text(message.text, limits::message_bytes);
    messages_.push(std::move(kept));
  }
  for (const schema::event_batch& batch : frame.events) {
    trace_.fold(batch);
    events_ += batch.events.size();
  }
}

void program::finish_snapshot() {
  if (!in_snapshot_) return;
  in_snapshot_ = false;
  tasks_.end_snapshot();
  if (complete_) return;  // reconnected: the time in between becomes one long sample
  complete_ = true;
  for (auto& [id, each] : loops_)
    each.rebase(time_.monotonic_ns);
  for (auto& [where, each] : sites_)
    each.rebase();
  for (auto& [where, each] : task_names_)
    each.rebase();
  sampled_ns_ = time_.monotonic_ns;
  ticks_.push(time_.monotonic_ns);
}

void program::advance() {
  const std::int64_t now = time_.monotonic_ns;
  if (now - sampled_ns_ >= limits::sample_interval_ns) {
    for (auto& [id, each] : loops_)
      each.sample(sampled_ns_, now);
    sampled_ns_ = now;
  }
  if (now - ticks_.back() >= limits::tick_ns) {
    ticks_.push(now);
    const horizon when{now, window_start_ns(), start_of_last(limits::minute_ns)};
    for (auto& [id, each] : loops_)
      each.tick(when);
    for (auto& [where, each] : sites_)
      each.tick(when);
    for (auto& [where, each] : task_names_)
      each.tick(when);
    resources_.sample(now);
  }
}

loop* program::loop_of(std::uint32_t id) {
  loop* known = entry_of(loops_, id, limits::loops, id);
  if (known == nullptr) ++refused_;
  return known;
}

std::int64_t program::start_of_last(std::int64_t span_ns) const noexcept {
  if (ticks_.empty()) return time_.monotonic_ns;
  for (std::size_t index = ticks_.size(); index-- > 0;) {
    if (ticks_[index] <= time_.monotonic_ns - span_ns) return ticks_[index];
  }
  return ticks_[0];
}

double program::window_seconds() const noexcept {
  return static_cast<double>(time_.monotonic_ns - window_start_ns()) / 1e9;
}

std::int64_t program::started_ns() const noexcept {
  // Unsigned: a stream can claim any moments.
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(time_.monotonic_ns) -
                                   static_cast<std::uint64_t>(time_.realtime_ns) +
                                   static_cast<std::uint64_t>(identity_.started_realtime_ns));
}

double program::uptime_seconds() const noexcept {
  return static_cast<double>(time_.realtime_ns - identity_.started_realtime_ns) / 1e9;
}

totals program::sum() const {
  totals result;
  for (const auto& [id, each] : loops_) {
    result.handlers += each.handlers();
    result.busy_ns += each.statistics().busy_ns;
    result.pending += each.statistics().pending;
    result.stalls += each.statistics().stalls;
    result.stall_ns += each.statistics().stall_ns;
  }
  for (const auto& [where, each] : sites_) {
    result.slow += each.statistics().slow;
    result.failed += each.statistics().failed;
  }
  for (const auto& [where, name] : task_names_) {
    const schema::task_statistics& each = name.statistics();
    result.tasks_spawned += each.spawned;
    result.tasks_finished += each.finished;
    result.tasks_failed += each.failed;
    result.tasks_cancelled += each.cancelled;
    result.tasks_abandoned += each.abandoned;
  }
  result.events_in_gaps = events_in_gaps_;
  return result;
}

std::string program::loop_name(std::uint32_t id) const {
  const auto found = loops_.find(id);
  if (found == loops_.end() || found->second.info().name.empty()) {
    return "loop " + std::to_string(id);
  }
  return found->second.info().name;
}

std::string program::site_name(std::uint32_t id) const {
  const auto found = site_names_.find(id);
  if (found == site_names_.end() || found->second.name.empty()) {
    return "site " + std::to_string(id);
  }
  return found->second.name;
}

std::string program::site_operation(std::uint32_t id) const {
  const auto found = site_names_.find(id);
  return found == site_names_.end() ? std::string() : found->second.operation;
}

std::string program::thread_name(std::uint32_t id) const {
  const auto found = threads_.find(id);
  if (found == threads_.end()) return "thread " + std::to_string(id);
  const schema::thread_info& info = found->second.info;
  const std::string os_id = std::to_string(info.os_id);
  return info.name.empty() ? "thread " + os_id : info.name + " (" + os_id + ")";
}

std::string program::wait_text(std::uint64_t task) const {
  const auto line = resources_.wait_of(task);
  return awaits_.text(task, line ? name_of(*line->resource) : awaits_.operation(task));
}

}  // namespace asioscope::model
