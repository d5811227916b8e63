// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "../measure.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>

namespace bench {

using io_executor = boost::asio::io_context::executor_type;
using any_executor = boost::asio::any_io_executor;

/// What `step(next)` takes, again and again from the handler of the one before.
template <class Step>
double chain(boost::asio::io_context& loop, long operations, const Step& step) {
  long left = operations;
  const std::function<void()> next = [&] {
    if (--left > 0) step(next);
  };
  step(next);
  return time_of(operations, [&] { loop.run(); });
}

/// The same of what several want, and goes from hand to hand: `step(again)` waits for it, calls
/// `again` and gives it on.
template <class Step>
double contended(boost::asio::io_context& loop, long operations, const Step& step) {
  constexpr int contenders = 8;
  long left = operations;
  const std::function<void()> again = [&] {
    if (--left > 0) step(again);
  };
  for (int i = 0; i < contenders; ++i)
    step(again);
  return time_of(operations, [&] { loop.run(); });
}

}  // namespace bench
