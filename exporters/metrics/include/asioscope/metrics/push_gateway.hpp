// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/metrics/collector.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace asioscope::metrics {

struct push_options {
  /// "http://HOST:PORT", with a path when the gateway stands behind a proxy. TLS is not spoken:
  /// that is for a proxy on this machine.
  std::string url = "http://127.0.0.1:9091";
  std::string job = {};  ///< the label `job` of everything that is pushed; must be given
  /// The other labels by which the gateway groups, e.g. {{"instance", "nightly-3"}}. All pushes of
  /// one job and the same labels are one group, which a push() replaces.
  std::map<std::string, std::string> grouping = {};
  /// The header Authorization, see basic_authorization() and bearer_authorization(); empty: none.
  std::string authorization = {};
  /// For one call, everything in it: looking up the name, connecting, sending, the answer.
  std::chrono::milliseconds deadline = std::chrono::seconds{10};
  collect_options collect = {};
};

/// Pushes our families to a Prometheus Pushgateway: for jobs that end before anybody could scrape
/// them. A service that stays is better scraped, since a gateway never forgets and `up` says
/// nothing of who pushed.
///
///     loop.run();
///     asioscope::metrics::push_gateway({.job = "nightly"}).push();
///
/// What is recorded is counted when a handler ends: push when the loops have returned, while the
/// session still lives, and everything is in.
///
/// Thread safety: any thread, at the same time too. Each call blocks for at most the deadline, so
/// one made in a handler is refused (std::logic_error) rather than letting its loop wait.
/// Errors: the constructor throws std::invalid_argument, which says what cannot be used. The calls
/// throw std::system_error when the gateway cannot be reached or does not answer in time
/// (std::errc::timed_out), std::runtime_error when it answers that it will not, with what it said.
class push_gateway {
 public:
  explicit push_gateway(push_options options);
  ~push_gateway();
  push_gateway(const push_gateway&) = delete;
  push_gateway& operator=(const push_gateway&) = delete;

  /// Replaces the whole group (PUT), what others pushed to it as well.
  void push();
  /// Replaces the families of the group that are ours and leaves its others (POST).
  void add();
  /// Removes the group (DELETE). No error when there is none.
  void remove();

  /// Where it pushes to: the gateway's URL, the job and the grouping labels.
  [[nodiscard]] const std::string& url() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Values of push_options::authorization.
[[nodiscard]] std::string basic_authorization(std::string_view user, std::string_view password);
[[nodiscard]] std::string bearer_authorization(std::string_view token);

}  // namespace asioscope::metrics
