// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>
#include <utility>

namespace asioscope::model {

/// Moments are converted one by one, and the clock is refined while the program runs: those of a
/// task may lie so far outside of its life.
inline constexpr std::int64_t lifetime_tolerance_ns = 100'000;

/// Whether it did, as far as that can be told.
[[nodiscard]] bool lived_at(const schema::task_info& task, std::int64_t moment_ns) noexcept;

/// Tasks that live, and those that ended last; of these, the ones that failed or had a run longer
/// than `slow_ns` stay longer than the others.
class task_table {
 public:
  explicit task_table(std::uint64_t slow_ns) : slow_ns_(slow_ns) {}

  /// A snapshot begins: live tasks that it does not mention ended while nobody looked.
  void begin_snapshot() noexcept { ++generation_; }
  void end_snapshot();

  void fold(const schema::task_info& info);

  /// A live task ended and nobody saw how.
  void vanish(std::uint64_t id) { live_.erase(id); }

  /// The task if it lives or ended lately.
  [[nodiscard]] const schema::task_info* find(std::uint64_t id) const;
  /// The same for the low 32 bits of its id, which is what events name it by. Many tasks may share
  /// them, one after the other: that which lived at `moment_ns`.
  [[nodiscard]] const schema::task_info* find_by_low_half(std::uint32_t low,
                                                          std::int64_t moment_ns) const;

  template <class Visitor>
  void for_each_live(Visitor visitor) const {
    for (const auto& [id, known] : live_)
      visitor(known.info);
  }
  /// The same in portions: visits about `most` from `place` on, 0 at first; returns the place to go
  /// on from, 0 when that were all. Between portions tasks may come and go: one that does may be
  /// missed, and when the table has grown, some may be visited twice.
  template <class Visitor>
  std::size_t visit_live(std::size_t place, std::size_t most, Visitor visitor) const {
    std::size_t visited = 0;
    for (; place < live_.bucket_count(); ++place) {
      if (visited >= most) return place;
      for (auto at = live_.begin(place); at != live_.end(place); ++at, ++visited)
        visitor(at->second.info);
    }
    return 0;
  }
  /// In the order in which they ended.
  template <class Visitor>
  void for_each_ended(Visitor visitor) const {
    for (const auto& [key, info] : ended_)
      visitor(info);
  }
  [[nodiscard]] std::size_t live() const noexcept { return live_.size(); }
  [[nodiscard]] std::size_t ended() const noexcept { return ended_.size(); }
  /// Live tasks that are not listed because there are too many.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

 private:
  struct entry {
    schema::task_info info;
    std::uint32_t generation = 0;
  };
  using ended_key = std::pair<std::int64_t, std::uint64_t>;  // end, id

  /// Ids of one low half meet in one bucket.
  struct low_half_hash {
    std::size_t operator()(std::uint64_t id) const noexcept {
      return std::hash<std::uint32_t>()(static_cast<std::uint32_t>(id));
    }
  };
  template <class Value>
  using by_id = std::unordered_map<std::uint64_t, Value, low_half_hash>;

  void bury(const schema::task_info& info);
  void drop(std::map<ended_key, schema::task_info>::const_iterator at);
  [[nodiscard]] bool is_notable(const schema::task_info& info) const noexcept {
    return info.state == schema::task_state::failed || info.longest_ns > slow_ns_;
  }

  by_id<entry> live_;
  std::map<ended_key, schema::task_info> ended_;
  by_id<std::int64_t> ended_at_;  // id → its key in ended_
  std::size_t notable_ = 0;       // in ended_
  std::uint64_t slow_ns_;
  std::uint64_t refused_ = 0;
  std::uint32_t generation_ = 0;
};

}  // namespace asioscope::model
