// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/recorder.hpp"
#include "asioscope/recorder/redaction.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace asioscope {

/// Everything asioscope does for a program, as long as the object lives: records, watches for
/// stalls, serves metrics and viewers, and reports what the owner should know.
///
///     int main() {
///       asioscope::session session;
///       …
///     }
///
/// Each option can be set without recompiling, and the environment wins over the code:
///
///     ASIOSCOPE=off               nothing at all: no thread, no socket, no recording
///     ASIOSCOPE_NAME=shop         what viewers call the program
///     ASIOSCOPE_MODE=…            off, metrics, trace
///     ASIOSCOPE_METRICS=…         on, off, PORT, HOST:PORT, unix:/path/of/socket
///     ASIOSCOPE_METRICS_TOKEN=…   what whoever reads the metrics must know
///     ASIOSCOPE_METRICS_TOKEN_FILE=…  a file with it, instead
///     ASIOSCOPE_LIVENESS_LIMIT=30s  after how long in one handler a loop fails /livez, or off
///     ASIOSCOPE_LIVE=…            on, off, /path/of/socket, HOST:PORT (besides the socket)
///     ASIOSCOPE_SLOW_HANDLER=2ms  a duration (ns, us, ms, s) or off
///     ASIOSCOPE_STALL=25ms        a duration or off
///     ASIOSCOPE_CRASH_LINE=…      on, off: what the loops were running, when the program crashes
///     ASIOSCOPE_DUMP_SIGNAL=USR1  a signal upon which the live tasks are written to stderr, or off
///
/// A value that is not understood is one line on stderr, and the value from the code holds. A part
/// that cannot be started (no port free, no private folder) is one line too; the others go on.
///
/// Thread safety: construct and destroy on one thread, stop() from any. Lifetime: one session at a
/// time in a process. After fork() the child has no session: no thread of ours, our sockets closed,
/// nothing recorded; it may construct one of its own. Programs that call daemon() construct it
/// afterwards. Errors: std::logic_error when there is a session already, for example that of
/// asioscope::autostart.
class session {
 public:
  /// For `slow_handler` and `stall`: not at all.
  static constexpr std::chrono::nanoseconds never = std::chrono::hours{24 * 365};

  struct options {
    bool enabled = true;
    std::string name = {};  ///< what viewers call the program; empty: the name of its executable
    recorder::mode mode = recorder::mode::metrics;
    std::chrono::nanoseconds slow_handler = std::chrono::milliseconds{2};
    std::chrono::nanoseconds stall = std::chrono::milliseconds{25};

    bool metrics = true;
    /// HOST:PORT, the next free port when it is taken; or unix:PATH.
    std::string metrics_address = "127.0.0.1:9464";
    std::string metrics_token = {};       ///< see metrics::endpoint_options::token
    std::string metrics_token_file = {};  ///< a file with the token, instead
    /// After how long in one handler a loop fails /livez and /readyz; never: not at all.
    std::chrono::nanoseconds liveness_limit = never;

    bool live = true;
    std::string live_socket = {};   ///< path; empty: where viewers look by themselves
    std::string live_address = {};  ///< HOST:PORT on the loopback to listen on as well; empty: not

    bool quiet = false;  ///< do not say where it listens

    /// Told about slow handlers, stalls and failures, and again (same id, not ongoing) when a stall
    /// is over. Empty: one line in logfmt on stderr. Runs on a thread of its own, never on a
    /// loop's, and may block: what does not fit into its queue meanwhile is only counted, like what
    /// is beyond the limit. Must not destroy the session.
    std::function<void(const schema::report&)> on_report = {};
    unsigned reports_per_minute = 5;  ///< for each kind

    /// What may be told of the text of exceptions and of messages, which may hold what is nobody
    /// else's business: what this returns stands instead, everywhere. Called on threads of
    /// asioscope before anything leaves the process. If it throws, "(redacted)" stands there.
    recorder::redaction redact = {};

    /// When the program crashes, one line on stderr says what each loop was running; see
    /// watchdog/crash_line.hpp. On, because it changes nothing of what happens then, and what it
    /// says cannot be found out later.
    bool crash_line = true;

    /// The real-time signal that takes stacks; 0: SIGRTMIN + 3. Not used when the program handles
    /// it.
    int stack_signal = 0;
    /// Upon this signal the live tasks are written to stderr, as by dump_tasks(); 0: upon none. Not
    /// used when the program handles it.
    int dump_signal = 0;
    bool use_environment = true;
  };

  session();
  explicit session(options wanted);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// Ends it all: sockets closed, threads joined. Once is enough, more does no harm.
  void stop() noexcept;

  /// E.g. "http://127.0.0.1:9464/metrics"; empty when there is none.
  [[nodiscard]] std::string metrics_url() const;
  /// Where viewers may connect: a path, "127.0.0.1:9500".
  [[nodiscard]] std::vector<std::string> live_addresses() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace asioscope
