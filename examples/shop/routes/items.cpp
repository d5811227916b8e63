// SPDX-License-Identifier: BSL-1.0
#include "routes.hpp"

#include <boost/json/array.hpp>

namespace shop::routes {
namespace {

asio::awaitable<json::array> list_items(sqlite::connection& connection) {
  json::array items;
  for (const sqlite::row& each : co_await connection.async_query(
           "SELECT id, name, price_cents FROM items ORDER BY id", asio::use_awaitable)) {
    const auto [id, name, price] = each.as<std::int64_t, std::string, std::int64_t>();
    items.push_back({{"id", id}, {"name", name}, {"price_cents", price}});
  }
  co_return items;
}

}  // namespace

void add_items(router& to, database& data) {
  to.add(http::verb::get, "/items", [&data](const call&) -> asio::awaitable<response> {
    co_return answer(http::status::ok, co_await data.read(list_items));
  });
}

}  // namespace shop::routes
