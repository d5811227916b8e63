// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace asioscope::viewer {

/// What the user asked to watch.
struct target {
  enum class kind : std::uint8_t { newest, program, socket, tcp, recording };

  kind how = kind::newest;
  std::string name;  ///< program name or process id, path, or host
  std::string port;  ///< tcp

  friend bool operator==(const target&, const target&) = default;
};

/// Text that ends in .asioscope is a recording, other text with a slash is a socket (or a
/// recording, if that is what is there), `HOST:PORT` with a number for a port (also `[::1]:9465`)
/// is TCP, anything else a program. Empty text is the newest program.
[[nodiscard]] target parse_target(std::string_view text);

/// For people: "the newest program", "program shop", "/run/…", "localhost:9465".
[[nodiscard]] std::string describe(const target& wanted);

}  // namespace asioscope::viewer
