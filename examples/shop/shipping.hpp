// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "database.hpp"

#include "asioscope/core/circuit_breaker.hpp"
#include "asioscope/core/queue_processor.hpp"
#include "asioscope/core/retry.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>

namespace shop {

/// Gives placed orders to the carrier, a parcel of up to a hundred at a time, so that orders coming
/// in need not wait long for their turn to write. When the carrier is not well it is left alone for
/// a while, and the orders stay placed.
class shipping {
 public:
  shipping(const asio::any_io_executor& executor, database& data, asio::ip::tcp::endpoint carrier);

  /// Looks for placed orders every second, for ever.
  asio::awaitable<void> run();

 private:
  /// The orders from the first to the last of these numbers that are placed.
  struct parcel {
    std::int64_t first = 0;
    std::int64_t last = 0;
  };

  asio::awaitable<parcel> next_after(std::int64_t order);
  asio::awaitable<void> ship(parcel& orders);

  database& data_;
  asio::ip::tcp::endpoint carrier_;
  asioscope::core::retry_policy patience_;
  asioscope::core::circuit_breaker breaker_;
  asioscope::core::queue_processor<parcel> parcels_;
};

}  // namespace shop
