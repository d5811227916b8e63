// SPDX-License-Identifier: BSL-1.0
// Recording allocates nothing in steady state. Everything that asks for memory in this program goes
// through the wrappers below (linker option --wrap, replaced operator new).
#include "figures.hpp"

#include "asioscope/instrumentation/instrumented_executor.hpp"
#include "asioscope/recorder/recorder.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

namespace {
thread_local std::uint64_t allocations = 0;
}

extern "C" {
void* __real_malloc(std::size_t size);                                // NOLINT
void* __real_aligned_alloc(std::size_t alignment, std::size_t size);  // NOLINT
void* __wrap_malloc(std::size_t size) {                               // NOLINT
  ++allocations;
  return __real_malloc(size);
}
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {  // NOLINT
  ++allocations;
  return __real_aligned_alloc(alignment, size);
}
}

void* operator new(std::size_t size) {
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

TEST(counting, sees_operator_new_and_aligned_alloc) {
  const std::uint64_t before = allocations;
  delete new int(1);
  void* volatile kept = std::aligned_alloc(16, 32);  // or the compiler leaves out both
  std::free(kept);
  EXPECT_EQ(allocations - before, 2U);
}

/// Posts itself `left` times; `counted`: allocations in the second half.
template <class Executor>
struct chain {
  Executor ex;
  int left;
  int half;
  std::uint64_t* counted;
  void operator()() {
    if (left == half) *counted = allocations;
    if (left-- == 0) {
      *counted = allocations - *counted;
      return;
    }
    asio::post(ex, chain(*this));
  }
};

template <class Executor>
std::uint64_t allocated_by_chain(asio::io_context& c, const Executor& ex) {
  std::uint64_t counted = 0;
  asio::post(ex, chain<Executor>{ex, 2000, 1000, &counted});
  c.restart();
  c.run();
  return counted;
}

/// A slow handler leaves a note, which takes memory: on a busy machine any may be slow.
class executor : public testing::Test {
 protected:
  executor() { asioscope::recorder::set_thresholds({24h, 24h}); }
};

TEST_F(executor, adds_no_allocation_per_handler) {
  asio::io_context c;
  EXPECT_EQ(allocated_by_chain(c, c.get_executor()), 0U);
  EXPECT_EQ(allocated_by_chain(c, asioscope::instrument(c, "chain")), 0U);
  EXPECT_GE(figures().handlers("chain").run.count(), 2000U);
}

TEST_F(executor, adds_no_allocation_behind_any_io_executor) {
  asio::io_context c;
  EXPECT_EQ(allocated_by_chain(c, asio::any_io_executor(c.get_executor())), 0U);
  EXPECT_EQ(allocated_by_chain(c, asio::any_io_executor(asioscope::instrument(c, "any chain"))),
            0U);
  EXPECT_GE(figures().handlers("any chain").run.count(), 2000U);
}

asio::awaitable<void> naps(std::uint64_t& counted) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (int i = 0; i < 200; ++i) {
    if (i == 100) counted = allocations;
    timer.expires_after(0ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
  counted = allocations - counted;
}

TEST_F(executor, adds_no_allocation_to_a_coroutine_that_waits) {
  const auto allocated = [](auto ex, asio::io_context& c) {
    std::uint64_t counted = 0;
    asio::co_spawn(ex, naps(counted), asio::detached);
    c.restart();
    c.run();
    return counted;
  };
  asio::io_context c;
  const std::uint64_t bare = allocated(c.get_executor(), c);
  EXPECT_EQ(allocated(asioscope::instrument(c, "nap allocations"), c), bare);
}

}  // namespace
