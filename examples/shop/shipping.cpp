// SPDX-License-Identifier: BSL-1.0
#include "shipping.hpp"

#include "carrier.hpp"

#include "asioscope/core/compose.hpp"
#include "asioscope/core/timeout.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <string>

namespace shop {

using namespace std::chrono_literals;

shipping::shipping(const asio::any_io_executor& executor, database& data,
                   asio::ip::tcp::endpoint carrier)
    : data_(data),
      carrier_(carrier),
      patience_({.max_attempts = 3, .base_delay = 100ms, .max_delay = 1s}, "carrier"),
      breaker_(executor, {.window_calls = 6, .minimum_calls = 6, .open_time = 5s}, "carrier"),
      parcels_(
          executor, {.workers = 2, .capacity = 20}, [this](parcel& orders) { return ship(orders); },
          "parcels") {}

asio::awaitable<shipping::parcel> shipping::next_after(std::int64_t order) {
  return data_.read([order](sqlite::connection& connection) -> asio::awaitable<parcel> {
    const auto found = co_await connection.async_query(
        "SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM "
        "(SELECT id FROM orders WHERE state = 'placed' AND id > ? ORDER BY id LIMIT 100)",
        sqlite::values(order), asio::use_awaitable);
    const auto [first, last] = found.front().as<std::int64_t, std::int64_t>();
    co_return parcel{first, last};
  });
}

asio::awaitable<void> shipping::run() {
  co_await parcels_.async_start(asio::use_awaitable);
  asio::steady_timer next(co_await asio::this_coro::executor, 1s);
  std::int64_t last = 0;
  for (;;) {
    co_await next.async_wait(asio::use_awaitable);
    // What the carrier did not take is tried again when everything else has been.
    if (parcels_.pending() + parcels_.in_flight() == 0) last = 0;
    for (;;) {
      const parcel orders = co_await next_after(last);
      if (orders.last == 0) break;
      last = orders.last;
      co_await parcels_.async_push(orders, asio::use_awaitable);
    }
    next.expires_at(std::max(next.expiry() + 1s, asio::steady_timer::clock_type::now()));
  }
}

asio::awaitable<void> shipping::ship(parcel& orders) {
  const std::string what =
      "orders " + std::to_string(orders.first) + " to " + std::to_string(orders.last);
  const auto carefully =
      asioscope::core::compose(patience_, breaker_, asioscope::core::timeout(2s));
  auto taken = co_await carefully.execute([&] { return call_carrier(carrier_, what); });
  taken.value();  // throws: the parcel failed
  co_await data_.write([&](sqlite::connection& connection) -> asio::awaitable<void> {
    co_await connection.async_execute(
        "UPDATE orders SET state = 'shipped' WHERE state = 'placed' AND id BETWEEN ? AND ?",
        sqlite::values(orders.first, orders.last), asio::use_awaitable);
  });
}

}  // namespace shop
