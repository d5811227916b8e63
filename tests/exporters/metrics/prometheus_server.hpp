// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "server_process.hpp"

#include "asioscope/net/listener.hpp"

#include <cstdint>
#include <fstream>
#include <string>

namespace asioscope::metrics::testing {

/// A Prometheus server that scrapes one port, on a free port of the loopback.
class prometheus_server {
 public:
  explicit prometheus_server(std::uint16_t target)
      : port_(net::listener::tcp({"127.0.0.1", 0}).port()),
        process_("prometheus",
                 {"--config.file=" + config(target).native(),
                  "--storage.tsdb.path=" + (folder_ / "data").native(),
                  "--web.listen-address=127.0.0.1:" + std::to_string(port_), "--log.level=error",
                  "--enable-feature=exemplar-storage"},
                 folder_ / "log") {}

  /// The answer to a query, in JSON; empty when it does not answer.
  [[nodiscard]] std::string query(const std::string& expression) const {
    return http_get(port_, "/api/v1/query?query=" + expression);
  }
  /// Asks until the answer has that in it, for a minute.
  [[nodiscard]] std::string query_until(const std::string& expression,
                                        const std::string& wanted) const {
    return until("/api/v1/query?query=" + expression, wanted);
  }
  /// The same of the exemplars of a series.
  [[nodiscard]] std::string exemplars_until(const std::string& expression,
                                            const std::string& wanted) const {
    return until("/api/v1/query_exemplars?query=" + expression, wanted);
  }

 private:
  [[nodiscard]] std::string until(const std::string& target, const std::string& wanted) const {
    std::string answer =
        ask_until([&] { return http_get(port_, target); },
                  [&](const std::string& told) { return told.find(wanted) != told.npos; });
    return answer.find(wanted) != answer.npos ? answer : answer + process_.log();
  }

  [[nodiscard]] std::filesystem::path config(std::uint16_t target) const {
    std::ofstream(folder_ / "prometheus.yml")
        << "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\n"
           "scrape_configs: [{job_name: tested, static_configs: [{targets: ['127.0.0.1:"
        << target << "']}]}]\n";
    return folder_ / "prometheus.yml";
  }

  scratch_folder folder_;
  std::uint16_t port_;
  server_process process_;
};

}  // namespace asioscope::metrics::testing
