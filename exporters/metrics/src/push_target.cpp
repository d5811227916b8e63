// SPDX-License-Identifier: BSL-1.0
#include "push_target.hpp"

#include "asioscope/metrics/families.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace asioscope::metrics {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool is_letter_or_digit(char c) { return alphabet.find(c) != std::string_view::npos; }

std::string base64(std::string_view bytes, std::string_view last_two, bool padded) {
  std::string result;
  const auto digit = [&](std::uint32_t value) {
    return value < alphabet.size() ? alphabet[value] : last_two[value - alphabet.size()];
  };
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(3, bytes.size()))) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8U | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i) {
      if (i <= bytes.size())
        result += digit(group >> (18 - 6 * i) & 0x3FU);
      else if (padded)
        result += '=';
    }
  }
  return result;
}

bool needs_no_encoding(std::string_view value) {
  const auto harmless = [](char c) {
    return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.';
  };
  // "." and ".." would be steps in the path.
  return std::ranges::all_of(value, harmless) &&
         value.find_first_not_of('.') != std::string_view::npos;
}

std::string part_of_path(const std::string& label, const std::string& value) {
  if (needs_no_encoding(value)) return '/' + label + '/' + value;
  // Nothing at all cannot stand between two slashes; "=" is nothing in base64.
  return '/' + label + "@base64/" + (value.empty() ? "=" : base64(value, "-_", false));
}

bool is_label_name(std::string_view name) {
  const auto good = [](char c) { return is_letter_or_digit(c) || c == '_'; };
  return !name.empty() && std::ranges::all_of(name, good) && (name[0] < '0' || name[0] > '9') &&
         !name.starts_with("__");
}

bool is_label_of_ours(std::string_view name) {
  return name == "le" || std::ranges::any_of(all_families(), [name](const family_info& each) {
           return std::ranges::find(each.labels, name) != each.labels.end();
         });
}

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

[[noreturn]] void refuse_url(std::string_view url, const char* why) {
  refuse("'" + std::string(url) +
         "' is not the URL of a Pushgateway, such as http://127.0.0.1:9091" + why);
}

}  // namespace

gateway_address parse_gateway_url(std::string_view url) {
  constexpr std::string_view scheme = "http://";
  if (url.starts_with("https://")) {
    refuse_url(url, ": TLS is not spoken here, let a proxy on this machine do that");
  }
  if (!url.starts_with(scheme)) refuse_url(url, "");
  const std::string_view rest = url.substr(scheme.size());
  gateway_address result;
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  result.authority = rest.substr(0, slash);
  result.path = rest.substr(slash);
  while (result.path.ends_with('/'))
    result.path.pop_back();
  if (result.authority.find('@') != std::string::npos) {
    // Not repeated: there may be a password in it.
    refuse("push_options::url has an '@': who asks is said by push_options::authorization");
  }
  if (!std::ranges::all_of(result.path, [](char c) { return c > ' ' && c < '\x7F'; }) ||
      result.path.find_first_of("?#") != std::string::npos) {
    refuse_url(url, ": its path can have no blanks, queries or fragments");
  }

  std::string_view host = result.authority;
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
    if (error != std::errc{} || end != port.data() + port.size() || result.port == 0) {
      refuse_url(url, ": its port is none");
    }
    host = host.substr(0, colon);
  }
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto good = [bracketed](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' || (bracketed && c == ':');
  };
  if (host.empty() || !std::ranges::all_of(host, good)) refuse_url(url, ": it has no host");
  result.host = host;
  return result;
}

std::string group_path(const std::string& job, const std::map<std::string, std::string>& grouping) {
  if (job.empty()) refuse("push_options::job is empty: give the job a name");
  std::string result = "/metrics" + part_of_path("job", job);
  for (const auto& [name, value] : grouping) {
    if (!is_label_name(name)) refuse("'" + name + "' cannot be the name of a grouping label");
    if (name == "job") refuse("the label 'job' is set by push_options::job");
    if (is_label_of_ours(name)) {
      refuse("'" + name + "' is a label of what is pushed: choose another one for the grouping");
    }
    result += part_of_path(name, value);
  }
  return result;
}

std::string to_base64(std::string_view bytes) { return base64(bytes, "+/", true); }

}  // namespace asioscope::metrics
