// SPDX-License-Identifier: BSL-1.0
// What is handed from one to the next takes nothing from the heap once it runs: waits are kept in
// memory that Asio recycles. A program of its own, since it counts all allocations.
#include "asioscope/core/async_queue.hpp"
#include "asioscope/core/semaphore.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::size_t> allocations{0};
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* const got = std::malloc(size)) return got;
  throw std::bad_alloc();
}
void operator delete(void* what) noexcept { std::free(what); }
void operator delete(void* what, std::size_t) noexcept { std::free(what); }

namespace {

namespace asio = boost::asio;
using namespace asioscope::core;

/// So many hand-offs, after some that fill what is recycled: allocations of the later ones.
template <class Begin>
std::size_t allocations_of_many(asio::io_context& loop, int& left, const Begin& begin) {
  left = 1'000;
  begin();
  loop.run();
  loop.restart();
  const std::size_t before = allocations;
  left = 10'000;
  begin();
  loop.run();
  EXPECT_EQ(left, 0);
  return allocations - before;
}

/// Waits for the only permit while the other of two has it.
class taker {
 public:
  taker(semaphore& from, int& left) : from_(from), left_(left) {}
  void begin() {
    from_.async_acquire(asio::bind_allocator(asio::recycling_allocator<void>(),
                                             [this](error_code, semaphore::permit permit) {
                                               if (left_ > 0) {
                                                 --left_;
                                                 begin();  // it is held: this one waits
                                               }
                                               permit.release();
                                             }));
  }

 private:
  semaphore& from_;
  int& left_;
};

TEST(semaphore, hands_over_without_the_heap) {
  asio::io_context loop(1);
  semaphore one(loop, 1);
  int left = 0;
  taker first(one, left);
  taker second(one, left);
  EXPECT_EQ(allocations_of_many(loop, left,
                                [&] {
                                  first.begin();
                                  second.begin();
                                }),
            0U);
}

/// Pushes, or takes, as often as the other does.
class player {
 public:
  player(async_queue<int>& queue, int& left) : queue_(queue), left_(left) {}
  void push() {
    queue_.async_push(1,
                      asio::bind_allocator(asio::recycling_allocator<void>(), [this](error_code) {
                        if (pushes_-- > 0) push();
                      }));
  }
  void pop() {
    queue_.async_pop(
        asio::bind_allocator(asio::recycling_allocator<void>(), [this](error_code, int) {
          if (--left_ > 0) pop();
        }));
  }
  void begin() {
    pushes_ = left_ - 1;
    push();
    pop();
  }

 private:
  async_queue<int>& queue_;
  int& left_;
  int pushes_ = 0;
};

TEST(async_queue, hands_over_without_the_heap) {
  asio::io_context loop(1);
  for (const std::size_t capacity : {0U, 1U}) {
    async_queue<int> queue(loop, capacity);
    int left = 0;
    player both(queue, left);
    EXPECT_EQ(allocations_of_many(loop, left, [&] { both.begin(); }), 0U);
    loop.restart();
  }
}

}  // namespace
