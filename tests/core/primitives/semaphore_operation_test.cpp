// SPDX-License-Identifier: BSL-1.0
#include "tokens_test.hpp"
#include "waiting_operation_test.hpp"

#include "asioscope/core/mutex.hpp"
#include "asioscope/core/semaphore.hpp"

#include <boost/asio/io_context.hpp>

#include <vector>

namespace asioscope::core::tests {
namespace {

class acquire final : public operation {
 public:
  explicit acquire(const asio::any_io_executor& executor)
      : semaphore_(std::in_place, executor, 1), held_(semaphore_->try_acquire()) {}

  void start(handler done) override { semaphore_->async_acquire(without_value{std::move(done)}); }
  void start_until(virtual_clock::time_point deadline, handler done) override {
    semaphore_->async_acquire_until(1, deadline, without_value{std::move(done)});
  }
  void satisfy() override { held_.release(); }
  std::size_t free() const override { return semaphore_->available(); }
  void destroy_primitive() override { semaphore_.reset(); }

 private:
  using primitive = basic_semaphore<asio::any_io_executor, std::mutex, virtual_clock>;
  std::optional<primitive> semaphore_;
  primitive::permit held_;
};

class lock final : public operation {
 public:
  explicit lock(const asio::any_io_executor& executor)
      : mutex_(std::in_place, executor), held_(mutex_->try_lock()) {}

  void start(handler done) override { mutex_->async_lock(without_value{std::move(done)}); }
  void start_until(virtual_clock::time_point deadline, handler done) override {
    mutex_->async_lock_until(deadline, without_value{std::move(done)});
  }
  void satisfy() override { held_.release(); }
  std::size_t free() const override { return mutex_->is_locked() ? 0 : 1; }
  void destroy_primitive() override { mutex_.reset(); }

 private:
  using primitive = basic_mutex<asio::any_io_executor, std::mutex, virtual_clock>;
  std::optional<primitive> mutex_;
  primitive::lock_type held_;
};

INSTANTIATE_TEST_SUITE_P(semaphore, waiting_operation, testing::Values(&made<acquire>));
INSTANTIATE_TEST_SUITE_P(semaphore, operation_with_deadline, testing::Values(&made<acquire>));
INSTANTIATE_TEST_SUITE_P(semaphore, owning_operation, testing::Values(&made<acquire>));
INSTANTIATE_TEST_SUITE_P(mutex, waiting_operation, testing::Values(&made<lock>));
INSTANTIATE_TEST_SUITE_P(mutex, operation_with_deadline, testing::Values(&made<lock>));
INSTANTIATE_TEST_SUITE_P(mutex, owning_operation, testing::Values(&made<lock>));

template <class Executor>
struct free_semaphore {
  explicit free_semaphore(const Executor& executor) : semaphore(executor, 1) {}
  template <class Token = asio::default_completion_token_t<Executor>>
  auto start(Token&& token = {}) {
    return semaphore.async_acquire(std::forward<Token>(token));
  }
  basic_semaphore<Executor> semaphore;
};

// X7
TEST(semaphore, is_acquired_with_every_kind_of_token) { expect_every_token<free_semaphore>(); }

template <class Executor>
struct free_mutex {
  explicit free_mutex(const Executor& executor) : mutex(executor) {}
  template <class Token = asio::default_completion_token_t<Executor>>
  auto start(Token&& token = {}) {
    return mutex.async_lock(std::forward<Token>(token));
  }
  basic_mutex<Executor> mutex;
};

// X7
TEST(mutex, is_locked_with_every_kind_of_token) { expect_every_token<free_mutex>(); }

// R1, R2
TEST(mutex, goes_from_one_to_the_next_in_line) {
  asio::io_context loop;
  mutex one(loop);
  auto held = one.try_lock();
  std::vector<int> order;
  for (int i = 0; i < 3; ++i)
    one.async_lock([&, i](error_code, mutex::lock_type lock) {
      order.push_back(i);
      lock.release();
      EXPECT_EQ(static_cast<bool>(one.try_lock()), i == 2) << "it is the next one's already";
    });
  held.release();
  EXPECT_FALSE(one.try_lock());
  loop.run();
  EXPECT_EQ(order, (std::vector{0, 1, 2}));
}

}  // namespace
}  // namespace asioscope::core::tests
