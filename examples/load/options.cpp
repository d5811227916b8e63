// SPDX-License-Identifier: BSL-1.0
#include "options.hpp"

#include <getopt.h>

#include <charconv>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <string_view>

namespace load {
namespace {

constexpr auto default_mix = "GET /,GET /items,POST /orders,GET /orders/ID";

constexpr auto help = R"(asioscope-load: sends requests to asioscope-shop and measures the answers

  --url URL          where to (default http://127.0.0.1:8080)
  --connections N    side by side (default 16)
  --requests N       send exactly N requests…
  --duration S       …or send for S seconds (default 10)
  --rate R           R requests a second in all (default: as fast as the answers come). Latency then counts
                     from the moment at which each request was due, also when it had to wait to be sent.
  --mix LIST         what to send in turn (default "GET /,GET /items,POST /orders,GET /orders/ID")
  --help

Exits with 1 when any request failed or got an answer other than 2xx.
)";

template <class Number>
Number read_number(std::string_view text, Number smallest, Number largest) {
  Number value{};
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && stopped == text.data() + text.size();
  if (!whole || !(value >= smallest && value <= largest)) {
    throw std::invalid_argument("'" + std::string(text) +
                                "' is not a number that makes sense here");
  }
  return value;
}

void read_url(std::string_view text, options& into) {
  constexpr std::string_view scheme = "http://";
  const auto complain = [&] {
    return std::invalid_argument("'" + std::string(text) + "' is not like http://HOST:PORT");
  };
  if (!text.starts_with(scheme)) throw complain();
  auto rest = text.substr(scheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  // An IPv6 address has colons of its own and stands in brackets.
  const auto host_end =
      rest.starts_with('[') ? rest.find(']') + 1 : std::min(rest.find(':'), rest.size());
  auto host = rest.substr(0, host_end);
  rest.remove_prefix(host.size());
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.find_first_of("/?#[]") != host.npos) throw complain();
  into.host = host;
  into.port = "80";
  if (rest.empty()) return;
  if (!rest.starts_with(':')) throw complain();
  into.port = std::to_string(read_number<std::uint16_t>(rest.substr(1), 1, 65535));
}

std::vector<kind> read_mix(std::string_view text) {
  std::vector<kind> mix;
  while (!text.empty()) {
    const auto entry = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), entry.size() + 1));
    const auto space = std::min(entry.find(' '), entry.size());
    const auto method = boost::beast::http::string_to_verb({entry.data(), space});
    const auto path = entry.substr(std::min(entry.size(), space + 1));
    if (method == boost::beast::http::verb::unknown || !path.starts_with('/')) {
      throw std::invalid_argument("'" + std::string(entry) + "' is not like GET /items");
    }
    mix.push_back({method, std::string(path)});
  }
  if (mix.empty()) throw std::invalid_argument("the mix is empty");
  return mix;
}

/// False when help was wanted. \throws std::invalid_argument with a sentence
bool read_words(int count, char** words, options& into) {
  static constexpr option known[] = {{"url", required_argument, nullptr, 'u'},
                                     {"connections", required_argument, nullptr, 'c'},
                                     {"requests", required_argument, nullptr, 'n'},
                                     {"duration", required_argument, nullptr, 'd'},
                                     {"rate", required_argument, nullptr, 'r'},
                                     {"mix", required_argument, nullptr, 'm'},
                                     {"help", no_argument, nullptr, 'h'},
                                     {nullptr, 0, nullptr, 0}};
  bool timed = false;
  opterr = 0;
  for (int letter = 0; (letter = ::getopt_long(count, words, "h", known, nullptr)) != -1;) {
    switch (letter) {
      case 'u':
        read_url(optarg, into);
        break;
      case 'c':
        into.connections = read_number(optarg, 1, 10'000);
        break;
      case 'n':
        into.requests = read_number<std::uint64_t>(optarg, 1, 1'000'000'000'000);
        break;
      case 'd':
        into.duration = std::chrono::seconds{read_number(optarg, 1, 1'000'000)};
        timed = true;
        break;
      case 'r':
        into.rate = read_number(optarg, 0.001, 1e7);
        break;
      case 'm':
        into.mix = read_mix(optarg);
        break;
      case 'h':
        return false;
      default:
        throw std::invalid_argument("'" + std::string(words[optind - 1]) + "' is not understood");
    }
  }
  if (optind != count)
    throw std::invalid_argument("'" + std::string(words[optind]) + "' is not understood");
  if (timed && into.requests) throw std::invalid_argument("--requests or --duration, not both");
  return true;
}

}  // namespace

std::optional<options> parse_command_line(int count, char** words, int& exit_code) {
  options result;
  result.mix = read_mix(default_mix);
  exit_code = 0;
  try {
    if (read_words(count, words, result)) return result;
    std::cout << help;
  } catch (const std::invalid_argument& error) {
    std::cerr << "asioscope-load: " << error.what() << "; see asioscope-load --help\n";
    exit_code = 1;
  }
  return std::nullopt;
}

}  // namespace load
