// SPDX-License-Identifier: BSL-1.0
// asioscope-metrics-page FILE: writes the families that the library knows between the two marks in
// FILE, and leaves what stands around them. With --check it only says whether they stand there.
#include "asioscope/metrics/families.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace {

using asioscope::metrics::all_families;
using asioscope::metrics::family_info;

constexpr std::string_view begin_mark = "<!-- families: written by ./run docs -->\n";
constexpr std::string_view end_mark = "<!-- end of the families -->\n";

bool has_label(const family_info& info, std::string_view name) {
  return std::ranges::find(info.labels, name) != info.labels.end();
}

/// The heading under which a family stands.
std::string heading_of(const family_info& info) {
  if (info.name.starts_with("process_")) return "The process";
  if (info.name.starts_with("asioscope_")) return "asioscope itself";
  if (has_label(info, "loop")) {
    if (info.name.starts_with("asio_task")) return "Tasks";
    return info.name.find("handler") != info.name.npos && !info.name.starts_with("asio_loop_")
               ? "Handlers"
               : "Loops";
  }
  if (info.labels.empty() || info.name == "asio_build_info") return "The program";
  return "Primitives: `" + std::string(info.labels.front()) + '`';
}

std::string row_of(const family_info& info) {
  std::string labels;
  for (const std::string_view label : info.labels)
    labels += (labels.empty() ? "`" : ", `") + std::string(label) + '`';
  std::string help;
  for (const char c : info.help)
    help += c == '|' ? std::string("\\|") : std::string(1, c);
  return "| `" + std::string(info.name) + "` | " + std::string(to_string(info.type)) + " | " +
         std::string(info.unit) + " | " + labels + " | " + help + " |\n";
}

std::string tables() {
  std::vector<std::string> headings;
  for (const family_info& info : all_families())
    if (std::ranges::find(headings, heading_of(info)) == headings.end())
      headings.push_back(heading_of(info));
  std::string result;
  for (const std::string& heading : headings) {
    result += "\n### " + heading +
              "\n\n| family | type | unit | labels | help |\n|---|---|---|---|---|\n";
    for (const family_info& info : all_families())
      if (heading_of(info) == heading) result += row_of(info);
  }
  return result + '\n';
}

}  // namespace

int main(int argc, char** argv) {
  const bool check = argc == 3 && argv[1] == std::string_view("--check");
  if (argc != 2 && !check) {
    std::cerr << "usage: asioscope-metrics-page [--check] FILE\n";
    return 2;
  }
  const char* const path = argv[argc - 1];
  std::ifstream in(path);
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  const std::size_t begin = page.find(begin_mark);
  const std::size_t end = page.find(end_mark);
  if (begin == page.npos || end == page.npos || end < begin) {
    std::cerr << path << ": there is no line\n" << begin_mark << "with a later line\n" << end_mark;
    return 1;
  }
  const std::string wanted =
      page.substr(0, begin + begin_mark.size()) + tables() + page.substr(end);
  if (wanted == page) return 0;
  if (check) {
    std::cerr << path << " does not have the families of exporters/metrics/src/definitions.cpp; "
              << "this command writes them: ./run docs\n";
    return 1;
  }
  if (!(std::ofstream(path) << wanted).flush()) {
    std::cerr << path << ": cannot be written\n";
    return 1;
  }
}
