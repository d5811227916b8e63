// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/error.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associator.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <tuple>
#include <utility>

/// What holds for every operation that waits in a primitive, whichever it is. A primitive's test
/// says how to begin one, and instantiates the suites, by its name:
///
///     INSTANTIATE_TEST_SUITE_P(semaphore, waiting_operation, testing::Values(&made<acquire>));
namespace asioscope::core::tests {

namespace asio = boost::asio;
using test_kit::virtual_clock;

/// Is made with an executor; the primitive is on the virtual clock. Nothing is free at first.
class operation {
 public:
  using handler = asio::any_completion_handler<void(error_code)>;

  virtual ~operation() = default;
  /// Begins it. What it is given, beside the error, is given back when the handler is invoked.
  virtual void start(handler done) = 0;
  /// Those that have deadlines.
  virtual void start_until(virtual_clock::time_point, handler done) { start(std::move(done)); }
  /// What it, or the first of them, waits for.
  virtual void satisfy() = 0;
  /// How much there is that nobody has.
  virtual std::size_t free() const = 0;
  virtual void destroy_primitive() = 0;
};

using make_operation = std::unique_ptr<operation> (*)(const asio::any_io_executor&);

template <class Operation>
std::unique_ptr<operation> made(const asio::any_io_executor& executor) {
  return std::make_unique<Operation>(executor);
}

class waiting_operation : public testing::TestWithParam<make_operation> {
 protected:
  waiting_operation() { virtual_clock::reset(); }

  /// Remembers how often it was called, and with what error.
  auto note() {
    return [this](error_code error) {
      ++calls;
      last = error;
    };
  }

  int calls = 0;
  error_code last;
};

/// Those that can be given a deadline.
class operation_with_deadline : public waiting_operation {};
/// Those that own what they are given: it is not lost with the context.
class owning_operation : public waiting_operation {};

/// What comes with the error is given back when it goes.
struct drop_it {
  template <class... Values>
  void operator()(Values&&... values) const {
    const std::tuple<std::decay_t<Values>...> dropped(std::forward<Values>(values)...);
  }
};

/// A handler that is told the error alone; what comes with it is given back before.
template <class GiveBack>
struct giving_back {
  operation::handler inner;
  GiveBack give_back{};

  template <class... Values>
  void operator()(error_code error, Values&&... values) {
    if (!error) give_back(std::forward<Values>(values)...);
    std::move(inner)(error);
  }
};

using without_value = giving_back<drop_it>;

}  // namespace asioscope::core::tests

template <template <class, class> class Associator, class GiveBack, class Default>
struct boost::asio::associator<Associator, asioscope::core::tests::giving_back<GiveBack>, Default>
    : Associator<asioscope::core::tests::operation::handler, Default> {
  static auto get(const asioscope::core::tests::giving_back<GiveBack>& handler,
                  const Default& otherwise = Default()) noexcept {
    return Associator<asioscope::core::tests::operation::handler, Default>::get(handler.inner,
                                                                                otherwise);
  }
};
