// SPDX-License-Identifier: BSL-1.0
// asioscope-bench: what asioscope costs, measured against the same program without it, in one run.
// The variants take turns, round by round, so that a machine that becomes slower or faster
// meanwhile does so for all.

#include "overhead.hpp"
#include "plan.hpp"
#include "report.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// Runs one variant once.
double run(const std::string& folder, const std::string& program, const std::string& arguments) {
  const std::string command = "'" + folder + "asioscope-bench-" + program + "' " + arguments;
  FILE* const pipe = popen(command.c_str(), "re");
  double value = -1;
  const bool read = pipe != nullptr && std::fscanf(pipe, "%lf", &value) == 1;
  if (pipe == nullptr || pclose(pipe) != 0 || !read) {
    std::cerr << "\nasioscope-bench: failed: " << command << '\n';
    std::exit(1);
  }
  return value;
}

[[noreturn]] void usage(int status) {
  std::ostream& out = status == 0 ? std::cout : std::cerr;
  out << "usage: asioscope-bench [GROUP]… [OPTIONS]\n"
         "Measures what asioscope adds to Asio, beside what others add: medians over rounds in "
         "which\n"
         "all take turns, per operation, in reads of the time stamp counter (rdtsc) and as a "
         "multiple\n"
         "of Asio alone. Without a group: all of them, about ten minutes. On a quiet machine, "
         "please.\n\n"
         "groups:";
  for (const std::string& group : bench::all_groups())
    out << ' ' << group;
  out << "\n\n"
         "  --rounds N       7 by default; 3 at most for what takes long\n"
         "  --json FILE      the figures\n"
         "  --markdown FILE  the page docs/overhead.md, with the goals; needs all groups\n"
         "  --smoke          everything once, for a moment: that it works, not how fast\n";
  std::exit(status);
}

struct options {
  std::vector<std::string> groups;
  int rounds = 7;
  bool smoke = false;
  std::string json;
  std::string markdown;
};

options parse(int argc, char** argv) {
  options chosen;
  const std::vector<std::string> known = bench::all_groups();
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--help") usage(0);
    if (argument == "--rounds" && i + 1 < argc)
      chosen.rounds = std::atoi(argv[++i]);
    else if (argument == "--json" && i + 1 < argc)
      chosen.json = argv[++i];
    else if (argument == "--markdown" && i + 1 < argc)
      chosen.markdown = argv[++i];
    else if (argument == "--smoke")
      chosen.smoke = true;
    else if (std::find(known.begin(), known.end(), argument) != known.end())
      chosen.groups.emplace_back(argument);
    else
      usage(1);
  }
  if (chosen.smoke) chosen.rounds = 1;
  if (chosen.rounds < 1 || (!chosen.markdown.empty() && !chosen.groups.empty())) usage(1);
  return chosen;
}

/// All variants of a workload, taking turns: forwards in one round, backwards in the next.
void measure(const bench::workload& w, const options& chosen, const std::string& folder,
             bench::results& all) {
  const std::string arguments = w.name + " " + std::to_string(chosen.smoke ? w.few : w.operations);
  std::map<std::string, std::vector<double>> taken;
  const int rounds = std::min(chosen.rounds, w.most_rounds);
  const bool watched = isatty(STDERR_FILENO) == 1;
  for (int round = 0; round < rounds; ++round) {
    if (watched)
      std::cerr << '\r' << w.name << ": round " << round + 1 << " of " << rounds << "   ";
    for (std::size_t i = 0; i < w.variants.size(); ++i) {
      const auto& v = w.variants[round % 2 == 0 ? i : w.variants.size() - 1 - i];
      taken[v.name].push_back(run(folder, v.program, arguments + " " + v.mode));
    }
  }
  if (watched) std::cerr << "\r                                                            \r";
  for (const bench::variant& v : w.variants)
    all.rows.push_back({w.name, v.name, w.unit, taken[v.name]});
}

template <class Write>
bool write_file(const std::string& path, Write write) {
  std::ofstream file(path);
  write(file);
  if (file.flush()) return true;
  std::cerr << "asioscope-bench: cannot write " << path << '\n';
  return false;
}

/// What ran for a moment says nothing but that it ran.
int check_smoke(const bench::results& all) {
  int failed = 0;
  for (const bench::row& r : all.rows)
    if (r.value() <= 0 && r.unit != "allocations" && r.unit != "bytes" && r.unit != "%") {
      std::cerr << r.workload << '/' << r.variant << ": " << r.value() << '\n';
      ++failed;
    }
  std::cout << all.rows.size() - static_cast<std::size_t>(failed) << " passed, " << failed
            << " failed\n";
  return failed == 0 && !all.rows.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const options chosen = parse(argc, argv);
  const std::string self = argv[0];
  const auto slash = self.rfind('/');
  const std::string folder = slash == self.npos ? "./" : self.substr(0, slash + 1);

  bench::results all;
  all.on = bench::this_machine();
  all.rounds = chosen.rounds;
  std::vector<double> rdtsc;
  for (const bench::workload& w : bench::all_workloads()) {
    if (!chosen.groups.empty() &&
        std::find(chosen.groups.begin(), chosen.groups.end(), w.group()) == chosen.groups.end())
      continue;
    rdtsc.push_back(run(folder, "bare", "rdtsc 5000000"));
    measure(w, chosen, folder, all);
  }
  all.rdtsc_ns = bench::median(rdtsc);

  if (chosen.smoke) return check_smoke(all);
  bench::print_table(all, std::cout);
  bool written = true;
  if (!chosen.json.empty())
    written = write_file(chosen.json, [&](std::ostream& out) { bench::write_json(all, out); });
  if (!chosen.markdown.empty())
    written =
        write_file(chosen.markdown, [&](std::ostream& out) { bench::write_overhead(all, out); }) &&
        written;
  return written ? 0 : 1;
}
