// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/stage_buffer.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace asioscope::core::detail {

/// What a function gives: of itself, or by a coroutine that has to be waited for.
template <class T>
struct given {
  using type = T;
  static constexpr bool by_coroutine = false;
};
template <class T, class Executor>
struct given<boost::asio::awaitable<T, Executor>> {
  using type = T;
  static constexpr bool by_coroutine = true;
};

/// A source that is a function: called for each item, one call at a time; `nullopt` is the end.
template <class Function>
struct function_source {
  static constexpr bool must_wait = given<std::invoke_result_t<Function&>>::by_coroutine;

  auto next() { return std::invoke(function); }

  Function function;
};

template <class T, class Range>
class range_source {
 public:
  static constexpr bool must_wait = false;

  explicit range_source(Range range)
      : range_(std::make_unique<Range>(std::move(range))), next_(std::begin(*range_)) {}

  std::optional<T> next() {
    if (begun_ && next_ != std::end(*range_)) ++next_;
    begun_ = true;
    if (next_ == std::end(*range_)) return std::nullopt;
    return std::optional<T>(std::in_place, *next_);
  }

 private:
  std::unique_ptr<Range> range_;
  decltype(std::begin(std::declval<Range&>())) next_;
  bool begun_ = false;
};

template <class T, class Source>
auto make_source(Source source) {
  if constexpr (std::is_invocable_v<Source&>)
    return function_source<Source>{std::move(source)};
  else
    return range_source<T, Source>(std::move(source));
}

/// The items of the stage before.
template <class T, class Executor, class Sync>
struct buffer_input {
  std::shared_ptr<stage_buffer<T, Executor, Sync>> buffer;
};

template <class Input>
inline constexpr bool is_buffer = false;
template <class T, class Executor, class Sync>
inline constexpr bool is_buffer<buffer_input<T, Executor, Sync>> = true;

}  // namespace asioscope::core::detail
