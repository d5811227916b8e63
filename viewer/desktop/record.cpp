// SPDX-License-Identifier: BSL-1.0
#include "record.hpp"

#include "connection/connection.hpp"
#include "connection/recording_file.hpp"
#include "headless.hpp"

#include "asioscope/model/units.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace asioscope::viewer {
namespace {

using phase = connection_status::phase;

std::atomic<bool> interrupted{false};

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
