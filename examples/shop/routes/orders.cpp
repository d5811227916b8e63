// SPDX-License-Identifier: BSL-1.0
#include "routes.hpp"

#include "asioscope/recorder/annotate.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/json/parse.hpp>

#include <chrono>
#include <optional>

namespace shop::routes {
namespace {

struct order {
  std::int64_t item = 0;
  std::int64_t quantity = 0;
};

/// A whole number between 1 and `largest`, or nothing.
std::optional<std::int64_t> field(const json::value& body, std::string_view name,
                                  std::int64_t largest) {
  const auto* object = body.if_object();
  const auto* value = object != nullptr ? object->if_contains(name) : nullptr;
  const auto* number = value != nullptr ? value->if_int64() : nullptr;
  if (number == nullptr || *number < 1 || *number > largest) return std::nullopt;
  return *number;
}

std::optional<order> parse(const std::string& text) {
  boost::system::error_code failed;
  const auto body = json::parse(text, failed);
  if (failed) return std::nullopt;
  const auto item = field(body, "item", 1'000'000);
  const auto quantity = field(body, "quantity", 1000);
  if (!item || !quantity) return std::nullopt;
  return order{*item, *quantity};
}

/// The new order's number, 0 when there is no such item.
asio::awaitable<std::int64_t> place(sqlite::connection& connection, order wanted) {
  const auto done = co_await connection.async_execute(
      "INSERT INTO orders (item, quantity) SELECT id, ? FROM items WHERE id = ?",
      sqlite::values(wanted.quantity, wanted.item), asio::use_awaitable);
  co_return done.changes == 1 ? done.last_insert_id : 0;
}

/// Null when there is no such order.
asio::awaitable<json::value> find(sqlite::connection& connection, std::int64_t id) {
  const auto found = co_await connection.async_query(
      "SELECT name, quantity, quantity * price_cents, state FROM orders JOIN items ON items.id = "
      "item WHERE orders.id = ?",
      sqlite::values(id), asio::use_awaitable);
  if (found.empty()) co_return nullptr;
  const auto [item, quantity, total, state] =
      found.front().as<std::string, std::int64_t, std::int64_t, std::string>();
  co_return json::value{
      {"id", id}, {"item", item}, {"quantity", quantity}, {"total_cents", total}, {"state", state}};
}

asio::awaitable<response> post_order(database& data, asioscope::core::rate_limiter& pace,
                                     const request& message) {
  const auto wanted = parse(message.body());
  if (!wanted) {
    co_return failure(http::status::bad_request, R"(send {"item": 1, "quantity": 2})");
  }
  const auto [late] = co_await pace.async_acquire_for(1, std::chrono::seconds{1},
                                                      asio::as_tuple(asio::use_awaitable));
  if (late) {
    auto refused = failure(http::status::too_many_requests, "too many orders at a time");
    refused.set(http::field::retry_after, "1");
    co_return refused;
  }
  const asioscope::scope placing("place the order");
  const auto id = co_await data.write(
      [order = *wanted](sqlite::connection& connection) { return place(connection, order); });
  if (id == 0) co_return failure(http::status::unprocessable_entity, "there is no such item");
  asioscope::message("order " + std::to_string(id));
  auto created = answer(http::status::created, {{"id", id}});
  created.set(http::field::location, "/orders/" + std::to_string(id));
  co_return created;
}

asio::awaitable<response> get_order(database& data, std::string_view text) {
  const auto id = parse_number(text);
  auto found =
      co_await data.read([id](sqlite::connection& connection) { return find(connection, id); });
  if (found.is_null()) co_return failure(http::status::not_found, "there is no such order");
  co_return answer(http::status::ok, found);
}

}  // namespace

void add_orders(router& to, database& data, asioscope::core::rate_limiter& pace) {
  to.add(http::verb::post, "/orders",
         [&](const call& from) { return post_order(data, pace, from.message); });
  to.add(http::verb::get, "/orders/ID",
         [&data](const call& from) { return get_order(data, from.id); });
}

}  // namespace shop::routes
