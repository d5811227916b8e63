// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace asioscope::viewer {

/// When to search anew: at once for another question; for news only when the last search is over,
/// and after a rest when it was long, whatever comes in.
class search_pace {
 public:
  static constexpr std::chrono::seconds rest_after_long_search{2};

  /// `steps`: of the search so far. True: begin one.
  bool is_due(std::string question, std::uint64_t revision, bool is_going_on, std::size_t steps) {
    const auto now = std::chrono::steady_clock::now();
    const bool is_another = searched_ != question;
    const bool may_begin =
        !is_going_on && (steps < 2 || now - searched_at_ > rest_after_long_search);
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
