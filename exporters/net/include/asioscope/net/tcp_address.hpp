// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace asioscope::net {

/// A numeric host and a port. Names are not looked up: that could take seconds, or lead off this
/// machine.
struct tcp_address {
  std::string host = "127.0.0.1";  ///< IPv4 or IPv6 literal, without brackets
  std::uint16_t port = 0;          ///< 0 = any free one

  friend bool operator==(const tcp_address&, const tcp_address&) = default;
};

/// Reads "127.0.0.1:9464", "[::1]:9464", "localhost:9464", ":9464" or "9464"; the host is the
/// loopback when it is left out. Nothing when the text is none of these.
[[nodiscard]] std::optional<tcp_address> parse_tcp_address(std::string_view text);

/// Whether only programs on this machine reach it.
[[nodiscard]] bool is_loopback(const tcp_address& address);

/// The address as one writes it, e.g. "127.0.0.1:9464" or "[::1]:9464".
[[nodiscard]] std::string to_string(const tcp_address& address);

}  // namespace asioscope::net
