// SPDX-License-Identifier: BSL-1.0
#include "waiting_operation_test.hpp"

#include "asioscope/core/task_pool.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace asioscope::core::tests {
namespace {

/// Waits for a place in a pool that is paused: one for a task that would run, one in its queue.
class submit final : public operation {
 public:
  explicit submit(const asio::any_io_executor& executor)
      : pool_(std::in_place, executor, one_queued()) {
    pool_->pause();
    EXPECT_TRUE(pool_->try_submit(task, first));
    EXPECT_TRUE(pool_->try_submit(task, first + 1));
  }

  void start(handler done) override {
    const auto cancel = [this](std::uint64_t id) { EXPECT_TRUE(pool_->cancel_task(id)); };
    pool_->async_submit(task, giving_back<decltype(cancel)>{std::move(done), cancel});
  }
  void satisfy() override { EXPECT_TRUE(pool_->cancel_task(first)); }
  std::size_t free() const override { return 2 - pool_->counts().queued; }
  void destroy_primitive() override { pool_.reset(); }

 private:
  static constexpr std::uint64_t first = 1'000;

  static asio::awaitable<void> task() { co_return; }
  static task_pool_options one_queued() {
    task_pool_options options;
    options.concurrency = 1;
    options.queued = 1;
    return options;
  }

  std::optional<task_pool<>> pool_;
};

INSTANTIATE_TEST_SUITE_P(task_pool, waiting_operation, testing::Values(&made<submit>));

// R1, R2
TEST(task_pool, gives_room_to_who_waited_longest_before_anybody_else) {
  asio::io_context loop;
  task_pool<> pool(loop, {.concurrency = 1});
  const auto nothing = []() -> asio::awaitable<void> { co_return; };
  pool.pause();
  EXPECT_TRUE(pool.try_submit(nothing, std::uint64_t{100}));
  std::vector<int> order;
  for (int i = 0; i < 3; ++i)
    pool.async_submit(nothing, [&, i](error_code, std::uint64_t id) {
      order.push_back(i);
      EXPECT_TRUE(pool.cancel_task(id));
      EXPECT_EQ(pool.try_submit(nothing), i == 2) << "the room is the next one's already";
    });
  EXPECT_TRUE(pool.cancel_task(100));
  EXPECT_FALSE(pool.try_submit(nothing));
  loop.poll();
  EXPECT_EQ(order, (std::vector{0, 1, 2}));
  pool.resume();
  loop.run();
}

}  // namespace
}  // namespace asioscope::core::tests
