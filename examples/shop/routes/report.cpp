// SPDX-License-Identifier: BSL-1.0
#include "routes.hpp"

#include "asioscope/core/pipeline.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <ranges>
#include <string>

namespace shop::routes {
namespace {

constexpr std::int64_t page_size = 500;

struct page {
  std::int64_t orders = 0;
  std::map<std::string, std::int64_t> cents_by_item;
};

asio::awaitable<std::int64_t> last_order(sqlite::connection& connection) {
  const auto found = co_await connection.async_query("SELECT coalesce(max(id), 0) FROM orders",
                                                     asio::use_awaitable);
  co_return found.front().get<std::int64_t>(0);
}

asio::awaitable<page> read_page(sqlite::connection& connection, std::int64_t number) {
  page result;
  const std::int64_t first = number * page_size;
  for (const sqlite::row& each : co_await connection.async_query(
           "SELECT name, count(*), sum(quantity * price_cents) FROM orders JOIN items "
           "ON items.id = item WHERE orders.id > ? AND orders.id <= ? GROUP BY name",
           sqlite::values(first, first + page_size), asio::use_awaitable)) {
    const auto [item, orders, cents] = each.as<std::string, std::int64_t, std::int64_t>();
    result.orders += orders;
    result.cents_by_item[item] += cents;
  }
  co_return result;
}

/// Reads every order there is, two pages at a time, so that other requests get their turn at the
/// database.
asio::awaitable<response> report(database& data) {
  const std::int64_t pages = (co_await data.read(last_order) + page_size - 1) / page_size;
  const auto plan = asioscope::core::make_pipeline<std::int64_t>().add_stage(
      [&data](std::int64_t number) {
        return data.read(
            [number](sqlite::connection& connection) { return read_page(connection, number); });
      },
      {.concurrency = 2, .order = asioscope::core::stage_order::completion});
  auto read = plan.process_stream(co_await asio::this_coro::executor,
                                  std::views::iota(std::int64_t{0}, pages), "report");
  page total;
  while (const auto next = co_await read.async_next(asio::use_awaitable)) {
    total.orders += next->orders;
    for (const auto& [item, cents] : next->cents_by_item)
      total.cents_by_item[item] += cents;
  }
  json::object revenue;
  for (const auto& [item, cents] : total.cents_by_item)
    revenue[item] = cents;
  co_return answer(http::status::ok,
                   {{"orders", total.orders}, {"revenue_cents", std::move(revenue)}});
}

}  // namespace

void add_report(router& to, database& data) {
  to.add(http::verb::get, "/report", [&data](const call&) { return report(data); });
}

}  // namespace shop::routes
