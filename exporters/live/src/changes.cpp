// SPDX-License-Identifier: BSL-1.0
#include "changes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace asioscope::live {
namespace {

std::uint64_t key_of(const schema::loop_info& value) { return value.id; }
std::uint64_t key_of(const schema::site_info& value) { return value.id; }
std::uint64_t key_of(const schema::thread_info& value) { return value.id; }
std::uint64_t key_of(const schema::task_info& value) { return value.id; }
std::uint64_t key_of(const schema::await_place& value) { return value.id; }
std::uint64_t key_of(const schema::resource_info& value) { return value.id; }
std::uint64_t key_of(const schema::await_chain& value) { return value.task; }
std::uint64_t key_of(const schema::loop_statistics& value) { return value.loop; }
std::uint64_t key_of(const schema::thread_statistics& value) { return value.thread; }

template <typename PerSite>
std::uint64_t key_of(const PerSite& value) {
  return (std::uint64_t{value.loop} << 32U) | value.site;
}

/// Finds elements by key in a list that is asked for them in nearly its own order, as that of one
/// snapshot by the next one: mostly the answer is the element behind the last one. The index for
/// the other cases is made when the first of them comes.
template <typename Value>
class lookup {
 public:
  explicit lookup(const std::vector<Value>& values) : values_(values) {}

  std::optional<std::size_t> find(std::uint64_t key) {
    if (next_ < values_.size() && key_of(values_[next_]) == key) return next_++;
    if (index_.empty()) {
      index_.reserve(values_.size());
      for (std::size_t i = 0; i < values_.size(); ++i)
        index_.emplace(key_of(values_[i]), i);
    }
    const auto found = index_.find(key);
    if (found == index_.end()) return std::nullopt;
    next_ = found->second + 1;
    return found->second;
  }

 private:
  const std::vector<Value>& values_;
  std::size_t next_ = 0;
  std::unordered_map<std::uint64_t, std::size_t> index_;
};

struct ignore_missing {
  template <typename Value>
  void operator()(const Value&) const {}
};

/// Appends to `changed` what is new in `to` or differs; calls `missing` with each element of `from`
/// that is not in `to`.
template <typename Value, typename Missing = ignore_missing>
void compare(const std::vector<Value>& from, const std::vector<Value>& to,
             std::vector<Value>& changed, Missing missing = {}) {
  lookup<Value> known{from};
  std::vector<bool> kept(from.size());
  std::size_t kept_count = 0;
  for (const Value& each : to) {
    const std::optional<std::size_t> before = known.find(key_of(each));
    if (!before || !(from[*before] == each)) changed.push_back(each);
    if (before && !kept[*before]) {
      kept[*before] = true;
      ++kept_count;
    }
  }
  if (kept_count == from.size()) return;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (!kept[i]) missing(from[i]);
  }
}

}  // namespace

schema::frame changes(const schema::snapshot& from, const schema::snapshot& to) {
  schema::frame result;
  result.time = to.time;
  result.self = to.self;
  compare(from.loops, to.loops, result.loops);
  compare(from.sites, to.sites, result.sites);
  compare(from.threads, to.threads, result.threads, [&](const schema::thread_info& each) {
    if (each.gone) return;
    result.threads.push_back(each);
    result.threads.back().gone = true;
  });
  compare(from.loop_stats, to.loop_stats, result.loop_stats);
  compare(from.thread_stats, to.thread_stats, result.thread_stats);
  compare(from.site_stats, to.site_stats, result.site_stats);
  compare(from.task_stats, to.task_stats, result.task_stats);
  compare(from.tasks, to.tasks, result.tasks, [&](const schema::task_info& each) {
    if (schema::is_live(each.state)) result.vanished_tasks.push_back(each.id);
  });
  compare(from.places, to.places, result.places);
  compare(from.await_chains, to.await_chains, result.await_chains,
          [&](const schema::await_chain& each) {
            result.await_chains.push_back({each.task, {}, {}, {}, {}});
          });
  compare(from.resources, to.resources, result.resources);
  return result;
}

bool is_news(const schema::frame& value) {
  return !(value.loops.empty() && value.sites.empty() && value.threads.empty() &&
           value.loop_stats.empty() && value.site_stats.empty() && value.task_stats.empty() &&
           value.tasks.empty() && value.reports.empty() && value.events.empty() &&
           value.messages.empty() && value.gaps.empty() && value.vanished_tasks.empty() &&
           value.await_chains.empty() && value.resources.empty());
}

}  // namespace asioscope::live
