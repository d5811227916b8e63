// SPDX-License-Identifier: BSL-1.0
// What a scrape of 10,000 series takes: from the cells of the threads to the text.
#include "measure.hpp"

#include "asioscope/metrics/collector.hpp"
#include "asioscope/metrics/text_format.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using namespace asioscope;

constexpr int loops = 22;
constexpr int sites = 50;
constexpr std::size_t wanted_series = 10'000;

/// Each site has run on each loop, some runs slow.
void fill_recorder() {
  recorder::initialise_clock();
  static char keys[loops];
  recorder::thread_state& thread = recorder::this_thread();
  for (int loop = 0; loop < loops; ++loop) {
    recorder::set_loop_name(&keys[loop], "loop number " + std::to_string(loop));
    for (int site = 0; site < sites; ++site) {
      const std::string name = "shop::checkout::handle_request<" + std::to_string(site) + ">";
      recorder::run_start start;
      start.cells = &thread.cells_of(&keys[loop]);
      start.site = recorder::register_site(schema::site_kind::handler, name, "post");
      start.ready = recorder::proper_stamp(recorder::now_ticks());
      start.ready_known = true;
      recorder::set_thresholds({.slow = std::chrono::nanoseconds(site < 40 ? 1'000'000 : 0)});
      thread.last_end = 0;
      thread.begin_run(start);
      thread.end_run();
    }
  }
}

std::size_t series_in(const std::string& text) {
  std::size_t lines = 0;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    lines += text[at] != '#' ? 1 : 0;
  return lines;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  const long operations = argc > 2 ? std::atol(argv[2]) : 0;
  if (operations < 1 || (name != "scrape/text" && name != "scrape/openmetrics")) {
    std::fprintf(stderr, "usage: %s WORKLOAD OPERATIONS (run asioscope-bench instead)\n", argv[0]);
    return 1;
  }
  const auto wanted = name == "scrape/text" ? metrics::format::text : metrics::format::openmetrics;
  fill_recorder();
  metrics::collector collector;
  const std::string first = metrics::render(wanted, collector.collect());
  if (series_in(first) < wanted_series) {
    std::fprintf(stderr, "%zu series only\n", series_in(first));
    return 1;
  }
  const double nanoseconds = bench::time_of(operations, [&] {
    for (long i = 0; i < operations; ++i) {
      const std::string text = metrics::render(wanted, collector.collect());
      asm volatile("" ::"r"(text.data()) : "memory");
    }
  });
  std::printf("%.3f\n", nanoseconds / 1e6);
  return 0;
}
