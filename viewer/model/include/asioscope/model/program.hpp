// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/awaits.hpp"
#include "asioscope/model/limits.hpp"
#include "asioscope/model/loop.hpp"
#include "asioscope/model/reports.hpp"
#include "asioscope/model/resources.hpp"
#include "asioscope/model/ring.hpp"
#include "asioscope/model/site.hpp"
#include "asioscope/model/task_name.hpp"
#include "asioscope/model/tasks.hpp"
#include "asioscope/model/trace_store.hpp"
#include "asioscope/model/untraced.hpp"
#include "asioscope/schema/message.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace asioscope::model {

/// Sums over the whole program since it began.
struct totals {
  std::uint64_t handlers = 0;
  std::uint64_t busy_ns = 0;
  std::uint64_t slow = 0;
  std::uint64_t failed = 0;  ///< exceptions that left handlers
  std::uint64_t pending = 0;
  std::uint64_t stalls = 0;
  std::uint64_t stall_ns = 0;
  std::uint64_t tasks_spawned = 0;
  std::uint64_t tasks_finished = 0;
  std::uint64_t tasks_failed = 0;
  std::uint64_t tasks_cancelled = 0;
  std::uint64_t tasks_abandoned = 0;
  std::uint64_t events_in_gaps = 0;  ///< that this viewer missed

  friend bool operator==(const totals&, const totals&) = default;
};

struct thread {
  schema::thread_info info;
  schema::thread_statistics statistics;
};

/// Everything known about one run of one program, from its start to its end. A value: a copy is a
/// frozen view.
///
/// Frames hold cumulative values, so any number of them may be missing. Memory is bounded
/// (limits.hpp). Thread safety: distinct objects only.
class program {
 public:
  using key = std::pair<std::uint32_t, std::uint32_t>;  ///< loop, site

  explicit program(const schema::hello& identity, std::size_t trace_events = limits::trace_events);

  /// True when `other` greets from the same process: same name, pid and start.
  [[nodiscard]] bool is(const schema::hello& other) const noexcept;

  /// A connection to the same process was made anew: a snapshot follows.
  void begin_snapshot();
  void fold(const schema::frame& frame);
  /// Until the next events come, what happens is not told.
  void interrupt_trace() { trace_.interrupt(); }

  [[nodiscard]] const schema::hello& identity() const noexcept { return identity_; }
  [[nodiscard]] const schema::clock_reading& time() const noexcept { return time_; }
  /// True once a first snapshot has arrived whole; before that, sums are too low.
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  [[nodiscard]] bool tracing() const noexcept { return tracing_; }
  [[nodiscard]] double uptime_seconds() const noexcept;

  [[nodiscard]] const std::map<std::uint32_t, loop>& loops() const noexcept { return loops_; }
  [[nodiscard]] const std::map<std::uint32_t, schema::site_info>& site_names() const noexcept {
    return site_names_;
  }
  [[nodiscard]] const std::map<std::uint32_t, thread>& threads() const noexcept { return threads_; }
  [[nodiscard]] const std::map<key, site>& sites() const noexcept { return sites_; }
  [[nodiscard]] const std::map<key, task_name>& task_names() const noexcept { return task_names_; }
  [[nodiscard]] const task_table& tasks() const noexcept { return tasks_; }
  [[nodiscard]] const await_table& awaits() const noexcept { return awaits_; }
  [[nodiscard]] const resource_table& resources() const noexcept { return resources_; }
  [[nodiscard]] const report_log& reports() const noexcept { return reports_; }
  [[nodiscard]] const ring<schema::gap>& gaps() const noexcept { return gaps_; }
  /// What happened on each thread, as far as somebody asked for the trace.
  [[nodiscard]] const trace_store& trace() const noexcept { return trace_; }
  /// Holes in it: recording was off, or there was no connection. One that goes on is not among
  /// them.
  [[nodiscard]] const ring<untraced_stretch>& untraced() const noexcept { return untraced_; }
  /// When the program began, on its monotonic clock.
  [[nodiscard]] std::int64_t started_ns() const noexcept;
  /// The latest texts that the program left in the trace; a task is named by the low half of its
  /// id.
  [[nodiscard]] const ring<schema::text_message>& messages() const noexcept { return messages_; }
  [[nodiscard]] const schema::telemetry& self() const noexcept { return self_; }
  [[nodiscard]] totals sum() const;

  /// The names behind the ids; a placeholder such as "site 7" as long as the name is unknown.
  [[nodiscard]] std::string loop_name(std::uint32_t id) const;
  [[nodiscard]] std::string site_name(std::uint32_t id) const;
  [[nodiscard]] std::string site_operation(std::uint32_t id) const;
  [[nodiscard]] std::string thread_name(std::uint32_t id) const;

  /// What a suspended task waits for, in a few words: "resource_pool db in shop::find_offer,
  /// catalogue.cpp:41"; empty when it is not known.
  [[nodiscard]] std::string wait_text(std::uint64_t task) const;

  /// The last `span_ns` begin here: at a tick, so that it is that long or up to a tick longer, or
  /// shorter as long as the program has not been watched for that long.
  [[nodiscard]] std::int64_t start_of_last(std::int64_t span_ns) const noexcept;
  /// What the figures called "lately" cover: limits::window_ns.
  [[nodiscard]] std::int64_t window_start_ns() const noexcept {
    return start_of_last(limits::window_ns);
  }
  [[nodiscard]] double window_seconds() const noexcept;

  [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }
  [[nodiscard]] std::uint64_t events() const noexcept { return events_; }
  /// Records that were not kept because a limit was reached.
  [[nodiscard]] std::uint64_t refused() const noexcept {
    return refused_ + tasks_.refused() + awaits_.refused() + resources_.refused() +
           trace_.refused();
  }

 private:
  void note_tracing(const schema::frame& frame);
  void fold_names(const schema::frame& frame);
  void fold_statistics(const schema::frame& frame);
  void fold_lists(const schema::frame& frame);
  void finish_snapshot();
  void advance();
  loop* loop_of(std::uint32_t id);

  schema::hello identity_;
  schema::clock_reading time_;
  bool complete_ = false;
  bool in_snapshot_ = true;
  bool tracing_ = false;
  std::map<std::uint32_t, loop> loops_;
  std::map<std::uint32_t, schema::site_info> site_names_;
  std::map<std::uint32_t, thread> threads_;
  std::map<key, site> sites_;
  std::map<key, task_name> task_names_;
  task_table tasks_{identity_.slow_threshold_ns};
  await_table awaits_;
  resource_table resources_;
  report_log reports_;
  ring<schema::gap> gaps_{limits::gaps};
  ring<schema::text_message> messages_{limits::messages};
  trace_store trace_;
  bool is_traced_ = false;            // with a snapshot: events are sent after it only
  std::int64_t traced_until_ns_ = 0;  // 0: it is traced, or never was
  ring<untraced_stretch> untraced_{limits::gaps};
  schema::telemetry self_;
  std::int64_t sampled_ns_ = 0;  // end of the last sample of the loops
  ring<std::int64_t> ticks_{limits::minute_ns / limits::tick_ns + 2};
  std::uint64_t events_in_gaps_ = 0;
  std::uint64_t frames_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace asioscope::model
