// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/test_kit/once_function.hpp"

#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/execution/relationship.hpp>
#include <boost/asio/execution_context.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace asioscope::test_kit {

/// How a function was given to an executor.
enum class submission : std::uint8_t {
  posted,      ///< never within the call
  dispatched,  ///< within the call, if the executor likes
  deferred,    ///< never within the call, and it goes on with what the caller does
};

/// Runs nothing by itself: the test looks at what was submitted, and runs it step by step, or drops
/// it. Copies are the same executor; those with other properties share the queue.
///
/// Knows the properties of an executor of `io_context`: `blocking` (possibly, never),
/// `relationship`, `outstanding_work` and `context`.
/// Thread safety: none.
class mock_executor {
 public:
  /// \param context in which what uses the executor keeps its services; nothing is run there
  explicit mock_executor(boost::asio::execution_context& context)
      : state_(std::make_shared<state>(context)) {
    boost::asio::use_service<service>(context).states.push_back(state_);
  }

  mock_executor(const mock_executor& other) noexcept
      : state_(other.state_),
        never_blocks_(other.never_blocks_),
        continues_(other.continues_),
        tracks_(other.tracks_) {
    count(+1);
  }
  mock_executor(mock_executor&& other) noexcept : mock_executor(std::as_const(other)) {}
  mock_executor& operator=(mock_executor other) noexcept {
    std::swap(state_, other.state_);
    std::swap(never_blocks_, other.never_blocks_);
    std::swap(continues_, other.continues_);
    std::swap(tracks_, other.tracks_);
    return *this;
  }
  ~mock_executor() { count(-1); }

  // --- what the test does

  /// What waits to be run, the oldest first.
  std::vector<submission> pending() const {
    std::vector<submission> all;
    for (const auto& each : state_->queue)
      all.push_back(each.first);
    return all;
  }
  /// All that was ever submitted.
  const std::vector<submission>& history() const noexcept { return state_->history; }

  /// Runs one of those that are pending. False: there is none.
  bool run_one(std::size_t which = 0) const {
    if (which >= state_->queue.size()) return false;
    detail::once_function taken = take(which);
    std::move(taken)();
    return true;
  }
  /// Runs until nothing is pending. Returns how many.
  std::size_t run_all() const {
    std::size_t ran = 0;
    while (run_one())
      ++ran;
    return ran;
  }
  /// Destroys one without running it, as a context does that goes.
  bool drop_one(std::size_t which = 0) const {
    if (which >= state_->queue.size()) return false;
    const detail::once_function dropped = take(which);
    return true;
  }
  /// Copies that track work: an `io_context` would not return from `run` as long as there are any.
  std::size_t outstanding_work() const noexcept { return state_->work; }

  // --- what Asio does

  template <class Function>
  void execute(Function&& function) const {
    const submission how = !never_blocks_ ? submission::dispatched
                           : continues_   ? submission::deferred
                                          : submission::posted;
    state_->history.push_back(how);
    state_->queue.emplace_back(how, std::forward<Function>(function));
  }

  boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept {
    return state_->context;
  }
  constexpr boost::asio::execution::blocking_t query(
      boost::asio::execution::blocking_t) const noexcept {
    if (never_blocks_) return boost::asio::execution::blocking.never;
    return boost::asio::execution::blocking.possibly;
  }
  constexpr boost::asio::execution::relationship_t query(
      boost::asio::execution::relationship_t) const noexcept {
    if (continues_) return boost::asio::execution::relationship.continuation;
    return boost::asio::execution::relationship.fork;
  }
  constexpr boost::asio::execution::outstanding_work_t query(
      boost::asio::execution::outstanding_work_t) const noexcept {
    if (tracks_) return boost::asio::execution::outstanding_work.tracked;
    return boost::asio::execution::outstanding_work.untracked;
  }

  mock_executor require(boost::asio::execution::blocking_t::possibly_t) const {
    return {state_, false, continues_, tracks_};
  }
  mock_executor require(boost::asio::execution::blocking_t::never_t) const {
    return {state_, true, continues_, tracks_};
  }
  mock_executor require(boost::asio::execution::relationship_t::fork_t) const {
    return {state_, never_blocks_, false, tracks_};
  }
  mock_executor require(boost::asio::execution::relationship_t::continuation_t) const {
    return {state_, never_blocks_, true, tracks_};
  }
  mock_executor require(boost::asio::execution::outstanding_work_t::tracked_t) const {
    return {state_, never_blocks_, continues_, true};
  }
  mock_executor require(boost::asio::execution::outstanding_work_t::untracked_t) const {
    return {state_, never_blocks_, continues_, false};
  }

  friend bool operator==(const mock_executor& a, const mock_executor& b) noexcept {
    return a.state_ == b.state_ && a.never_blocks_ == b.never_blocks_ &&
           a.continues_ == b.continues_ && a.tracks_ == b.tracks_;
  }
  friend bool operator!=(const mock_executor& a, const mock_executor& b) noexcept {
    return !(a == b);
  }

 private:
  using queued = std::pair<submission, detail::once_function>;

  struct state {
    explicit state(boost::asio::execution_context& where) : context(where) {}
    boost::asio::execution_context& context;
    std::deque<queued> queue{};
    std::vector<submission> history{};
    std::size_t work = 0;
  };

  /// Functions hold executors, which hold the queue: they go with the context.
  struct service : boost::asio::execution_context::service {
    static inline boost::asio::execution_context::id id;
    explicit service(boost::asio::execution_context& owner)
        : boost::asio::execution_context::service(owner) {}
    void shutdown() override {
      for (const std::weak_ptr<state>& each : states) {
        const std::shared_ptr<state> left = each.lock();
        while (left != nullptr && !left->queue.empty()) {
          const queued dropped = std::move(left->queue.front());
          left->queue.pop_front();
        }
      }
    }
    std::vector<std::weak_ptr<state>> states;
  };

  mock_executor(std::shared_ptr<state> shared, bool never_blocks, bool continues, bool tracks)
      : state_(std::move(shared)),
        never_blocks_(never_blocks),
        continues_(continues),
        tracks_(tracks) {
    count(+1);
  }

  void count(int change) const noexcept {
    if (tracks_) state_->work += static_cast<std::size_t>(change);
  }

  detail::once_function take(std::size_t which) const {
    const auto where = state_->queue.begin() + static_cast<std::ptrdiff_t>(which);
    detail::once_function taken = std::move(where->second);
    state_->queue.erase(where);
    return taken;
  }

  std::shared_ptr<state> state_;
  bool never_blocks_ = false;
  bool continues_ = false;
  bool tracks_ = false;
};

}  // namespace asioscope::test_kit
