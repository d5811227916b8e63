// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/resource_pool.hpp"
#include "asioscope/core/with_resource.hpp"
#include "asioscope/sqlite/connection.hpp"
#include "asioscope/sqlite/open_options.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string>
#include <utility>

namespace asioscope::sqlite {

/// Connections to one database.
/// `co_await core::with_resource(pool, [](connection& mine) -> awaitable<…> {…})`.
using pool = core::resource_pool<connection>;
using pooled_connection = core::pooled<connection>;

namespace detail {

// Inline: no library of ours may bring Asio's scheduler, which has to be the user's.

inline boost::asio::awaitable<connection> open(boost::asio::any_io_executor executor,
                                               open_options options) {
  co_return co_await connection::async_open(executor, std::move(options),
                                            boost::asio::use_awaitable);
}

inline boost::asio::awaitable<bool> is_good(connection& each) {
  co_await each.async_query("SELECT 1", boost::asio::use_awaitable);
  co_return true;
}

inline boost::asio::awaitable<bool> reset(connection& each) {
  co_await each.async_reset(boost::asio::use_awaitable);
  co_return true;
}

inline boost::asio::awaitable<void> close(connection last) {
  co_await last.async_close(boost::asio::use_awaitable);
}

}  // namespace detail

/// What has been left of a transaction is rolled back when a connection comes back; a broken
/// connection is replaced.
/// \throws core::config_error
inline pool make_pool(const boost::asio::any_io_executor& executor, open_options database,
                      const core::pool_options& options = {}, std::string name = {}) {
  check(database);
  pool::hooks hooks;
  hooks.create = [executor, database = std::move(database)] {
    return detail::open(executor, database);
  };
  hooks.validate = detail::is_good;
  hooks.reset = detail::reset;
  hooks.dispose = detail::close;
  return pool(executor, std::move(hooks), options, std::move(name));
}

}  // namespace asioscope::sqlite
