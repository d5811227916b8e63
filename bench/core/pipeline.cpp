// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/pipeline.hpp"

#include "loops.hpp"
#include "table.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdlib>
#include <ranges>

namespace bench {

namespace {

namespace asio = boost::asio;
using namespace asioscope::core;

asio::awaitable<long> add_one(long item) { co_return item + 1; }
asio::awaitable<std::optional<long>> keep(long item) { co_return item; }

template <class Executor, class Sync, class Pipeline>
double items_through(const Pipeline& plan, long operations) {
  asio::io_context loop(1);
  const Executor executor(loop.get_executor());
  long seen = 0;
  const auto read_all = [&]() -> asio::awaitable<void> {
    auto stream = plan.template process_stream<Sync>(executor, std::views::iota(0L, operations));
    for (;;) {
      const std::optional<long> item = co_await stream.async_next(asio::use_awaitable);
      if (!item.has_value()) co_return;
      ++seen;
    }
  };
  asio::co_spawn(loop, read_all(), asio::detached);
  const double taken = time_of(operations, [&] { loop.run(); });
  if (seen != operations) std::abort();
  return taken;
}

template <class Executor, class Sync>
double three_stages(long operations) {
  const auto plan = make_pipeline<long>().add_stage(add_one).add_stage(keep).add_stage(add_one);
  return items_through<Executor, Sync>(plan, operations);
}

/// Which give their results themselves.
template <class Executor, class Sync>
double plain_functions(long operations) {
  const auto add = [](long item) { return item + 1; };
  const auto plan = make_pipeline<long>().add_stage(add).add_stage(add).add_stage(add);
  return items_through<Executor, Sync>(plan, operations);
}

template <class Executor, class Sync>
double large_buffers(long operations) {
  constexpr stage_options large{.buffer = 256};
  const auto plan = make_pipeline<long>()
                        .add_stage(add_one, large)
                        .add_stage(keep, large)
                        .add_stage(add_one, large);
  return items_through<Executor, Sync>(plan, operations);
}

template <class Executor, class Sync>
double in_parallel(long operations) {
  constexpr stage_options four{.concurrency = 4};
  const auto plan =
      make_pipeline<long>().add_stage(add_one, four).add_stage(keep, four).add_stage(add_one, four);
  return items_through<Executor, Sync>(plan, operations);
}

}  // namespace

std::vector<core_row> pipeline_rows() {
  constexpr limit two_million_a_second = at_most(500);
  return {
      {"pipeline, an item through 3 stages, null_mutex", three_stages<io_executor, null_mutex>,
       two_million_a_second},
      {"pipeline, an item through 3 stages", three_stages<io_executor, std::mutex>,
       two_million_a_second},
      {"pipeline, an item through 3 stages, any_io_executor",
       three_stages<any_executor, std::mutex>, two_million_a_second},
      {"pipeline, an item through 3 stages, buffers of 256",
       large_buffers<any_executor, std::mutex>, two_million_a_second},
      {"pipeline, an item through 3 plain functions", plain_functions<any_executor, std::mutex>,
       two_million_a_second},
      {"pipeline, an item through 3 stages, 4 at a time", in_parallel<any_executor, std::mutex>},
  };
}

}  // namespace bench
