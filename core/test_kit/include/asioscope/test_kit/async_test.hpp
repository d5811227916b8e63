// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/test_kit/co_assert.hpp"
#include "asioscope/test_kit/run.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace asioscope::test_kit {

/// The base of fixtures whose set-up and tear-down wait.
class async_fixture : public testing::Test {
 protected:
  /// Before the test, in its loop. Throws, or fails with an assertion: the test is not run.
  virtual boost::asio::awaitable<void> async_set_up() { co_return; }
  /// After it, however it ended, when it was set up.
  virtual boost::asio::awaitable<void> async_tear_down() { co_return; }

  /// To be done at the end, however the test ends, even when the set-up did not finish; the last
  /// one added is done first, all of them before `async_tear_down`.
  void at_end(test_body clean_up) { at_end_.push_back(std::move(clean_up)); }

  virtual run_options options() const { return {}; }

  /// For fixtures that others derive from: before `async_set_up`, and after all that is done at the
  /// end, also when the set-up threw or did not begin. They call those of their base.
  virtual boost::asio::awaitable<void> before_set_up() { co_return; }
  virtual boost::asio::awaitable<void> after_tear_down() { co_return; }

  /// What ASYNC_TEST_F does.
  void run_in_loop(const test_body& test);

 private:
  boost::asio::awaitable<void> whole(const test_body& test);

  std::vector<test_body> at_end_;
};

}  // namespace asioscope::test_kit

/// ASYNC_TEST(suite, name) { co_await …; }: a test that is a coroutine, run by `run`.
#define ASYNC_TEST(Suite, Name)                                             \
  static ::boost::asio::awaitable<void> Suite##_##Name##_body();            \
  TEST(Suite, Name) { ::asioscope::test_kit::run(&Suite##_##Name##_body); } \
  static ::boost::asio::awaitable<void> Suite##_##Name##_body()

/// The same with a fixture, which derives from `async_fixture`.
#define ASYNC_TEST_F(Fixture, Name)                        \
  class Fixture##_##Name##_with_body : public Fixture {    \
   protected:                                              \
    ::boost::asio::awaitable<void> async_body();           \
  };                                                       \
  GTEST_TEST_(Fixture, Name, Fixture##_##Name##_with_body, \
              ::testing::internal::GetTypeId<Fixture>()) { \
    run_in_loop([this] { return async_body(); });          \
  }                                                        \
  ::boost::asio::awaitable<void> Fixture##_##Name##_with_body::async_body()
