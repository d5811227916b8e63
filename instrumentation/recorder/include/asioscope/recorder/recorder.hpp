// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/event.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The recorder: one per process, fed by the instrumentation of every thread, read by exporters.
///
/// Thread safety: every function here may be called from any thread at any time; none is called on
/// the hot path and none ever makes a recording thread wait.
namespace asioscope::recorder {

/// What is recorded.
enum class mode : std::uint32_t {
  off = 0,      ///< nothing: one relaxed load and a predicted branch per handler
  metrics = 1,  ///< counters and histograms
  trace = 2,    ///< events too
};

/// "off", "metrics", "trace".
[[nodiscard]] std::string_view to_string(mode value) noexcept;

/// The mode wished for when nobody asks for a trace. Default: metrics.
void set_mode(mode wanted);

/// The mode in force: trace while a trace_request lives (unless off), else what set_mode said.
[[nodiscard]] mode current_mode() noexcept;

/// Thresholds, in effect from the next run on.
struct thresholds {
  std::chrono::nanoseconds slow{std::chrono::milliseconds{2}};  ///< a run longer than this is slow
  std::chrono::nanoseconds stall{
      std::chrono::milliseconds{25}};  ///< a run still going on after this is a stall
};
void set_thresholds(const thresholds& values);
[[nodiscard]] thresholds current_thresholds() noexcept;

/// Asks for events as long as it lives. Allocates and prefaults the trace rings of the threads.
class trace_request {
 public:
  trace_request();
  ~trace_request();
  trace_request(const trace_request&) = delete;
  trace_request& operator=(const trace_request&) = delete;
};

/// Everything known now, summed over the threads. Takes a lock that no recording thread waits for.
[[nodiscard]] schema::snapshot take_snapshot();

/// Tells what the live tasks wait for: the coroutines of each and the lines they have come to.
/// Remembers what it found, so that a task that has not run since costs nothing. Reads the memory
/// of coroutines while their threads go on, by a system call that cannot fault, and drops what
/// changed meanwhile. One thread at a time.
class await_lister {
 public:
  await_lister();
  ~await_lister();
  await_lister(const await_lister&) = delete;
  await_lister& operator=(const await_lister&) = delete;

  /// Fills `places` and `await_chains`, of at most 16,384 tasks.
  void add_to(schema::snapshot& out);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// The program's monotonic and wall clock now.
[[nodiscard]] schema::clock_reading read_clock() noexcept;

/// Which clock stamps events, e.g. "tsc 2.596 GHz" or "steady_clock (tsc not invariant)".
[[nodiscard]] std::string clock_description();

/// Drains the trace rings. Any number of readers may exist; each sees all events from its creation
/// on, or an exact gap where it came too late. A reader belongs to one thread at a time.
class event_reader {
 public:
  event_reader();
  ~event_reader();
  event_reader(event_reader&&) noexcept;
  event_reader& operator=(event_reader&&) noexcept;

  /// Appends what is new. At most about `limit` events a call, so that one call stays short. A
  /// message counts as one event, and as one more for every 24 bytes of its text.
  void read(schema::trace& out, std::size_t limit = 100'000);

 private:
  struct state;
  state* state_;
};

/// Reports kept: the latest 256. Every addition or change gets the next sequence number.
struct report_page {
  std::vector<schema::report> reports;  ///< oldest first
  std::uint64_t sequence = 0;           ///< to be passed to the next call
};

/// The reports added or changed after `sequence` (0: all that are kept).
[[nodiscard]] report_page reports_since(std::uint64_t sequence);

/// Adds a report, or replaces the one with the same non-zero id. Returns its id.
std::uint64_t publish(schema::report value);

}  // namespace asioscope::recorder
