// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "server_process.hpp"

#include "asioscope/net/listener.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace asioscope::metrics::testing {

/// Debian's own, on a free port of the loopback, ready.
class pushgateway {
 public:
  explicit pushgateway(const std::string& web_config = "") {
    std::vector<std::string> arguments{"--web.listen-address=127.0.0.1:" + std::to_string(port_),
                                       "--persistence.file="};
    if (!web_config.empty()) {
      std::ofstream(folder_ / "web.yml") << web_config;
      arguments.push_back("--web.config.file=" + (folder_ / "web.yml").native());
    }
    process_.emplace("prometheus-pushgateway", arguments, folder_ / "log");
    EXPECT_NE(ask_until([this] { return get("/-/ready"); },
                        [](const std::string& said) { return !said.empty(); }),
              "")
        << process_->log();
  }

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string get(const std::string& target) const { return http_get(port_, target); }
  /// Somebody else's push.
  [[nodiscard]] std::string post(const std::string& target, const std::string& text) const {
    const net::testing::peer client(port_);
    client.send("POST " + target + " HTTP/1.0\r\nContent-Length: " + std::to_string(text.size()) +
                "\r\n\r\n" + text);
    return client.receive_all();
  }

 private:
  scratch_folder folder_;
  std::uint16_t port_ = net::listener::tcp({"127.0.0.1", 0}).port();
  std::optional<server_process> process_;
};

}  // namespace asioscope::metrics::testing
