// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace asioscope::metrics {

/// What a URL of a Pushgateway says.
struct gateway_address {
  std::string host;  ///< a name, or an IPv4 or IPv6 address without brackets
  std::uint16_t port = 80;
  std::string authority;  ///< as it stands in the URL
  std::string path;       ///< empty or "/…", without a slash at the end
};

/// Errors: std::invalid_argument.
[[nodiscard]] gateway_address parse_gateway_url(std::string_view url);

/// The path of a group: "/metrics/job/NAME/LABEL/VALUE…". A value with other characters than
/// letters, digits, `_`, `-` and `.` is written in base64url, as the gateway wants it of those with
/// a slash: so nothing in it is taken for a part of the path.
/// Errors: std::invalid_argument for a job or labels that the gateway would refuse, or that our
/// families have themselves.
[[nodiscard]] std::string group_path(const std::string& job,
                                     const std::map<std::string, std::string>& grouping);

/// With padding: the text of HTTP's basic authentication.
[[nodiscard]] std::string to_base64(std::string_view bytes);

}  // namespace asioscope::metrics
