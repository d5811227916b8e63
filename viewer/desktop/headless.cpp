// SPDX-License-Identifier: BSL-1.0
#include "headless.hpp"

#include "connection/metrics_targets.hpp"

#include "asioscope/model/dump.hpp"
#include "asioscope/schema/announcement.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <thread>

namespace asioscope::viewer {
namespace {

using phase = connection_status::phase;

}  // namespace

errand_clock::errand_clock(double after_seconds, clock::time_point start)
    : after_(after_seconds), start_(start) {}

errand_clock::verdict errand_clock::ask(bool is_complete, connection_status::phase reached,
                                        clock::time_point now) {
  // A file ends when it ends.
  if (reached == connection_status::phase::reading) return verdict::wait;
  if (is_complete && !complete_) complete_ = now;
  if (complete_) return now - *complete_ >= after_ ? verdict::write : verdict::wait;
  if (reached == connection_status::phase::refused) return verdict::give_up;
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
    case phase::reading:
    case phase::replaying:
    case phase::connecting:
    case phase::live:
    case phase::lost:
      break;
  }
  return "cannot reach " + wanted + (status.reason.empty() ? "" : ": " + status.reason);
}

int dump_without_window(const options& chosen) {
  connection link(
      parse_target(chosen.target), [] {}, chosen.trace_events);
  errand_clock errand(chosen.after_seconds.value_or(usual_after_seconds),
                      errand_clock::clock::now());
  while (true) {
    const bool is_complete = link.read([](const model::model& model) {
      return model.current() != nullptr && model.current()->complete();
    });
    const connection_status status = link.status();
    switch (errand.ask(is_complete, status.now, errand_clock::clock::now())) {
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

}  // namespace asioscope::viewer
