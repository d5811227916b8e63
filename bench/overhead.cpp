// SPDX-License-Identifier: BSL-1.0
#include "overhead.hpp"

#include "goals.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <tuple>

namespace bench {

namespace {

/// What is added to a workload by a variant; 0 when it was not measured.
double added_to(const results& all, const std::string& workload, const std::string& variant,
                const std::string& base = "bare") {
  const row* const r = all.find(workload, variant);
  const row* const to = all.find(workload, base);
  return r == nullptr || to == nullptr ? 0 : added(*r, *to);
}

double ratio_of(const results& all, const std::string& workload, const std::string& variant) {
  const row* const r = all.find(workload, variant);
  const row* const to = all.find(workload, "bare");
  return r == nullptr || to == nullptr ? 0 : ratio(*r, *to);
}

void write_goals(const results& all, std::ostream& out) {
  out << "| what | goal | measured | |\n|---|---|---|---|\n";
  std::vector<std::pair<std::string, std::string>> reasons;  // why, and for what
  for (const goal& g : all_goals()) {
    const auto measured = g.measured(all);
    out << "| " << g.what << " | ≤ " << in_words(g.in, g.limit) << " | "
        << (measured ? in_words(g.in, *measured) : "not measured") << " | "
        << (!measured          ? ""
            : g.met(*measured) ? "met"
                               : "not met")
        << " |\n";
    if (!measured || g.met(*measured)) continue;
    const auto same = std::find_if(reasons.begin(), reasons.end(),
                                   [&](const auto& known) { return known.first == g.why_not; });
    if (same == reasons.end())
      reasons.emplace_back(g.why_not, g.what);
    else
      same->second += "; " + g.what;
  }
  if (reasons.empty()) return;
  out << "\nWhy some are not met:\n\n";
  for (const auto& [why, what] : reasons)
    out << "- " << what << ": " << why << '\n';
}

/// The variants of the workloads of a group, as columns.
void write_group(const results& all, const std::string& group, std::ostream& out) {
  std::vector<std::string> workloads;
  std::vector<std::string> variants;
  const auto add = [](std::vector<std::string>& to, const std::string& name) {
    if (std::find(to.begin(), to.end(), name) == to.end()) to.push_back(name);
  };
  std::string unit;
  for (const row& r : all.rows) {
    if (!r.workload.starts_with(group + "/")) continue;
    add(workloads, r.workload);
    add(variants, r.variant);
    unit = r.unit;
  }
  if (workloads.empty()) return;
  out << "\n### " << group << ", " << unit << "\n\n| |";
  for (const std::string& v : variants)
    out << ' ' << v << " |";
  out << "\n|---|";
  for (std::size_t i = 0; i < variants.size(); ++i)
    out << "---:|";
  out << '\n';
  for (const std::string& w : workloads) {
    out << "| " << w.substr(group.size() + 1) << " |";
    for (const std::string& v : variants) {
      const row* const r = all.find(w, v);
      if (r == nullptr) {
        out << " |";
        continue;
      }
      out << ' ' << std::fixed
          << std::setprecision(unit == "allocations"        ? 3
                               : unit == "s" || unit == "%" ? 2
                                                            : 1)
          << r->value();
      if (v != "bare" && unit == "ns")
        out << " (" << std::showpos << added_to(all, w, v) << std::noshowpos << ')';
      out << " |";
    }
    out << '\n';
  }
}

}  // namespace

std::string headline(const results& all) {
  std::ostringstream out;
  const std::string handler = "handlers/io_context";
  out << std::fixed << std::setprecision(0) << "Metrics add " << added_to(all, handler, "metrics")
      << " ns to a handler; a mutex and a map add " << added_to(all, handler, "mutex_and_map")
      << " ns, Asio's own handler tracking " << added_to(all, handler, "asio_tracking")
      << " ns. A TCP echo server uses " << std::setprecision(2)
      << ratio_of(all, "echo/tcp", "metrics") << " × the CPU time, "
      << ratio_of(all, "echo/tcp", "trace_reader") << " × while a viewer reads its trace.";
  return out.str();
}

void write_overhead(const results& all, std::ostream& out) {
  out << "<!-- Written by ./run bench --markdown docs/overhead.md -->\n"
         "# What asioscope costs\n\n"
      << headline(all) << "\n\n"
      << "| | |\n|---|---|\n"
      << "| processor | " << all.on.processor << " |\n"
      << "| system | " << all.on.system << " |\n"
      << "| compiler | " << all.on.compiler << " |\n"
      << "| reading the time stamp counter (rdtsc) | " << std::fixed << std::setprecision(1)
      << all.rdtsc_ns << " ns |\n"
      << "| when | " << all.on.date << ", load " << std::setprecision(2) << all.on.load
      << " before |\n\n"
      << "Nobody's machine is this one: `./run bench` says what it is on yours. The ratios travel "
         "better than the nanoseconds.\n\n"
         "## How it was measured\n\n"
         "One source, built several times: `bare` without asioscope; `off`, `metrics`, `trace` and "
         "`trace_reader` with the\n"
         "hooks and the recorder in that mode, the last with a thread that reads the trace without "
         "pause;\n"
         "`executor_metrics` through the instrumented executor; `asio_tracking` with Asio's own "
         "handler tracking, written to\n"
         "/dev/null; `mutex_and_map` with what many programs have written for themselves, a "
         "wrapper around each handler that\n"
         "keeps counts and times by name in a map behind a mutex.\n\n"
      << "They take turns, forwards and backwards, for " << all.rounds
      << " rounds; what is shown is the median over the rounds, and what is\nadded is the median "
         "of "
         "the differences within a round. Time is CPU time: of the loop's thread, and of\nall "
         "threads in `cross_thread_posts` and `two_threads`. The handlers do nothing, which is the "
         "worst case:\nwhat a real handler does is not made slower. After each run the recorder "
         "must have counted exactly the\nhandlers that ran.\n\n"
         "## Goals\n\n";
  write_goals(all, out);
  out << "\nNot measured by this program: how long a stall report takes; what a picture of the "
         "viewer "
         "takes says `./run bench viewer`.\n\n"
         "## To lower the cost\n\n"
         "- Trace costs more than metrics: it is on only while a viewer or a recording is "
         "attached, or with `ASIOSCOPE_MODE=trace`.\n"
         "- `ASIOSCOPE=off` leaves the hooks, which then cost what `off` says.\n"
         "- Where only some handlers matter, wrap their executor with `asioscope::instrument` "
         "instead of linking the hooks: what is\n"
         "  submitted elsewhere costs nothing at all.\n"
         "- A loop that one thread runs is cheaper to observe than one that several share: there, "
         "the clock is read once more a run.\n"
         "- The clock decides most of it. Where the time stamp counter cannot be used "
         "(`asioscope::recorder::clock_description()`\n"
         "  says which clock is in use), each read takes two to three times as long.\n\n"
         "## All figures\n\n"
         "In parentheses: added to `bare`.\n";
  std::vector<std::string> groups;
  for (const row& r : all.rows) {
    const std::string group = r.workload.substr(0, r.workload.find('/'));
    if (group == "build" || group == "trace") continue;
    if (std::find(groups.begin(), groups.end(), group) != groups.end()) continue;
    groups.push_back(group);
    write_group(all, group, out);
  }
  if (const row* const lost = all.find("trace/lost_at_full_speed", "trace"))
    out << "\n### trace\n\n"
           "While handlers that do nothing run at full speed, a reader of the trace loses "
        << std::setprecision(1) << lost->value()
        << " % of the\nevents, and is told exactly how many and when.\n";
  out << "\n### build\n\n"
         "A program of a page with Beast and coroutines, compiled with the flags above; the size "
         "is that of the stripped program.\n\n"
         "| | bare | hooks |\n|---|---:|---:|\n";
  for (const auto& [name, unit, digits] :
       {std::tuple{"build/beast_compile", "s of CPU to compile", 2},
        std::tuple{"build/beast_size", "KiB of program", 0}}) {
    out << "| " << unit << " |";
    for (const char* variant : {"bare", "hooks"}) {
      const row* const r = all.find(name, variant);
      out << ' ' << std::setprecision(digits) << (r == nullptr ? 0 : r->value()) << " |";
    }
    out << '\n';
  }
}

}  // namespace bench
