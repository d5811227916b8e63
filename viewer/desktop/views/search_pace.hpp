// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace asioscope::viewer {

/// When to search anew: at once for another question; for news only when the last search is over,
/// and after a rest that is longer the longer it was, whatever comes in.
class search_pace {
 public:
  /// For each picture that the search took, from its begin; a picture is 16 of them.
  static constexpr std::chrono::milliseconds rest_for_a_step{50};
  static constexpr std::chrono::seconds longest_rest{3};

  /// `steps`: of the search so far. True: begin one.
  bool is_due(std::string question, std::uint64_t revision, bool is_going_on, std::size_t steps) {
    const auto now = std::chrono::steady_clock::now();
    const bool is_another = searched_ != question;
    const auto rest = steps < 2
                          ? std::chrono::milliseconds(0)
                          : std::min<std::chrono::milliseconds>(
                                rest_for_a_step * static_cast<std::int64_t>(steps), longest_rest);
    const bool may_begin = !is_going_on && now - searched_at_ >= rest;
    if (!is_another && (!may_begin || searched_revision_ == revision)) return false;
    searched_ = std::move(question);
    searched_revision_ = revision;
    searched_at_ = now;
    return true;
  }

 private:
  std::string searched_;
  std::uint64_t searched_revision_ = ~std::uint64_t{0};
  std::chrono::steady_clock::time_point searched_at_{};
};

}  // namespace asioscope::viewer
