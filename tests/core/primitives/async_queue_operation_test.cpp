// SPDX-License-Identifier: BSL-1.0
#include "waiting_operation_test.hpp"

#include "asioscope/core/async_queue.hpp"

#include <optional>

namespace asioscope::core::tests {
namespace {

using queue = basic_async_queue<int, asio::any_io_executor, std::mutex, virtual_clock>;

/// Waits for the one item.
class pop final : public operation {
 public:
  explicit pop(const asio::any_io_executor& executor) : queue_(std::in_place, executor, 1) {}

  void start(handler done) override { queue_->async_pop(putting_back(std::move(done))); }
  void start_until(virtual_clock::time_point deadline, handler done) override {
    queue_->async_pop_until(deadline, putting_back(std::move(done)));
  }
  void satisfy() override { EXPECT_TRUE(queue_->try_push(1)); }
  std::size_t free() const override { return queue_->size(); }
  void destroy_primitive() override { queue_.reset(); }

 private:
  struct put_back {
    pop* self;
    void operator()(int item) const { EXPECT_TRUE(self->queue_->try_push(item)); }
  };
  giving_back<put_back> putting_back(handler done) { return {std::move(done), {this}}; }

  std::optional<queue> queue_;
};

/// Waits for the room of one item.
class push final : public operation {
 public:
  explicit push(const asio::any_io_executor& executor) : queue_(std::in_place, executor, 1) {
    queue_->try_push(1);
  }

  void start(handler done) override { queue_->async_push(2, taking_back(std::move(done))); }
  void start_until(virtual_clock::time_point deadline, handler done) override {
    queue_->async_push_until(2, deadline, taking_back(std::move(done)));
  }
  void satisfy() override { take(); }
  std::size_t free() const override { return queue_->capacity() - queue_->size(); }
  void destroy_primitive() override { queue_.reset(); }

 private:
  void take() { EXPECT_TRUE(queue_->try_pop().has_value()); }
  struct take_back {
    push* self;
    void operator()() const { self->take(); }
  };
  giving_back<take_back> taking_back(handler done) { return {std::move(done), {this}}; }

  std::optional<queue> queue_;
};

INSTANTIATE_TEST_SUITE_P(async_queue, waiting_operation, testing::Values(&made<pop>, &made<push>));
INSTANTIATE_TEST_SUITE_P(async_queue, operation_with_deadline,
                         testing::Values(&made<pop>, &made<push>));

}  // namespace
}  // namespace asioscope::core::tests
