// SPDX-License-Identifier: BSL-1.0
#include "asioscope/test_kit/http_message.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace asioscope::test_kit {

namespace {

auto named(std::string_view name) {
  return [name](const auto& each) {
    return boost::beast::iequals({each.first.data(), each.first.size()},
                                 {name.data(), name.size()});
  };
}

}  // namespace

void http_headers::set(std::string_view name, std::string value) {
  std::erase_if(all_, named(name));
  add(std::string(name), std::move(value));
}

std::string_view http_headers::operator[](std::string_view name) const noexcept {
  const auto found = std::find_if(all_.begin(), all_.end(), named(name));
  return found == all_.end() ? std::string_view() : std::string_view(found->second);
}

bool http_headers::contains(std::string_view name) const noexcept {
  return std::any_of(all_.begin(), all_.end(), named(name));
}

void http_headers::add(std::string name, std::string value) {
  all_.emplace_back(std::move(name), std::move(value));
}

}  // namespace asioscope::test_kit
