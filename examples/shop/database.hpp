// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/mutex.hpp"
#include "asioscope/sqlite/pool.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <filesystem>
#include <type_traits>
#include <utility>

namespace shop {

namespace asio = boost::asio;
namespace sqlite = asioscope::sqlite;

/// The shop's SQLite database: a pool of connections, each with a thread of its own.
///
/// `work` is a function `awaitable<…>(sqlite::connection&)`. Lifetime: the database outlives the
/// coroutines that use it.
class database {
 public:
  /// An empty path: a temporary file, removed with this object.
  database(const asio::any_io_executor& executor, std::filesystem::path file,
           std::size_t connections);
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  /// Makes the tables, and fills them when they are new.
  asio::awaitable<void> open();

  /// Any number of readers run side by side, as far as there are connections.
  template <class Work>
  std::invoke_result_t<Work&, sqlite::connection&> read(Work work) {
    return asioscope::core::with_resource(connections_, std::move(work));
  }

  /// Writers queue up in the program, because SQLite would make their threads sleep until it is
  /// their turn.
  template <class Work>
  std::invoke_result_t<Work&, sqlite::connection&> write(Work work) {
    const auto turn = co_await writer_.async_lock(asio::use_awaitable);
    co_return co_await read(std::move(work));
  }

 private:
  struct temporary_folder {
    temporary_folder() = default;
    ~temporary_folder();
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    std::filesystem::path path;
  };

  sqlite::pool make_connections(const asio::any_io_executor& executor, std::filesystem::path file,
                                std::size_t connections);

  // Destroyed from the last to the first: the connections close, the folder goes.
  temporary_folder folder_;
  sqlite::pool connections_;
  asioscope::core::mutex writer_;
};

}  // namespace shop
