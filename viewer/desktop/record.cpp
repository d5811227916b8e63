// SPDX-License-Identifier: BSL-1.0
#include "record.hpp"

#include "connection/connection.hpp"
#include "connection/descriptor.hpp"
#include "headless.hpp"

#include "asioscope/model/units.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace asioscope::viewer {
namespace {

using phase = connection_status::phase;

std::atomic<bool> interrupted{false};

// The file of a recording, written by the thread of the connection.
class recording_file {
 public:
  explicit recording_file(const std::string& path)
      : path_(path),
        file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)),
        error_(file_ ? "" : failure()) {}

  void write(std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    while (!bytes.empty() && error_.empty()) {
      const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        error_ = failure();
        return;
      }
      bytes.remove_prefix(static_cast<std::size_t>(count));
      size_ += static_cast<std::uint64_t>(count);
    }
  }

  [[nodiscard]] std::string error() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }
  [[nodiscard]] std::uint64_t size() const {
    const std::lock_guard lock(mutex_);
    return size_;
  }

 private:
  [[nodiscard]] std::string failure() const {
    return "cannot write " + path_ + ": " + std::strerror(errno);
  }

  std::string path_;
  descriptor file_;
  mutable std::mutex mutex_;  // guards what follows
  std::string error_;
  std::uint64_t size_ = 0;
};

}  // namespace

int record_without_window(const options& chosen) {
  const auto complain = [](const std::string& what) {
    std::cerr << "asioscope-viewer: " << what << '\n';
    return 1;
  };
  recording_file file(chosen.record);
  if (const std::string error = file.error(); !error.empty()) return complain(error);
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = true; };
  for (const int signal : {SIGINT, SIGTERM})
    ::sigaction(signal, &action, nullptr);

  const auto start = errand_clock::clock::now();
  std::optional<errand_clock::clock::time_point> begun;
  connection_status status;
  {
    connection link(
        parse_target(chosen.target), [] {}, 0,  // the file has it
        [&](std::string_view bytes) { file.write(bytes); });
    link.want_trace(true);
    const std::chrono::duration<double> length(chosen.after_seconds.value_or(1e9));
    while (!interrupted && file.error().empty()) {
      status = link.status();
      const auto now = errand_clock::clock::now();
      const bool is_live = status.now == phase::live;
      if (is_live && !begun) begun = now;
      if (begun && (!is_live || now - *begun >= length)) break;
      if (!begun && (status.now == phase::refused || now - start > patience)) break;
      std::this_thread::sleep_for(poll_interval);
    }
  }
  if (const std::string error = file.error(); !error.empty()) return complain(error);
  if (file.size() == 0) {
    ::unlink(chosen.record.c_str());
    return complain(interrupted ? "interrupted before there was anything to record"
                                : explain_absence(status));
  }
  std::cout << "wrote " << chosen.record << ", " << model::bytes_text(file.size());
  if (status.now == phase::lost) std::cout << "; the program has ended or hung up";
  std::cout << "\nopen it: asioscope-viewer " << chosen.record << '\n';
  return 0;
}

}  // namespace asioscope::viewer
