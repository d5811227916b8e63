// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/pipeline_run.hpp"
#include "asioscope/core/detail/stage_buffer.hpp"

#include <boost/asio/associator.hpp>
#include <boost/asio/async_result.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace asioscope::core {

namespace detail {

/// A handler of the next item, told how the run has ended when there are no more.
template <class Run, class Handler>
struct next_handler {
  template <class Item>
  void operator()(error_code error, Item item) {
    if (error == errc::closed) error = run->how_it_ended();
    std::move(handler)(error, std::move(item));
  }

  Handler handler;
  std::shared_ptr<Run> run;
};

}  // namespace detail

/// What a run of a pipeline makes, item by item.
///
/// Thread safety: any thread, unless `Sync` is `null_mutex`.
/// Cancellation: terminal, partial and total end the wait for an item with `operation_aborted`; no
/// item is lost, and the run goes on.
/// Lifetime: the destructor aborts the run and does not wait for it.
template <class T, class Executor, class Sync>
class basic_pipeline_stream {
  using run = detail::pipeline_run<Executor, Sync>;
  using buffer = detail::stage_buffer<T, Executor, Sync>;

 public:
  using value_type = T;
  using executor_type = Executor;
  using next_signature = void(error_code, std::optional<T>);

  basic_pipeline_stream(std::shared_ptr<run> pipeline, std::shared_ptr<buffer> output)
      : run_(std::move(pipeline)), output_(std::move(output)) {}

  basic_pipeline_stream(basic_pipeline_stream&&) noexcept = default;
  basic_pipeline_stream& operator=(basic_pipeline_stream&& other) noexcept {
    if (run_ != nullptr) run_->abort();
    run_ = std::move(other.run_);
    output_ = std::move(other.output_);
    return *this;
  }
  ~basic_pipeline_stream() {
    if (run_ != nullptr) run_->abort();
  }

  executor_type get_executor() const noexcept { return run_->executor(); }

  /// Waits for the next item. None: there are no more. An error comes after the items that were
  /// finished before it: the code of the exception that ended the run, `failed` if it has none;
  /// `operation_aborted` after an abort.
  template <boost::asio::completion_token_for<next_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_next(Token&& token = {}) {
    return boost::asio::async_initiate<Token, next_signature>(initiate_next(run_, output_), token);
  }

  /// The next item if it is there.
  std::optional<T> try_next() { return output_->try_pop().value_or(std::nullopt); }

  /// Nothing more is taken from the source; what is on the way still comes.
  void finish() { run_->finish(); }
  /// All calls are cancelled, and what is on the way is lost.
  void abort() { run_->abort(); }

  /// That ended the run; null: none.
  std::exception_ptr exception() const { return run_->error(); }

  /// Of each stage.
  std::vector<stage_counts> counts() const { return run_->counts(); }

 private:
  class initiate_next {
   public:
    using executor_type = Executor;

    initiate_next(std::shared_ptr<run> pipeline, std::shared_ptr<buffer> output) noexcept
        : run_(std::move(pipeline)), output_(std::move(output)) {}

    executor_type get_executor() const noexcept { return run_->executor(); }

    template <class Handler>
    void operator()(Handler&& handler) const {
      using wrapped = detail::next_handler<run, std::decay_t<Handler>>;
      output_->initiate_pop()(wrapped{std::forward<Handler>(handler), run_},
                              detail::never<std::chrono::steady_clock>);
    }

   private:
    std::shared_ptr<run> run_;
    std::shared_ptr<buffer> output_;
  };

  std::shared_ptr<run> run_;
  std::shared_ptr<buffer> output_;
};

}  // namespace asioscope::core

template <template <class, class> class Associator, class Run, class Handler, class Default>
struct boost::asio::associator<Associator, asioscope::core::detail::next_handler<Run, Handler>,
                               Default> : Associator<Handler, Default> {
  static typename Associator<Handler, Default>::type get(
      const asioscope::core::detail::next_handler<Run, Handler>& next,
      const Default& otherwise = Default()) noexcept {
    return Associator<Handler, Default>::get(next.handler, otherwise);
  }
};
