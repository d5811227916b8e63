// SPDX-License-Identifier: BSL-1.0
#include "database.hpp"

#include <stdlib.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>

namespace shop {
namespace {

constexpr auto tables = R"sql(
  CREATE TABLE IF NOT EXISTS items (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, price_cents INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES items, quantity INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'placed');
  CREATE INDEX IF NOT EXISTS placed_orders ON orders (id) WHERE state = 'placed';
)sql";

// Fifty thousand old orders make GET /report as slow as it is in a shop that has been open for a
// while.
constexpr auto stock = R"sql(
  INSERT INTO items (name, price_cents) VALUES
    ('oscilloscope', 34900), ('multimeter', 8900), ('soldering iron', 4900), ('bench supply', 12900),
    ('logic analyser', 15900), ('probe', 2900), ('breadboard', 700), ('jumper wires', 500),
    ('magnifying lamp', 5900), ('tweezers', 900), ('function generator', 21900), ('heat gun', 6900);
  WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 49999)
    INSERT INTO orders (item, quantity, state) SELECT 1 + n % 12, 1 + n % 5, 'shipped' FROM number;
)sql";

std::filesystem::path make_temporary_folder() {
  auto pattern = (std::filesystem::temp_directory_path() / "asioscope-shop-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), pattern);
  }
  return pattern;
}

}  // namespace

database::database(const asio::any_io_executor& executor, std::filesystem::path file,
                   std::size_t connections)
    : connections_(make_connections(executor, std::move(file), connections)),
      writer_(executor, "database writer") {}

sqlite::pool database::make_connections(const asio::any_io_executor& executor,
                                        std::filesystem::path file, std::size_t connections) {
  if (file.empty()) {
    folder_.path = make_temporary_folder();
    file = folder_.path / "shop.db";
  }
  return sqlite::make_pool(
      executor, {.path = file.string(), .survive_power_loss = false},
      {.min_size = connections, .max_size = connections, .leak_after = std::chrono::seconds{30}},
      "database");
}

asio::awaitable<void> database::open() {
  co_await write([](sqlite::connection& connection) -> asio::awaitable<void> {
    auto all_or_nothing = co_await connection.async_begin(asio::use_awaitable);
    co_await all_or_nothing.async_execute(tables, asio::use_awaitable);
    const auto known =
        co_await all_or_nothing.async_query("SELECT 1 FROM items LIMIT 1", asio::use_awaitable);
    if (known.empty()) co_await all_or_nothing.async_execute(stock, asio::use_awaitable);
    co_await all_or_nothing.async_commit(asio::use_awaitable);
  });
}

database::temporary_folder::~temporary_folder() {
  if (path.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

}  // namespace shop
