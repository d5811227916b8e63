// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/config_error.hpp"
#include "asioscope/core/detail/pipeline_stage.hpp"
#include "asioscope/core/pipeline_stream.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace asioscope::core {

/// A chain of stages, each of which makes an item of an item, several at a time if wanted, with
/// bounded buffers between them. It is a plan: each `process_stream` begins a run of its own.
///
/// A stage is a function of an item that returns `awaitable<std::optional<U>>`, where `nullopt`
/// drops the item, or `awaitable<U>`; or the same without `awaitable`, when it never waits. Falsy
/// values are values. A stage with order `input` and a concurrency above 1 keeps the order of its
/// items.
///
/// Thread safety: of a const object. The functions of a stage with a concurrency above 1 are called
/// at the same time if several threads run the executor.
/// Source: tasks, limits and laziness as of aiostream's `map`, order as of Rust's `buffered` and
/// `buffer_unordered`.
template <class In, class Out, class... Plans>
class pipeline {
 public:
  explicit pipeline(pipeline_options options = {}) requires(sizeof...(Plans) == 0)
      : options_(std::move(options)) {}

  /// The pipeline with one more stage.
  /// \param dead_letter is given the items of this stage that failed, and why; the others go on.
  ///                    An item that cannot be copied is as the function left it.
  /// \throws config_error
  template <class Function>
  auto add_stage(Function function, const stage_options& options = {},
                 detail::dead_letter_function<Out> dead_letter = {}) const {
    static_assert(std::is_invocable_v<Function&, detail::stage_argument<Function, Out>>,
                  "a stage is called with what the one before has made");
    require_config(options.concurrency > 0, "pipeline.stage.concurrency", "must be greater than 0");
    using plan = detail::stage_plan<Out, Function>;
    return pipeline<In, typename plan::output, Plans..., plan>(
        options_, std::tuple_cat(plans_, std::tuple<plan>(plan{std::move(function), options,
                                                               std::move(dead_letter)})));
  }

  /// Begins to take items from the source: a function that returns `std::optional<In>`, or an
  /// awaitable of that, `nullopt` at its end, or a range. An item is taken when a call of the first
  /// stage is free, so that no more are on the way than all stages together may call, reorder and
  /// buffer.
  template <class Sync = std::mutex, class Executor, class Source>
  auto process_stream(const Executor& executor, Source source, std::string name = {}) const {
    static_assert(sizeof...(Plans) > 0, "there must be a stage");
    auto run =
        std::make_shared<detail::pipeline_run<Executor, Sync>>(executor, options_, std::move(name));
    std::vector<std::function<void()>> starts;
    auto output = build<0>(run, detail::make_source<In>(std::move(source)), starts);
    basic_pipeline_stream<Out, Executor, Sync> stream(run, std::move(output));
    for (const auto& start : starts)
      start();
    return stream;
  }

 private:
  template <class, class, class...>
  friend class pipeline;

  pipeline(pipeline_options options, std::tuple<Plans...> plans)
      : options_(std::move(options)), plans_(std::move(plans)) {}

  template <std::size_t Index, class Run, class Input>
  auto build(const std::shared_ptr<Run>& run, Input input,
             std::vector<std::function<void()>>& starts) const {
    return build_of<Index>(run, std::move(input), starts, *run);
  }

  template <std::size_t Index, class Run, class Input, class Executor, class Sync>
  auto build_of(const std::shared_ptr<Run>& run, Input input,
                std::vector<std::function<void()>>& starts,
                const detail::pipeline_run<Executor, Sync>&) const {
    using plan = std::tuple_element_t<Index, std::tuple<Plans...>>;
    using stage = detail::pipeline_stage<plan, Input, Executor, Sync>;
    using coroutine = typename detail::pipeline_run<Executor, Sync>::coroutine;
    const auto made =
        std::make_shared<stage>(run, Index, std::get<Index>(plans_), std::move(input));
    run->add_stage(made->counts());
    for (std::size_t i = 0; i < std::get<Index>(plans_).options.concurrency; ++i) {
      const auto worker = std::make_shared<coroutine>(
          detail::make_coroutine_executor<Executor, Sync>(run->executor()));
      const auto pulling = std::make_shared<bool>(false);
      run->add_worker({worker, pulling});
      starts.push_back([made, worker, pulling] {
        worker->start([made, pulling] { return stage::work(made, pulling); },
                      [made] { made->worker_ended(); });
      });
    }
    if constexpr (Index + 1 == sizeof...(Plans))
      return made->output();
    else
      return build<Index + 1>(
          run, detail::buffer_input<typename plan::output, Executor, Sync>{made->output()}, starts);
  }

  pipeline_options options_;
  std::tuple<Plans...> plans_;
};

/// `make_pipeline<int>().add_stage(…).add_stage(…)`
template <class In>
pipeline<In, In> make_pipeline(pipeline_options options = {}) {
  return pipeline<In, In>(std::move(options));
}

}  // namespace asioscope::core
