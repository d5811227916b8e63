// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/tasks.hpp"

#include "asioscope/model/limits.hpp"

namespace asioscope::model {

void task_table::end_snapshot() {
  std::erase_if(live_, [this](const auto& item) { return item.second.generation != generation_; });
}

void task_table::fold(const schema::task_info& info) {
  if (!schema::is_live(info.state)) {
    live_.erase(info.id);
    bury(info);
    return;
  }
  if (ended_at_.contains(info.id)) return;  // said late: it has ended already
  const auto found = live_.find(info.id);
  if (found != live_.end()) {
    found->second = {info, generation_};
  } else if (live_.size() < limits::live_tasks) {
    live_.emplace(info.id, entry{info, generation_});
  } else {
    ++refused_;
  }
}

void task_table::bury(const schema::task_info& info) {
  if (const auto known = ended_at_.find(info.id); known != ended_at_.end())
    drop(ended_.find({known->second, info.id}));
  ended_.emplace(ended_key{info.ended_ns, info.id}, info);
  ended_at_.emplace(info.id, info.ended_ns);
  if (is_notable(info)) ++notable_;
  if (ended_.size() <= limits::ended_tasks) return;
  auto oldest = ended_.cbegin();
  if (notable_ <= limits::notable_tasks)
    while (is_notable(oldest->second))
      ++oldest;
  drop(oldest);
}

void task_table::drop(std::map<ended_key, schema::task_info>::const_iterator at) {
  if (is_notable(at->second)) --notable_;
  ended_at_.erase(at->second.id);
  ended_.erase(at);
}

bool lived_at(const schema::task_info& task, std::int64_t moment_ns) noexcept {
  return task.spawned_ns - lifetime_tolerance_ns <= moment_ns &&
         (schema::is_live(task.state) || moment_ns <= task.ended_ns + lifetime_tolerance_ns);
}

const schema::task_info* task_table::find_by_low_half(std::uint32_t low,
                                                      std::int64_t moment_ns) const {
  const std::size_t of_live = live_.bucket(low);
  for (auto at = live_.begin(of_live); at != live_.end(of_live); ++at) {
    if (static_cast<std::uint32_t>(at->first) == low && lived_at(at->second.info, moment_ns))
      return &at->second.info;
  }
  const std::size_t of_ended = ended_at_.bucket(low);
  for (auto at = ended_at_.begin(of_ended); at != ended_at_.end(of_ended); ++at) {
    if (static_cast<std::uint32_t>(at->first) != low) continue;
    const schema::task_info* const ended = find(at->first);
    if (ended != nullptr && lived_at(*ended, moment_ns)) return ended;
  }
  return nullptr;
}

const schema::task_info* task_table::find(std::uint64_t id) const {
  if (const auto live = live_.find(id); live != live_.end()) return &live->second.info;
  const auto at = ended_at_.find(id);
  if (at == ended_at_.end()) return nullptr;
  const auto ended = ended_.find({at->second, id});
  return ended == ended_.end() ? nullptr : &ended->second;
}

}  // namespace asioscope::model
