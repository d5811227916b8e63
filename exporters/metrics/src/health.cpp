// SPDX-License-Identifier: BSL-1.0
#include "health.hpp"

#include "asioscope/recorder/recorder.hpp"

#include <array>
#include <cstdio>
#include <string>

namespace asioscope::metrics {

namespace {

std::string seconds_text(std::chrono::nanoseconds time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f s", std::chrono::duration<double>(time).count());
  return text.data();
}

http_page unavailable(const std::string& why) {
  return {.status = 503, .body = "503 Service Unavailable: " + why};
}

}  // namespace

std::vector<stuck_loop> health::surely_stuck() {
  if (!limit_) return {};
  const schema::snapshot now = source_();
  return second_look_.confirm(find_stuck(now, list_threads_now(), *limit_),
                              std::chrono::nanoseconds(now.time.monotonic_ns));
}

http_page health::live() {
  std::vector<stuck_loop> stuck;
  try {
    stuck = surely_stuck();
  } catch (...) {
    return {.body = "ok: no figures of the loops can be had\n"};
  }
  if (stuck.empty()) return {.body = "ok\n"};
  std::string why;
  for (const stuck_loop& each : stuck) {
    why += "loop " + each.name + " has been in one handler for " + seconds_text(each.since) +
           ", the limit is " + seconds_text(*limit_) + '\n';
  }
  return unavailable(why);
}

http_page health::ready() {
  if (http_page page = live(); page.status != 200) return page;
  // What is not recorded cannot be seen to run.
  if (recorder::current_mode() == recorder::mode::off) return {.body = "ok: recording is off\n"};
  if (!has_running_loop(source_())) return unavailable("no loop runs yet\n");
  return {.body = "ok\n"};
}

}  // namespace asioscope::metrics
