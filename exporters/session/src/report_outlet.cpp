// SPDX-License-Identifier: BSL-1.0
#include "report_outlet.hpp"

#include "asioscope/recorder/note.hpp"

#include <unistd.h>

#include <utility>

namespace asioscope {

report_outlet::report_outlet(receiver receive)
    : receive_(std::move(receive)), thread_("asioscope-rept", [this] { run(); }) {}

report_outlet::~report_outlet() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void report_outlet::push(const schema::report& value, std::uint64_t suppressed) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= capacity) {
      recorder::count_suppressed(1);
      return;
    }
    queue_.push_back({value, suppressed});
  }
  changed_.notify_one();
}

void report_outlet::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const auto next = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    try {
      receive_(next.value, next.suppressed);
    } catch (...) {  // the owner's affair; the next report may fare better
    }
    lock.lock();
  }
}

void write_line(std::string line) noexcept {
  line += '\n';
  // Short lines go out whole; if stderr is closed there is nobody to tell.
  static_cast<void>(!write(STDERR_FILENO, line.data(), line.size()));
}

}  // namespace asioscope
