// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <utility>
#include <vector>

namespace asioscope::core {

/// What is done with items. Derive from it, or give the processor a function.
template <class T>
class item_processor {
 public:
  item_processor() = default;
  item_processor(const item_processor&) = delete;
  item_processor& operator=(const item_processor&) = delete;
  virtual ~item_processor() = default;

  /// Called by several workers at a time. Throws: the item failed.
  virtual boost::asio::awaitable<void> process_item(T& item) = 0;

  /// An attempt failed: the first is number 1. What this throws is ignored.
  virtual void on_error(const T& /*item*/, const std::exception_ptr& /*error*/,
                        unsigned /*attempt*/) {}

  /// The last attempt failed. What this throws is ignored.
  virtual void dead_letter(T&& /*item*/, const std::exception_ptr& /*error*/) {}
};

struct queue_processor_options {
  std::size_t workers = 5;      ///< at least 1
  std::size_t capacity = 1000;  ///< of items that no worker has yet
  unsigned max_attempts = 1;    ///< with each item, in all: at least 1
  /// Before the second attempt; twice as long before each further one, up to the longest. The
  /// worker waits.
  std::chrono::nanoseconds retry_delay{0};
  std::chrono::nanoseconds max_retry_delay = std::chrono::seconds(30);
};

enum class stop_mode : std::uint8_t {
  drain,           ///< all items that were accepted are processed
  cancel_pending,  ///< what the workers have is finished, with no further attempt
  abort,           ///< what the workers have is cancelled
};

/// What happened to all items since the start: each that was accepted is in exactly one of these.
template <class T>
struct stop_report {
  std::uint64_t processed = 0;
  std::uint64_t failed = 0;    ///< after the last attempt
  std::vector<T> unprocessed;  ///< no worker had begun, or an attempt was left
  std::vector<T> interrupted;  ///< cancelled while a worker had it
  bool deadline_passed = false;
};

}  // namespace asioscope::core
