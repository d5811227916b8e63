// SPDX-License-Identifier: BSL-1.0
#include "asioscope/session/session.hpp"

#include "announcer.hpp"
#include "environment.hpp"
#include "fork.hpp"
#include "report_line.hpp"
#include "report_outlet.hpp"
#include "task_dumper.hpp"

#include "asioscope/live/server.hpp"
#include "asioscope/metrics/endpoint.hpp"
#include "asioscope/net/tcp_address.hpp"
#include "asioscope/recorder/hooks_check.hpp"
#include "asioscope/resources/observe_resources.hpp"
#include "asioscope/schema/rendezvous.hpp"
#include "asioscope/watchdog/crash_line.hpp"
#include "asioscope/watchdog/watch.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace asioscope {
namespace {

/// What a program does when it starts (reads its configuration, fills its caches) is no stall.
constexpr std::chrono::milliseconds grace{100};

/// Says, once in the life of a process, that hooks were linked and do nothing.
void warn_of_hooks() {
  static std::atomic<bool> looked{false};
  if (looked.exchange(true) || recorder::hooks_in_effect()) return;
  write_line(
      "asioscope: the hooks are not in effect: the linker took functions of Asio from a part of "
      "the "
      "program built without them. Link every part that uses Asio to asioscope::hooks");
}

/// Makes a part of the session; when that fails, says so and leaves it out.
template <class Make>
auto try_part(const char* what, Make make) -> decltype(make()) {
  try {
    return make();
  } catch (const std::exception& error) {
    write_line(std::string("asioscope: no ") + what + ": " + error.what());
    return nullptr;
  }
}

/// Whether a report is the second one of a stall, which tells its end. One that was over before it
/// was noticed has only that one report.
class stall_ends {
 public:
  bool is_end(const schema::report& value) {
    if (value.kind != schema::report_kind::stall) return false;
    if (value.ongoing) {
      last_begun_ = value.id;
      return false;
    }
    return value.id <= last_begun_;
  }

 private:
  std::uint64_t last_begun_ = 0;
};

report_outlet::receiver receiver_of(const session::options& wanted) {
  if (wanted.on_report) {
    return [on_report = wanted.on_report](const schema::report& value, std::uint64_t) {
      on_report(value);
    };
  }
  return [ends = stall_ends{}](const schema::report& value, std::uint64_t suppressed) mutable {
    write_line(report_line(value, find_names(value, recorder::take_snapshot()), suppressed,
                           ends.is_end(value)));
  };
}

/// What runs while the session does.
struct parts {
  explicit parts(const session::options& wanted) {
    recorder::set_thresholds({wanted.slow_handler, wanted.stall});
    recorder::set_mode(wanted.mode);
    recorder::set_redaction(wanted.redact);
    observe_resources();
    if (wanted.crash_line) crash = std::make_unique<watchdog::crash_line>();
    outlet =
        try_part("reports", [&] { return std::make_unique<report_outlet>(receiver_of(wanted)); });
    watcher = try_part("watchdog", [&] { return start_watch(wanted); });
    if (wanted.metrics)
      endpoint = try_part("metrics endpoint", [&] { return start_metrics(wanted); });
    if (endpoint)
      announced = try_part("announcement of the metrics", [&] { return announce_metrics(wanted); });
    if (wanted.live) server = try_part("live server", [&] { return start_live(wanted); });
    if (wanted.dump_signal != 0)
      dumper = try_part("dump of tasks",
                        [&] { return std::make_unique<task_dumper>(wanted.dump_signal); });
    if (!wanted.quiet) announce();
    warn_of_hooks();
  }

  std::unique_ptr<watchdog::watch> start_watch(const session::options& wanted) const {
    watchdog::watch_options options;
    options.signal = wanted.stack_signal;
    options.grace = grace;
    options.reports_per_minute = wanted.reports_per_minute;
    if (outlet) {
      options.deliver = [to = outlet.get()](const schema::report& value, std::uint64_t suppressed) {
        to->push(value, suppressed);
      };
    }
    return std::make_unique<watchdog::watch>(options);
  }

  static std::unique_ptr<metrics::endpoint> start_metrics(const session::options& wanted) {
    metrics::endpoint_options options;
    options.address = wanted.metrics_address;
    options.program = wanted.name;
    options.token = wanted.metrics_token;
    options.token_file = wanted.metrics_token_file;
    if (wanted.liveness_limit != session::never) options.liveness_limit = wanted.liveness_limit;
    auto result = std::make_unique<metrics::endpoint>(std::move(options));
    warn_of_open_metrics(wanted);
    return result;
  }

  /// Where whole networks may look in. It is allowed, since that is how a pod is scraped.
  static void warn_of_open_metrics(const session::options& wanted) {
    const auto address = net::parse_tcp_address(wanted.metrics_address);
    if (!address || net::is_loopback(*address)) return;
    if (!wanted.metrics_token.empty() || !wanted.metrics_token_file.empty()) return;
    write_line("asioscope: whoever reaches " + wanted.metrics_address +
               " can read the metrics: set ASIOSCOPE_METRICS_TOKEN_FILE, or see to it that only "
               "Prometheus does");
  }

  [[nodiscard]] std::unique_ptr<announcer> announce_metrics(const session::options& wanted) const {
    const std::string name = wanted.name.empty() ? schema::executable_name() : wanted.name;
    return std::make_unique<announcer>(schema::announcement{name, ::getpid(), endpoint->url()});
  }

  static std::unique_ptr<live::server> start_live(const session::options& wanted) {
    live::options options;
    options.program = wanted.name;
    options.socket = wanted.live_socket;
    options.tcp = wanted.live_address;
    return std::make_unique<live::server>(std::move(options));
  }

  void announce() const {
    std::string line;
    if (endpoint) line += "metrics at " + endpoint->url();
    if (server) {
      for (const auto& address : server->addresses()) {
        line += (line.empty() ? "" : ", ") + std::string("viewers at ") + address;
      }
    }
    if (!line.empty()) write_line("asioscope: " + line);
  }

  // In the order of their making: the watchdog uses the outlet.
  std::unique_ptr<watchdog::crash_line> crash;
  std::unique_ptr<report_outlet> outlet;
  std::unique_ptr<watchdog::watch> watcher;
  std::unique_ptr<metrics::endpoint> endpoint;
  std::unique_ptr<announcer> announced;
  std::unique_ptr<live::server> server;
  std::unique_ptr<task_dumper> dumper;
};

}  // namespace

struct session::state {
  std::mutex mutex;  // guards running
  std::unique_ptr<parts> running;
  const unsigned forks = forks_so_far();

  /// Whether this is the copy that a forked child got, whose threads do not exist.
  [[nodiscard]] bool left_behind() const { return forks != forks_so_far(); }
};

session::session() : session(options{}) {}

session::session(options wanted) {
  if (wanted.use_environment) {
    std::vector<std::string> problems;
    wanted = apply_environment(
        std::move(wanted), [](const char* name) { return std::getenv(name); }, problems);
    for (const auto& problem : problems)
      write_line("asioscope: " + problem);
  }
  prepare_for_fork();
  if (session_exists.exchange(true)) {
    throw std::logic_error(
        "asioscope: this process has a session already (asioscope::autostart makes one before "
        "main)");
  }
  try {
    state_ = std::make_unique<state>();
    if (wanted.enabled) {
      state_->running = std::make_unique<parts>(wanted);
    } else {
      recorder::set_mode(recorder::mode::off);
    }
  } catch (...) {
    session_exists = false;
    throw;
  }
}

session::~session() {
  stop();
  // The locks of a copy may be held, for ever, by threads that only the parent has.
  if (state_->left_behind()) {
    static_cast<void>(state_.release());
  } else {
    session_exists = false;
  }
}

void session::stop() noexcept {
  if (state_->left_behind()) return;
  const std::lock_guard lock(state_->mutex);
  state_->running.reset();
}

std::string session::metrics_url() const {
  if (state_->left_behind()) return {};
  const std::lock_guard lock(state_->mutex);
  const auto* const running = state_->running.get();
  return running != nullptr && running->endpoint ? running->endpoint->url() : std::string{};
}

std::vector<std::string> session::live_addresses() const {
  if (state_->left_behind()) return {};
  const std::lock_guard lock(state_->mutex);
  const auto* const running = state_->running.get();
  return running != nullptr && running->server ? running->server->addresses()
                                               : std::vector<std::string>{};
}

}  // namespace asioscope
