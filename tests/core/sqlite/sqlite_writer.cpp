// SPDX-License-Identifier: BSL-1.0
// Writes rows for ever, several at a time, and says which ones are committed: it is made to be
// killed. Usage: sqlite_writer FILE
#include "asioscope/sqlite/pool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>

namespace {

namespace asio = boost::asio;
using namespace asioscope;

asio::awaitable<void> write_for_ever(sqlite::pool& pool, int& last) {
  for (;;) {
    const int id = ++last;
    co_await core::with_resource(pool, [id](sqlite::connection& mine) -> asio::awaitable<void> {
      auto all_or_nothing = co_await mine.async_begin(asio::use_awaitable);
      for (int part = 0; part < 2; ++part)
        co_await all_or_nothing.async_execute("INSERT INTO rows (id, part) VALUES (?, ?)",
                                              sqlite::values(id, part), asio::use_awaitable);
      co_await all_or_nothing.async_commit(asio::use_awaitable);
    });
    std::printf("%d\n", id);
    std::fflush(stdout);
  }
}

}  // namespace

int main(int, char** arguments) {
  asio::io_context loop;
  auto pool = sqlite::make_pool(loop.get_executor(), {.path = arguments[1]}, {.max_size = 4});
  int last = 0;
  for (int i = 0; i < 4; ++i)
    asio::co_spawn(loop, write_for_ever(pool, last), asio::detached);
  loop.run();
}
