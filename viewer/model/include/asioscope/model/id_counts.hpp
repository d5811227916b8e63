// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace asioscope::model {

/// A count for each of perhaps a million ids; 0 is no id. Nothing that it does takes long: it grows
/// in many small parts, and is emptied without being looked at.
class id_counts {
 public:
  void clear() noexcept { ++generation_; }

  void add(std::uint64_t id, std::uint64_t more = 1) {
    shard& mine = shard_of(id);
    if (mine.generation != generation_) {
      mine.slots.assign(mine.slots.size(), {});
      mine.used = 0;
      mine.generation = generation_;
    }
    if ((mine.used + 1) * 2 > mine.slots.size()) grow(mine);
    slot& found = mine.slots[place_of(mine, id)];
    if (found.id == 0) {
      found.id = id;
      ++mine.used;
    }
    found.count += more;
  }

  [[nodiscard]] std::uint64_t of(std::uint64_t id) const {
    const shard& mine = shards_[hash(id) % shards];
    if (mine.generation != generation_ || mine.slots.empty()) return 0;
    return mine.slots[place_of(mine, id)].count;
  }

 private:
  static constexpr std::size_t shards = 1'024;

  struct slot {
    std::uint64_t id = 0;
    std::uint64_t count = 0;
  };
  struct shard {
    std::vector<slot> slots;  // as many as a power of two, half of them empty
    std::size_t used = 0;
    std::uint64_t generation = 0;
  };

  // Ids are far from random: low bits often equal, high bits mostly zero.
  [[nodiscard]] static std::uint64_t hash(std::uint64_t id) noexcept {
    id ^= id >> 32U;
    id *= 0x9E3779B97F4A7C15U;
    return id ^ (id >> 29U);
  }

  [[nodiscard]] shard& shard_of(std::uint64_t id) { return shards_[hash(id) % shards]; }

  /// Where it is, or the empty slot where it belongs.
  [[nodiscard]] static std::size_t place_of(const shard& in, std::uint64_t id) {
    const std::size_t mask = in.slots.size() - 1;
    std::size_t place = (hash(id) / shards) & mask;
    while (in.slots[place].id != 0 && in.slots[place].id != id)
      place = (place + 1) & mask;
    return place;
  }

  static void grow(shard& mine) {
    std::vector<slot> old(mine.slots.empty() ? 8 : mine.slots.size() * 2);
    old.swap(mine.slots);
    for (const slot& each : old)
      if (each.id != 0) mine.slots[place_of(mine, each.id)] = each;
  }

  std::array<shard, shards> shards_;
  std::uint64_t generation_ = 1;
};

}  // namespace asioscope::model
