// SPDX-License-Identifier: BSL-1.0
#include "message.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>

namespace shop {

response answer(http::status status, const json::value& body) {
  response result{status, 11};
  result.set(http::field::server, "asioscope-shop");
  result.set(http::field::content_type, "application/json");
  result.body() = json::serialize(body) + '\n';
  return result;
}

response failure(http::status status, std::string_view sentence) {
  return answer(status, {{"error", json::string(sentence)}});
}

std::int64_t number(const call& from, std::string_view name, std::int64_t otherwise,
                    std::int64_t largest) {
  auto rest = from.query;
  while (!rest.empty()) {
    const auto parameter = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), parameter.size() + 1));
    if (!parameter.starts_with(name) || !parameter.substr(name.size()).starts_with('=')) continue;
    const auto value = parse_number(parameter.substr(name.size() + 1));
    return value < 0 ? otherwise : std::min(value, largest);
  }
  return otherwise;
}

std::int64_t parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stopped == end ? value : -1;
}

}  // namespace shop
