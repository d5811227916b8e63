// SPDX-License-Identifier: BSL-1.0
#include "tokens_test.hpp"
#include "waiting_operation_test.hpp"

#include "asioscope/core/event.hpp"

namespace asioscope::core::tests {
namespace {

// Latches and wait groups wait by the same function of the same base.

class event_wait final : public operation {
 public:
  explicit event_wait(const asio::any_io_executor& executor) : event_(std::in_place, executor) {}

  void start(handler done) override { event_->async_wait(std::move(done)); }
  void start_until(virtual_clock::time_point deadline, handler done) override {
    event_->async_wait_until(deadline, std::move(done));
  }
  void satisfy() override { event_->set(); }
  std::size_t free() const override { return event_->is_set() ? 1 : 0; }
  void destroy_primitive() override { event_.reset(); }

 private:
  std::optional<basic_event<asio::any_io_executor, std::mutex, virtual_clock>> event_;
};

INSTANTIATE_TEST_SUITE_P(event, waiting_operation, testing::Values(&made<event_wait>));
INSTANTIATE_TEST_SUITE_P(event, operation_with_deadline, testing::Values(&made<event_wait>));

template <class Executor>
struct set_event {
  explicit set_event(const Executor& executor) : event(executor, true) {}
  template <class Token = asio::default_completion_token_t<Executor>>
  auto start(Token&& token = {}) {
    return event.async_wait(std::forward<Token>(token));
  }
  basic_event<Executor> event;
};

// X7
TEST(event, is_awaited_with_every_kind_of_token) { expect_every_token<set_event>(); }

}  // namespace
}  // namespace asioscope::core::tests
