// SPDX-License-Identifier: BSL-1.0
#include "waiting_operation_test.hpp"

#include "asioscope/core/resource_pool.hpp"

#include <boost/asio/io_context.hpp>

#include <optional>

namespace asioscope::core::tests {
namespace {

using pool = basic_resource_pool<int, asio::any_io_executor, std::mutex, virtual_clock>;

/// Waits for the only one there may be.
class borrow final : public operation {
 public:
  explicit borrow(const asio::any_io_executor& executor)
      : pool_(std::in_place, executor, pool::hooks{&make_one}, only_one()) {
    pool_->async_acquire([this](error_code error, pool::pooled made) {
      EXPECT_FALSE(error);
      held_ = std::move(made);
    });
    auto& loop = static_cast<asio::io_context&>(executor.query(asio::execution::context));
    while (!held_ && loop.poll_one() != 0) {
    }
    loop.restart();
  }

  void start(handler done) override { pool_->async_acquire(without_value{std::move(done)}); }
  void start_until(virtual_clock::time_point deadline, handler done) override {
    pool_->async_acquire_until(deadline, without_value{std::move(done)});
  }
  void satisfy() override { held_.release(); }
  std::size_t free() const override { return pool_->stats().idle; }
  void destroy_primitive() override { pool_.reset(); }

 private:
  static asio::awaitable<int> make_one() { co_return 1; }
  /// And no timer that watches over it, with which the loop would never be idle.
  static pool_options only_one() {
    pool_options options;
    options.max_size = 1;
    options.create_timeout = options.idle_timeout = options.max_lifetime = {};
    return options;
  }

  std::optional<pool> pool_;
  pool::pooled held_;
};

INSTANTIATE_TEST_SUITE_P(resource_pool, waiting_operation, testing::Values(&made<borrow>));
INSTANTIATE_TEST_SUITE_P(resource_pool, operation_with_deadline, testing::Values(&made<borrow>));

}  // namespace
}  // namespace asioscope::core::tests
