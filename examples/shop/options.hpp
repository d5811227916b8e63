// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace shop {

struct options {
  std::uint16_t port = 8080;
  std::filesystem::path database;  ///< empty: a temporary one
  std::size_t connections = 4;     ///< to the database
  std::chrono::seconds idle{60};
};

/// What the command line says; nothing when the program has nothing more to do, because it was
/// asked for help or could not understand (`exit_code` tells which).
std::optional<options> parse_command_line(int count, char** words, int& exit_code);

}  // namespace shop
