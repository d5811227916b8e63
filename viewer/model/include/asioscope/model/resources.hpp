// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/limits.hpp"
#include "asioscope/model/ring.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace asioscope::model {

/// How much of something limited is in use.
struct resource_load {
  double used = 0;
  double capacity = 0;

  [[nodiscard]] bool is_full() const noexcept { return capacity > 0 && used >= capacity; }
};

/// What the kind of the resource makes scarce: permits, items, running tasks. Nothing for those
/// that have no such thing.
[[nodiscard]] std::optional<resource_load> load_of(const schema::resource_info& info);

/// The value of a figure; nothing when there is none.
[[nodiscard]] std::optional<double> figure_of(const schema::resource_info& info,
                                              std::string_view name);

/// A resource at the end of a sample interval.
struct resource_sample {
  std::int64_t at_ns = 0;
  double used = 0;
  double waiting = 0;
};

/// A primitive and how it was used lately.
class resource {
 public:
  void update(const schema::resource_info& info);
  void sample(std::int64_t at_ns);

  [[nodiscard]] const schema::resource_info& info() const noexcept { return info_; }
  [[nodiscard]] const ring<resource_sample>& samples() const noexcept { return samples_; }
  /// How long the first in the line has waited at `now_ns`; 0 when nobody waits.
  [[nodiscard]] std::int64_t longest_wait_ns(std::int64_t now_ns) const noexcept;

 private:
  schema::resource_info info_;
  ring<resource_sample> samples_{limits::resource_samples};
};

/// Where a task stands that waits for a resource.
struct place_in_line {
  const schema::resource_info* resource = nullptr;
  std::size_t place = 0;  ///< 0: the next to be served
  std::int64_t since_ns = 0;
};

/// The concurrency primitives of a program, and who waits for which.
class resource_table {
 public:
  void fold(const schema::resource_info& info);
  /// Once a second.
  void sample(std::int64_t at_ns);

  [[nodiscard]] const std::map<std::uint32_t, resource>& by_id() const noexcept { return by_id_; }
  /// Those that live.
  [[nodiscard]] std::size_t live() const noexcept;
  [[nodiscard]] std::optional<place_in_line> wait_of(std::uint64_t task) const;
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

 private:
  struct line {
    std::uint32_t resource = 0;
    std::size_t place = 0;
  };

  std::map<std::uint32_t, resource> by_id_;
  std::unordered_map<std::uint64_t, line> lines_;  // by task
  std::uint64_t refused_ = 0;
};

/// "resource_pool db".
[[nodiscard]] std::string name_of(const schema::resource_info& info);

}  // namespace asioscope::model
