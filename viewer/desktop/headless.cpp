// SPDX-License-Identifier: BSL-1.0
#include "headless.hpp"

#include "connection/descriptor.hpp"
#include "connection/metrics_targets.hpp"

#include "asioscope/model/dump.hpp"
#include "asioscope/model/units.hpp"
#include "asioscope/schema/announcement.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <mutex>
#include <string_view>
#include <thread>

namespace asioscope::viewer {
namespace {

using phase = connection_status::phase;

constexpr std::chrono::milliseconds poll_interval{20};
// So long a program that is just being started may take to show up.
constexpr std::chrono::duration<double> patience{3};

}  // namespace

errand_clock::errand_clock(double after_seconds, clock::time_point start)
    : after_(after_seconds), start_(start) {}

errand_clock::verdict errand_clock::ask(bool is_complete, bool is_refused, clock::time_point now) {
  if (is_complete && !complete_) complete_ = now;
  if (complete_) return now - *complete_ >= after_ ? verdict::write : verdict::wait;
  if (is_refused) return verdict::give_up;
  return now - start_ >= std::max(after_, patience) ? verdict::give_up : verdict::wait;
}

int print_programs() {
  const std::vector<local_program> programs = find_local_programs();
  std::vector<schema::announcement> served = schema::list_announcements();
  if (programs.empty() && served.empty()) {
    std::cerr
        << "asioscope-viewer: no program found on this machine; ./run demo starts one, and any "
           "program linked with asioscope::autostart appears here\n";
    return 1;
  }
  for (const local_program& each : programs) {
    std::cout << each.name << '\t' << each.pid << '\t' << each.socket;
    const auto metrics =
        std::ranges::find(served, static_cast<pid_t>(each.pid), &schema::announcement::pid);
    if (metrics != served.end()) {
      std::cout << '\t' << metrics->metrics;
      served.erase(metrics);
    }
    std::cout << '\n';
  }
  for (const schema::announcement& each : served)
    std::cout << each.program << '\t' << each.pid << "\t-\t" << each.metrics << '\n';
  return 0;
}

int print_file_sd() {
  write_file_sd(schema::list_announcements(), std::cout);
  return std::cout.flush() ? 0 : 1;
}

std::string write_model(const model::program& program, const std::string& path) {
  if (path == "-") {
    model::dump_json(program, std::cout);
    return std::cout.flush() ? std::string() : "cannot write to the standard output";
  }
  std::ofstream file(path);
  model::dump_json(program, file);
  file.close();
  return file ? std::string() : "cannot write " + path;
}

std::string explain_absence(const connection_status& status) {
  const std::string wanted = describe(status.wanted);
  switch (status.now) {
    case phase::searching:
      if (status.wanted.how == target::kind::newest) {
        return "no program found on this machine; ./run demo starts one, and any program linked "
               "with "
               "asioscope::autostart is found by itself";
      }
      return "there is no " + wanted + " on this machine; --list prints what there is";
    case phase::refused:
      return "cannot understand " + wanted + ": " + status.reason;
    case phase::replaying:
    case phase::connecting:
    case phase::live:
    case phase::lost:
      break;
  }
  return "cannot reach " + wanted + (status.reason.empty() ? "" : ": " + status.reason);
}

int dump_without_window(const options& chosen) {
  connection link(parse_target(chosen.target), [] {});
  errand_clock errand(chosen.after_seconds.value_or(usual_after_seconds),
                      errand_clock::clock::now());
  while (true) {
    const bool is_complete = link.read([](const model::model& model) {
      return model.current() != nullptr && model.current()->complete();
    });
    const connection_status status = link.status();
    switch (errand.ask(is_complete, status.now == phase::refused, errand_clock::clock::now())) {
      case errand_clock::verdict::wait:
        std::this_thread::sleep_for(poll_interval);
        break;
      case errand_clock::verdict::give_up:
        std::cerr << "asioscope-viewer: " << explain_absence(status) << '\n';
        return 1;
      case errand_clock::verdict::write: {
        // A copy, so that a slow disk does not hold up the connection.
        const model::program state =
            link.read([](const model::model& model) { return *model.current(); });
        const std::string error = write_model(state, chosen.dump_model);
        if (error.empty()) return 0;
        std::cerr << "asioscope-viewer: " << error << '\n';
        return 1;
      }
    }
  }
}

namespace {

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
        parse_target(chosen.target), [] {}, model::limits::trace_events,
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
