// SPDX-License-Identifier: BSL-1.0
#include "router.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace shop {
namespace {

std::string_view take_segment(std::string_view& path) {
  const auto segment = path.substr(0, path.find('/', 1));
  path.remove_prefix(segment.size());
  return segment;
}

/// The text that stands for ID (empty when the pattern has none), or nothing when the path does not
/// fit.
std::optional<std::string_view> fit(std::string_view pattern, std::string_view path) {
  std::string_view id;
  while (!pattern.empty() && !path.empty()) {
    const auto wanted = take_segment(pattern);
    const auto given = take_segment(path);
    if (wanted == "/ID" && given.size() > 1) {
      id = given.substr(1);
    } else if (wanted != given) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return id;
}

/// The name of requests that no route answers: one for each common method, one for all others.
std::string_view other(http::verb method) {
  switch (method) {
    case http::verb::get:
      return "GET /other";
    case http::verb::head:
      return "HEAD /other";
    case http::verb::post:
      return "POST /other";
    case http::verb::put:
      return "PUT /other";
    case http::verb::delete_:
      return "DELETE /other";
    case http::verb::patch:
      return "PATCH /other";
    case http::verb::options:
      return "OPTIONS /other";
    default:
      return "OTHER /other";
  }
}

}  // namespace

void router::add(http::verb method, std::string_view pattern, handler answers) {
  auto name = std::string(http::to_string(method)) + ' ' + std::string(pattern);
  routes_.push_back({method, std::move(name), pattern, std::move(answers)});
}

router::match router::find(http::verb method, std::string_view target) const {
  const auto path = target.substr(0, target.find('?'));
  const auto query = target.substr(std::min(target.size(), path.size() + 1));
  const auto wanted = method == http::verb::head ? http::verb::get : method;
  match result{.name = other(method), .answers = nullptr};
  for (const auto& candidate : routes_) {
    const auto id = fit(candidate.pattern, path);
    if (!id) continue;
    if (candidate.method == wanted) return {candidate.name, &candidate.answers, {}, *id, query};
    result.allowed = http::to_string(candidate.method);
  }
  return result;
}

std::vector<std::string_view> router::names() const {
  std::vector<std::string_view> result;
  for (const auto& candidate : routes_)
    result.push_back(candidate.name);
  return result;
}

}  // namespace shop
