// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace asioscope::metrics {

/// What stands for all names that have no place of their own.
inline constexpr std::string_view other_label = "_other";

/// Gives the places of a label out: first come, first served, for life.
class label_places {
 public:
  label_places(std::size_t total, std::size_t reserved)
      : free_for_all_(total - (reserved < total ? reserved : total)), total_(total) {}

  /// Whether the name has a place, now or already before. The reserved ones are for what is
  /// `important`.
  bool admit(std::string_view name, bool important) {
    if (admitted_.contains(name)) return true;
    if (admitted_.size() >= (important ? total_ : free_for_all_) || name == other_label) {
      return false;
    }
    admitted_.emplace(name);
    return true;
  }

 private:
  std::size_t free_for_all_;
  std::size_t total_;
  std::set<std::string, std::less<>> admitted_;
};

}  // namespace asioscope::metrics
