// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/pipeline_source.hpp"
#include "asioscope/core/pipeline_options.hpp"

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <type_traits>

namespace asioscope::core::detail {

template <class T>
struct without_optional {
  using type = T;
};
template <class T>
struct without_optional<std::optional<T>> {
  using type = T;
};

/// As a stage is called with what it does not keep; by reference if it wants one.
template <class Function, class In>
using stage_argument = std::conditional_t<std::is_invocable_v<Function&, In&&>, In&&, In&>;

template <class Function, class In>
using stage_returns = given<std::invoke_result_t<Function&, stage_argument<Function, In>>>;

template <class Function, class In>
using stage_output = typename without_optional<typename stage_returns<Function, In>::type>::type;

template <class T>
using dead_letter_function = std::function<void(T&&, const std::exception_ptr&)>;

/// What is known of a stage before it runs.
template <class In, class Function>
struct stage_plan {
  using input = In;
  using output = stage_output<Function, In>;
  static constexpr bool calls_coroutines = stage_returns<Function, In>::by_coroutine;

  Function function;
  stage_options options;
  dead_letter_function<In> dead_letter;
};

/// What a stage has done, counted by its workers.
class stage_counters {
 public:
  /// \param alone there is one worker: nobody else writes
  explicit stage_counters(bool alone) noexcept : alone_(alone) {}

  using counter = std::atomic<std::uint64_t>;

  void count(counter& what) const noexcept {
    if (alone_)
      what.store(what.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    else
      what.fetch_add(1, std::memory_order_release);
  }

  stage_counts now() const noexcept {
    stage_counts seen;
    seen.out = out.load();
    seen.filtered = filtered.load();
    seen.failed = failed.load();
    seen.cancelled = cancelled.load();
    seen.in = in.load();  // last: never less than the others together
    return seen;
  }

  counter in{0};
  counter out{0};
  counter filtered{0};
  counter failed{0};
  counter cancelled{0};

 private:
  bool alone_;
};

}  // namespace asioscope::core::detail
