// SPDX-License-Identifier: BSL-1.0
#include <boost/asio.hpp>

#include <asioscope/sqlite/pool.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>

namespace asio = boost::asio;
namespace sqlite = asioscope::sqlite;
using namespace std::chrono_literals;
using asio::use_awaitable;
using asioscope::core::with_resource;

asio::awaitable<void> move_money(sqlite::connection& bank, std::int64_t amount) {
  auto both = co_await bank.async_begin(use_awaitable);
  co_await both.async_execute("UPDATE accounts SET money = money - ? WHERE owner = ?",
                              sqlite::values(amount, "ann"), use_awaitable);
  co_await both.async_execute("UPDATE accounts SET money = money + ? WHERE owner = ?",
                              sqlite::values(amount, "bob"), use_awaitable);
  co_await both.async_commit(use_awaitable);  // without it, nothing has happened
}

asio::awaitable<void> show(sqlite::connection& bank) {
  for (const sqlite::row& each :
       co_await bank.async_query("SELECT owner, money, note FROM accounts", use_awaitable)) {
    const auto [owner, money, note] =
        each.as<std::string, std::int64_t, std::optional<std::string>>();
    std::cout << owner << ' ' << money << ' ' << note.value_or("-") << '\n';
  }
}

asio::awaitable<void> open_account(sqlite::pool& banks, std::string owner) {
  const auto work = [owner](sqlite::connection& bank) {
    return bank.async_execute("INSERT INTO accounts VALUES (?, 0, NULL)", sqlite::values(owner),
                              use_awaitable);
  };
  co_await with_resource(banks, work);
}

asio::awaitable<bool> rename_account(sqlite::connection& bank, std::string from, std::string to) {
  const auto [error, done] =
      co_await bank.async_execute_for("UPDATE accounts SET owner = ? WHERE owner = ?",
                                      sqlite::values(to, from), 2s, asio::as_tuple(use_awaitable));
  if (error == asioscope::core::errc::timed_out)
    co_return false;  // it has not happened, nor will it
  if (error) throw boost::system::system_error(error, bank.last_message());
  co_return done.changes == 1;
}

asio::awaitable<void> serve(sqlite::pool& banks) {
  co_await with_resource(banks, [](sqlite::connection& bank) -> asio::awaitable<void> {
    co_await bank.async_execute(
        "CREATE TABLE accounts (owner TEXT, money INTEGER, note TEXT);"
        "INSERT INTO accounts VALUES ('ann', 100, NULL), ('bob', 0, 'new')",
        use_awaitable);
    co_await move_money(bank, 30);
    co_await rename_account(bank, "bob", "bert");
    co_await show(bank);
  });
  co_await open_account(banks, "cid");
  co_await banks.async_close(use_awaitable);
}

int main() {
  asio::io_context loop;
  auto banks = sqlite::make_pool(loop.get_executor(), {.path = ":memory:"}, {.max_size = 1});
  asio::co_spawn(loop, serve(banks), asio::detached);
  loop.run();
}
