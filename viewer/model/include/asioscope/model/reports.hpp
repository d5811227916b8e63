// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <map>

namespace asioscope::model {

/// The latest reports, by id. A later one of the same id replaces the earlier one.
class report_log {
 public:
  /// A snapshot begins: whether a stall still goes on is not known until it is said again.
  void begin_snapshot();
  void fold(const schema::report& report);

  [[nodiscard]] const schema::report* find(std::uint64_t id) const;
  [[nodiscard]] std::size_t size() const noexcept { return reports_.size(); }
  /// Reports made since the program began: their ids count from 1.
  [[nodiscard]] std::uint64_t made() const noexcept { return highest_id_; }
  [[nodiscard]] const std::map<std::uint64_t, schema::report>& by_id() const noexcept {
    return reports_;
  }

 private:
  std::map<std::uint64_t, schema::report> reports_;
  std::uint64_t highest_id_ = 0;
};

}  // namespace asioscope::model
