// SPDX-License-Identifier: BSL-1.0
#include "headless.hpp"
#include "options.hpp"
#include "record.hpp"
#include "windowed.hpp"

#include <exception>
#include <iostream>
#include <string_view>
#include <vector>

namespace viewer = asioscope::viewer;

int main(int argc, char** argv) try {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  const auto [chosen, error] = viewer::parse(arguments);
  if (!error.empty()) {
    std::cerr << "asioscope-viewer: " << error << "; --help lists the options\n";
    return 1;
  }
  if (chosen.help) {
    std::cout << viewer::help_text();
    return 0;
  }
  if (chosen.version) {
    std::cout << "asioscope-viewer " ASIOSCOPE_VERSION "\n";
    return 0;
  }
  if (chosen.file_sd) return viewer::print_file_sd();
  if (chosen.list) return viewer::print_programs();
  if (!chosen.record.empty()) return viewer::record_without_window(chosen);
  if (!chosen.needs_window()) return viewer::dump_without_window(chosen);
  return viewer::run_window(chosen);
} catch (const std::exception& error) {
  std::cerr << "asioscope-viewer: " << error.what() << '\n';
  return 1;
}
