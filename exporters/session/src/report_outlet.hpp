// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/net/quiet_thread.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace asioscope {

/// Carries reports from the watchdog, which must not wait, to the program's owner, who may take his
/// time: a bounded queue and a thread.
///
/// Thread safety: push from any thread. What is in the queue at destruction is still delivered.
class report_outlet {
 public:
  using receiver = std::function<void(const schema::report& value, std::uint64_t suppressed)>;

  /// An exception from the receiver is dropped.
  explicit report_outlet(receiver receive);
  ~report_outlet();
  report_outlet(const report_outlet&) = delete;
  report_outlet& operator=(const report_outlet&) = delete;

  /// Counted as suppressed when the queue is full.
  void push(const schema::report& value, std::uint64_t suppressed);

 private:
  static constexpr std::size_t capacity = 64;

  struct entry {
    schema::report value;
    std::uint64_t suppressed = 0;
  };

  void run();

  receiver receive_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<entry> queue_;
  bool stopping_ = false;
  net::quiet_thread thread_;
};

/// Writes one line on stderr, with a single call, past stdio and its locks.
void write_line(std::string line) noexcept;

}  // namespace asioscope
