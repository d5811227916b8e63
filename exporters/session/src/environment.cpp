// SPDX-License-Identifier: BSL-1.0
#include "environment.hpp"

#include "duration.hpp"
#include "task_dumper.hpp"

#include "asioscope/net/listener.hpp"
#include "asioscope/net/tcp_address.hpp"

#include <optional>
#include <string_view>

namespace asioscope {
namespace {

std::optional<bool> parse_switch(std::string_view text) {
  if (text == "on" || text == "1") return true;
  if (text == "off" || text == "0") return false;
  return std::nullopt;
}

/// Applies one variable after the other; an empty one counts as not set.
class reader {
 public:
  reader(session::options& wanted, const environment& look_up, std::vector<std::string>& problems)
      : wanted_(wanted), look_up_(look_up), problems_(problems) {}

  void read_all() {
    read("ASIOSCOPE", [&](std::string_view text) {
      const auto value = parse_switch(text);
      if (value) wanted_.enabled = *value;
      return value ? "" : std::string("on or off; using ") + (wanted_.enabled ? "on" : "off");
    });
    read("ASIOSCOPE_NAME", [&](std::string_view text) {
      wanted_.name = text;
      return std::string{};
    });
    read("ASIOSCOPE_MODE", [&](std::string_view text) { return read_mode(text); });
    read("ASIOSCOPE_METRICS", [&](std::string_view text) { return read_metrics(text); });
    // Whichever the environment has stands instead of what the code has.
    read("ASIOSCOPE_METRICS_TOKEN", [&](std::string_view text) {
      wanted_.metrics_token = text;
      wanted_.metrics_token_file.clear();
      return std::string{};
    });
    read("ASIOSCOPE_METRICS_TOKEN_FILE", [&](std::string_view text) {
      wanted_.metrics_token_file = text;
      if (!is_set("ASIOSCOPE_METRICS_TOKEN")) wanted_.metrics_token.clear();
      return std::string{};
    });
    read("ASIOSCOPE_LIVENESS_LIMIT",
         [&](std::string_view text) { return read_duration(text, wanted_.liveness_limit); });
    read("ASIOSCOPE_LIVE", [&](std::string_view text) { return read_live(text); });
    read("ASIOSCOPE_SLOW_HANDLER",
         [&](std::string_view text) { return read_duration(text, wanted_.slow_handler); });
    read("ASIOSCOPE_STALL",
         [&](std::string_view text) { return read_duration(text, wanted_.stall); });
    read("ASIOSCOPE_CRASH_LINE", [&](std::string_view text) {
      const auto value = parse_switch(text);
      if (value) wanted_.crash_line = *value;
      return value ? "" : std::string("on or off; using ") + (wanted_.crash_line ? "on" : "off");
    });
    read("ASIOSCOPE_DUMP_SIGNAL", [&](std::string_view text) { return read_signal(text); });
  }

 private:
  [[nodiscard]] bool is_set(const char* name) const {
    const char* const text = look_up_(name);
    return text != nullptr && *text != '\0';
  }

  /// `apply` returns what the value should have been, or nothing when it was understood.
  template <class Apply>
  void read(const char* name, Apply apply) {
    if (!is_set(name)) return;
    const char* const text = look_up_(name);
    const std::string expected = apply(std::string_view(text));
    if (!expected.empty()) {
      problems_.push_back(std::string(name) + "=" + text + " is not " + expected);
    }
  }

  std::string read_mode(std::string_view text) {
    for (const auto mode : {recorder::mode::off, recorder::mode::metrics, recorder::mode::trace}) {
      if (text != to_string(mode)) continue;
      wanted_.mode = mode;
      return {};
    }
    return std::string("off, metrics or trace; using ").append(to_string(wanted_.mode));
  }

  std::string read_metrics(std::string_view text) {
    if (const auto value = text == "1" || text == "0" ? std::nullopt : parse_switch(text)) {
      wanted_.metrics = *value;
    } else if (net::parse_tcp_address(text) || net::parse_local_address(text)) {
      wanted_.metrics = true;
      wanted_.metrics_address = text;
    } else {
      return "on, off, PORT, HOST:PORT or unix:/path/of/socket; using " +
             (wanted_.metrics ? wanted_.metrics_address : std::string("off"));
    }
    return {};
  }

  std::string read_live(std::string_view text) {
    if (const auto value = parse_switch(text)) {
      wanted_.live = *value;
    } else if (text.find('/') != std::string_view::npos) {
      wanted_.live = true;
      wanted_.live_socket = text;
    } else if (net::parse_tcp_address(text)) {
      wanted_.live = true;
      wanted_.live_address = text;
    } else {
      return std::string("on, off, the path of a socket or HOST:PORT; using ") +
             (wanted_.live ? "on" : "off");
    }
    return {};
  }

  std::string read_signal(std::string_view text) {
    if (const auto value = parse_signal(text)) {
      wanted_.dump_signal = *value;
    } else if (text == "off") {
      wanted_.dump_signal = 0;
    } else {
      return "a signal such as USR1 or 10, nor off; using " +
             (wanted_.dump_signal == 0 ? std::string("off") : std::to_string(wanted_.dump_signal));
    }
    return {};
  }

  static std::string read_duration(std::string_view text, std::chrono::nanoseconds& option) {
    if (const auto value = parse_duration(text)) {
      option = *value;
    } else if (text == "off") {
      option = session::never;
    } else {
      return "a duration such as 5ms, 250us or 1s, nor off; using " +
             (option == session::never ? std::string("off") : to_text(option));
    }
    return {};
  }

  session::options& wanted_;
  const environment& look_up_;
  std::vector<std::string>& problems_;
};

}  // namespace

session::options apply_environment(session::options wanted, const environment& look_up,
                                   std::vector<std::string>& problems) {
  reader(wanted, look_up, problems).read_all();
  return wanted;
}

}  // namespace asioscope
