// SPDX-License-Identifier: BSL-1.0
#include "routes.hpp"

#include "asioscope/instrumentation/co_spawn.hpp"
#include "asioscope/recorder/annotate.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <stdexcept>

namespace shop::routes {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::int64_t longest_ms = 10'000;
constexpr std::int64_t largest_backlog = 200'000;
constexpr std::size_t most_leaks = 10'000;

/// What somebody wrote without thinking of the loop: it computes for as long as it likes.
[[gnu::noinline]] std::uint64_t compute_discounts(milliseconds duration) {
  const auto end = clock::now() + duration;
  std::uint64_t cents = 1;
  do {
    for (int i = 0; i < 10'000; ++i)
      cents = cents * 6364136223846793005U + (cents >> 29);
  } while (clock::now() < end);
  return cents;
}

asio::awaitable<response> block(const call& from) {
  const milliseconds duration{number(from, "ms", 300, longest_ms)};
  const asioscope::scope pricing("price the basket");
  const auto checksum = compute_discounts(duration);
  co_return answer(http::status::ok, {{"blocked_ms", duration.count()}, {"checksum", checksum}});
}

asio::awaitable<response> fail(const call&) {
  throw std::runtime_error("/sick/throw was asked to throw");
  co_return response{};
}

asio::awaitable<response> backlog(asio::io_context& loop, const call& from) {
  const auto count = number(from, "n", 10'000, largest_backlog);
  for (std::int64_t i = 0; i < count; ++i) {
    asio::post(loop, [] { compute_discounts(milliseconds{0}); });
  }
  co_return answer(http::status::ok, {{"posted", count}});
}

/// Waits for something that nobody will ever do.
asio::awaitable<void> wait_for_godot() {
  asio::steady_timer godot(co_await asio::this_coro::executor,
                           asio::steady_timer::time_point::max());
  co_await godot.async_wait(asio::use_awaitable);
}

asio::awaitable<response> leak(asio::io_context& loop, std::size_t& leaked) {
  if (leaked == most_leaks) {
    co_return failure(http::status::too_many_requests, "that is enough leaking for one program");
  }
  asioscope::co_spawn(loop.get_executor(), "leaked", wait_for_godot(), asio::detached);
  co_return answer(http::status::ok, {{"leaked", ++leaked}});
}

/// A handler that always has one more thing to do.
void post_again(asio::io_context& loop, clock::time_point end) {
  if (clock::now() < end) asio::post(loop, [&loop, end] { post_again(loop, end); });
}

asio::awaitable<response> storm(asio::io_context& loop, const call& from) {
  const milliseconds duration{number(from, "ms", 1000, longest_ms)};
  post_again(loop, clock::now() + duration);
  co_return answer(http::status::ok, {{"storm_ms", duration.count()}});
}

/// Takes a connection to the database and thinks about something else.
asio::awaitable<response> hold(database& data, const call& from) {
  const milliseconds duration{number(from, "ms", 3000, longest_ms)};
  co_await data.read([duration](sqlite::connection&) -> asio::awaitable<void> {
    asio::steady_timer thinking(co_await asio::this_coro::executor, duration);
    co_await thinking.async_wait(asio::use_awaitable);
  });
  co_return answer(http::status::ok, {{"held_ms", duration.count()}});
}

asio::awaitable<response> strike(carrier& firm, const call& from) {
  const milliseconds duration{number(from, "ms", 5000, longest_ms)};
  firm.refuse_for(duration);
  co_return answer(http::status::ok, {{"strike_ms", duration.count()}});
}

}  // namespace

void add_sick(router& to, asio::io_context& loop, database& data, carrier& firm) {
  to.add(http::verb::get, "/sick/block", block);
  to.add(http::verb::get, "/sick/throw", fail);
  to.add(http::verb::get, "/sick/backlog",
         [&loop](const call& from) { return backlog(loop, from); });
  to.add(http::verb::get, "/sick/leak",
         [&loop, leaked = std::make_shared<std::size_t>(0)](const call&) {
           return leak(loop, *leaked);
         });
  to.add(http::verb::get, "/sick/hold", [&data](const call& from) { return hold(data, from); });
  to.add(http::verb::get, "/sick/strike", [&firm](const call& from) { return strike(firm, from); });
  to.add(http::verb::get, "/sick/storm", [&loop](const call& from) { return storm(loop, from); });
}

}  // namespace shop::routes
