// SPDX-License-Identifier: BSL-1.0
#include "options.hpp"

#include <getopt.h>

#include <charconv>
#include <cstring>
#include <iostream>
#include <string_view>

namespace shop {
namespace {

constexpr auto help = R"(asioscope-shop: a small HTTP service to watch with asioscope

  --port N           listen on 127.0.0.1:N (default 8080; 0: any free port)
  --database FILE    keep orders there (default: a temporary file, removed at the end)
  --connections N    connections to the database, one thread each (default 4)
  --idle SECONDS     how long a peer may take for a request (default 60)
  --help

What asioscope does in it is set by ASIOSCOPE_… in the environment.
)";

template <class Number>
bool read_number(const char* text, Number smallest, Number largest, Number& value) {
  const char* end = text + std::strlen(text);
  const auto [stopped, error] = std::from_chars(text, end, value);
  return error == std::errc{} && stopped == end && value >= smallest && value <= largest;
}

}  // namespace

std::optional<options> parse_command_line(int count, char** words, int& exit_code) {
  static constexpr option known[] = {{"port", required_argument, nullptr, 'p'},
                                     {"database", required_argument, nullptr, 'd'},
                                     {"connections", required_argument, nullptr, 'c'},
                                     {"idle", required_argument, nullptr, 'i'},
                                     {"help", no_argument, nullptr, 'h'},
                                     {nullptr, 0, nullptr, 0}};
  options result;
  int idle = static_cast<int>(result.idle.count());
  bool understood = true;
  for (int letter = 0; understood && letter != -1;) {
    letter = ::getopt_long(count, words, "h", known, nullptr);
    switch (letter) {
      case -1:
        understood = optind == count;
        break;
      case 'p':
        understood = read_number<std::uint16_t>(optarg, 0, 65535, result.port);
        break;
      case 'd':
        result.database = optarg;
        break;
      case 'c':
        understood = read_number<std::size_t>(optarg, 1, 64, result.connections);
        break;
      case 'i':
        understood = read_number(optarg, 1, 86400, idle);
        break;
      case 'h':
        std::cout << help;
        exit_code = 0;
        return std::nullopt;
      default:
        understood = false;
    }
  }
  if (!understood) {
    std::cerr << "asioscope-shop: this command line is not understood; see asioscope-shop --help\n";
    exit_code = 1;
    return std::nullopt;
  }
  result.idle = std::chrono::seconds{idle};
  return result;
}

}  // namespace shop
