// SPDX-License-Identifier: BSL-1.0
#include "asioscope/net/tcp_address.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <system_error>

namespace asioscope::net {

namespace {

bool is_literal(int family, const std::string& text) {
  in6_addr ignored{};
  return ::inet_pton(family, text.c_str(), &ignored) == 1;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return port;
}

}  // namespace

std::optional<tcp_address> parse_tcp_address(std::string_view text) {
  tcp_address result;
  if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (!host.empty() && host != "localhost") result.host = host;
    if (!is_literal(bracketed ? AF_INET6 : AF_INET, result.host)) return std::nullopt;
    text.remove_prefix(colon + 1);
  }
  const std::optional<std::uint16_t> port = parse_port(text);
  if (!port) return std::nullopt;
  result.port = *port;
  return result;
}

bool is_loopback(const tcp_address& address) {
  return address.host.starts_with("127.") || address.host == "::1";
}

std::string to_string(const tcp_address& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? '[' + address.host + ']' : address.host) + ':' + std::to_string(address.port);
}

}  // namespace asioscope::net
