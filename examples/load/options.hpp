// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/beast/http/verb.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace load {

/// One kind of request. "ID" in the path stands for the order that the same connection placed last.
struct kind {
  boost::beast::http::verb method;
  std::string path;
};

struct options {
  std::string host = "127.0.0.1";
  std::string port = "8080";
  int connections = 16;
  std::optional<std::uint64_t> requests;  ///< exactly so many…
  std::chrono::seconds duration{10};      ///< …or, when it is not given, for so long
  double rate = 0;        ///< requests a second in all; 0: as fast as the answers come
  std::vector<kind> mix;  ///< sent in turn
};

/// What the command line says; nothing when the program has nothing more to do, because it was
/// asked for help or could not understand (`exit_code` tells which).
std::optional<options> parse_command_line(int count, char** words, int& exit_code);

}  // namespace load
