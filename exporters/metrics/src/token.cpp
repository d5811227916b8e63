// SPDX-License-Identifier: BSL-1.0
#include "token.hpp"

#include "field_list.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>
#include <stdexcept>

namespace asioscope::metrics {

namespace {

constexpr std::size_t longest_token = 4096;

std::string read_token(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, longest_token + 2> buffer{};
  file.read(buffer.data(), buffer.size());
  if (!file.is_open() || file.bad()) {
    throw std::invalid_argument("cannot read the token for metrics from " + path.native());
  }
  const std::string_view text(buffer.data(), static_cast<std::size_t>(file.gcount()));
  if (trimmed(text).empty()) {
    throw std::invalid_argument("there is no token for metrics in " + path.native());
  }
  return std::string(trimmed(text));
}

bool same_secret(std::string_view given, std::string_view secret) {
  // Volatile: the compiler must not find out when the answer is known.
  volatile unsigned difference = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto wanted = static_cast<unsigned char>(secret[i % secret.size()]);
    difference = difference | (static_cast<unsigned char>(given[i]) ^ wanted);
  }
  return difference == 0;
}

}  // namespace

std::string load_token(std::string token, const std::filesystem::path& file) {
  if (!token.empty() && !file.empty()) {
    throw std::invalid_argument(
        "a token for metrics is given, and a file with one: only one of them can be meant");
  }
  if (!file.empty()) token = read_token(file);
  const auto visible = [](unsigned char c) { return c > ' ' && c < 0x7F; };
  if (token.size() > longest_token || !std::ranges::all_of(token, visible)) {
    throw std::invalid_argument(
        "the token for metrics must be at most 4096 visible ASCII characters without blanks");
  }
  return token;
}

bool bears(std::string_view authorization, std::string_view token) {
  constexpr std::string_view scheme = "bearer";
  authorization = trimmed(authorization);
  if (!same_word(authorization.substr(0, scheme.size()), scheme) ||
      authorization.size() <= scheme.size() || authorization[scheme.size()] != ' ') {
    return false;
  }
  return same_secret(trimmed(authorization.substr(scheme.size())), token);
}

}  // namespace asioscope::metrics
