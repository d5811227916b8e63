// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/detail/shared_state.hpp"

#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

namespace asioscope::core::detail {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Tells that its context ends before the members of that hear of it.
class end_of_context final : public asio::execution_context::service {
 public:
  using key_type = end_of_context;
  inline static asio::execution_context::id id;

  explicit end_of_context(asio::execution_context& context) : service(context) {}
  std::promise<void> begun;

 private:
  void shutdown() noexcept override { begun.set_value(); }
};

class slow_to_go final : public shared_state<asio::io_context::executor_type, std::mutex> {
 public:
  slow_to_go(asio::io_context& context, std::promise<void>& going, std::atomic<bool>& disturbed)
      : shared_state(context.get_executor()),
        context_ends_(asio::use_service<end_of_context>(context).begun.get_future()),
        going_(going),
        disturbed_(disturbed) {}

  void shut_down() noexcept override { disturbed_ = true; }

 private:
  ~slow_to_go() override {
    going_.set_value();
    context_ends_.wait_for(20s);
    const auto until = std::chrono::steady_clock::now() + 50ms;
    while (!disturbed_ && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
  }

  std::future<void> context_ends_;
  std::promise<void>& going_;
  std::atomic<bool>& disturbed_;
};

TEST(shared_state, its_context_waits_for_one_that_another_thread_is_destroying) {
  auto context = std::make_unique<asio::io_context>();
  std::promise<void> going;
  std::atomic<bool> disturbed = false;
  state_ptr<slow_to_go> state;
  {
    // Made after the service of the primitives, so that it is shut down before that.
    asio::use_service<context_service>(*context);
    state.reset(new slow_to_go(*context, going, disturbed));
  }
  std::thread other([last = std::move(state)]() mutable { last.reset(); });
  going.get_future().wait();
  context.reset();
  other.join();
  EXPECT_FALSE(disturbed);
}

}  // namespace
}  // namespace asioscope::core::detail
