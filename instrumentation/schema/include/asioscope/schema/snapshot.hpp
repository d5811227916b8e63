// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/histogram.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace asioscope::schema {

/// Ties the monotonic clock, in which everything is measured, to the wall clock.
struct clock_reading {
  std::int64_t monotonic_ns = 0;
  std::int64_t realtime_ns = 0;

  friend bool operator==(const clock_reading&, const clock_reading&) = default;
};

/// One execution context. Ids are small, dense and stable for the life of the process; a loop that
/// dies leaves its record (`gone`), which a later loop of the same name takes over.
struct loop_info {
  std::uint32_t id = 0;
  std::string name;
  bool gone = false;

  friend bool operator==(const loop_info&, const loop_info&) = default;
};

/// Where something comes from.
enum class site_kind : std::uint8_t {
  handler = 0,   ///< a completion handler or function object
  task = 1,      ///< a spawned coroutine, by its name
  scope = 2,     ///< a stretch of code that the program gave a name
  resource = 3,  ///< a resource, by its name; `operation`: its kind, or what happened to it
};

struct site_info {
  std::uint32_t id = 0;
  site_kind kind = site_kind::handler;
  std::string name;       ///< readable; unique among the sites of one kind
  std::string operation;  ///< "post", "async_wait", "async_receive"…; empty for tasks

  friend bool operator==(const site_info&, const site_info&) = default;
};

/// A thread that runs, or ran, a loop.
struct thread_info {
  std::uint32_t id = 0;    ///< ours: dense
  std::int32_t os_id = 0;  ///< the kernel's thread id
  std::string name;        ///< as the kernel has it, e.g. "shop"
  bool gone = false;

  friend bool operator==(const thread_info&, const thread_info&) = default;
};

/// Cumulative figures of a loop. Only ever growing, unless marked as gauges.
struct loop_statistics {
  std::uint32_t loop = 0;
  /// Gauge: living threads whose latest run was on it.
  std::uint32_t threads = 0;
  std::uint64_t pending = 0;      ///< gauge: handlers posted and not yet begun
  std::uint64_t outstanding = 0;  ///< gauge: timers and I/O operations waiting
  std::uint64_t busy_ns = 0;      ///< time its threads spent in runs, including those going on
  std::uint64_t idle_ns = 0;      ///< time its threads spent waiting for work
  std::uint64_t turns = 0;        ///< passes through the reactor
  /// Turns before which the loop ran handlers for longer than the stall threshold without a look at
  /// its timers and sockets, be it one handler or many.
  std::uint64_t long_turns = 0;
  std::uint64_t longest_turn_ns = 0;
  std::uint64_t hops = 0;  ///< runs that only queued the same handler again
  /// Monotonic time at which a run last ended or the loop last idled; 0 = never.
  std::int64_t last_progress_ns = 0;
  std::uint64_t stalls = 0;
  std::uint64_t stall_ns = 0;  ///< time in stalls, including the one going on
  histogram lag;               ///< lateness of timers and probes
  /// What an arrival at any moment would have met, sampled at a steady rate, however busy the loop
  /// was: a long block is in it with all the arrivals that it kept waiting. 0 while it was waiting.
  histogram corrected_lag;
  histogram
      strand_wait;  ///< of the queue delay of handlers in strands: until their strand was free

  friend bool operator==(const loop_statistics&, const loop_statistics&) = default;
};

/// Cumulative figures of a thread that runs, or ran, a loop.
struct thread_statistics {
  std::uint32_t thread = 0;
  std::uint64_t busy_ns = 0;  ///< in runs, including the one going on
  std::uint64_t idle_ns = 0;  ///< waiting for work in a loop
  std::uint64_t cpu_ns = 0;   ///< on a processor, whatever it did there; 0: not known

  friend bool operator==(const thread_statistics&, const thread_statistics&) = default;
};

/// How often handlers were called with an error code of one category.
struct error_count {
  std::string category;  ///< as the category calls itself, e.g. "asio.misc"; "other": further ones
  std::uint64_t count = 0;

  friend bool operator==(const error_count&, const error_count&) = default;
};

/// Cumulative figures of one handler site on one loop. The number of runs is `run.count()`.
struct site_statistics {
  std::uint32_t loop = 0;
  std::uint32_t site = 0;
  std::uint64_t slow = 0;       ///< runs over the slow threshold
  std::uint64_t slow_ns = 0;    ///< time in those; not in the stream
  std::uint64_t failed = 0;     ///< runs left by an exception that was not counted further in
  std::uint64_t errors = 0;     ///< runs begun with an error code that is not a cancellation
  std::uint64_t cancelled = 0;  ///< runs begun with operation_aborted
  std::uint64_t unrun = 0;      ///< handlers destroyed without running
  std::uint64_t longest_ns = 0;
  histogram run;    ///< how long runs took
  histogram delay;  ///< queue delay: ready → begin, of the runs whose ready moment is known
  std::vector<error_count> error_categories;  ///< of `errors`, by category

  friend bool operator==(const site_statistics&, const site_statistics&) = default;
};

/// Cumulative figures of the tasks of one name on one loop.
struct task_statistics {
  std::uint32_t loop = 0;
  std::uint32_t site = 0;
  std::uint64_t spawned = 0;
  std::uint64_t finished = 0;   ///< ended, whatever the outcome
  std::uint64_t failed = 0;     ///< of those: left by an exception
  std::uint64_t cancelled = 0;  ///< of those: cancelled
  std::uint64_t abandoned = 0;  ///< of those: destroyed before they could end
  histogram duration;           ///< spawn → end

  friend bool operator==(const task_statistics&, const task_statistics&) = default;
};

enum class task_state : std::uint8_t {
  ready = 0,      ///< spawned and not yet begun
  running = 1,    ///< on a thread now
  suspended = 2,  ///< waiting for something
  done = 3,
  failed = 4,
  cancelled = 5,
  abandoned = 6,  ///< destroyed before it could end
};

[[nodiscard]] constexpr bool is_live(task_state state) noexcept {
  return state <= task_state::suspended;
}

struct task_info {
  std::uint64_t id = 0;    ///< never reused
  std::uint32_t site = 0;  ///< a site of kind task: its name
  std::uint32_t loop = 0;
  std::uint64_t parent = 0;  ///< the task that spawned it, 0 = none
  task_state state = task_state::ready;
  std::int64_t spawned_ns = 0;  ///< monotonic
  std::int64_t ended_ns = 0;    ///< monotonic, 0 while it lives
  std::uint64_t runs = 0;
  std::uint64_t busy_ns = 0;  ///< without the run going on now
  /// Ready and waiting for a thread, as far as it is known when the task became ready. What busy
  /// and scheduled leave of its life it was idle.
  std::uint64_t scheduled_ns = 0;
  std::uint64_t longest_ns = 0;
  std::int64_t run_since_ns = 0;        ///< begin of the run going on now, 0 when none
  std::int64_t suspended_since_ns = 0;  ///< end of its last run while it is suspended, else 0

  friend bool operator==(const task_info&, const task_info&) = default;
};

/// A co_await in a coroutine: where a task may wait.
struct await_place {
  std::uint32_t id = 0;  ///< dense, from 1, stable for one sender
  std::string function;  ///< the coroutine, readable
  std::string file;      ///< as the compiler knew it; empty: it has not awaited anything yet
  std::uint32_t line = 0;

  friend bool operator==(const await_place&, const await_place&) = default;
};

/// The coroutines of a live task, each awaiting the next.
struct await_chain {
  std::uint64_t task = 0;
  /// What the task waits for while it is suspended, e.g. "async_receive"; empty: not known.
  std::string operation;
  std::vector<std::uint64_t>
      places;                       ///< await_place::id, innermost first; none: not known any more
  std::vector<std::string> scopes;  ///< the open ones, outermost first
  std::string trace_id;             ///< as the program set it

  friend bool operator==(const await_chain&, const await_chain&) = default;
};

/// One figure of a resource.
struct resource_figure {
  std::string name;  ///< "in_use"
  double value = 0;
  bool total = false;  ///< only grows

  friend bool operator==(const resource_figure&, const resource_figure&) = default;
};

/// Who waits for a resource, or holds it.
struct resource_use {
  std::uint64_t task = 0;     ///< 0: not known
  std::int64_t since_ns = 0;  ///< monotonic

  friend bool operator==(const resource_use&, const resource_use&) = default;
};

/// How often something happened to a resource.
struct occurrence_count {
  std::string what;  ///< "rejected", "opened"
  std::uint64_t count = 0;

  friend bool operator==(const occurrence_count&, const occurrence_count&) = default;
};

/// How a wait for a resource ended.
enum class wait_outcome : std::uint8_t {
  granted = 0,
  cancelled = 1,
  timed_out = 2,
  closed = 3,  ///< the resource was closed
};

/// A named instance of a concurrency primitive: a semaphore, a pool, a circuit breaker. Ids are
/// small, dense and stable for the life of the process; a resource that dies leaves its record
/// (`gone`) with its totals, which a later one of the same kind and name goes on with.
struct resource_info {
  std::uint32_t id = 0;
  std::string kind;  ///< "semaphore", "resource_pool", "circuit_breaker"…
  std::string name;  ///< "_other": all of this kind beyond the capacity of the table
  bool gone = false;
  std::string state;  ///< of those that have states: "half_open"
  std::vector<resource_figure> figures;
  std::uint64_t waiting = 0;          ///< gauge
  std::vector<resource_use> waiters;  ///< the first of them, in the order in which they are served
  std::vector<resource_use> holders;  ///< some, of those that know them
  histogram wait;                     ///< how long waits took that were granted
  std::uint64_t cancelled = 0;        ///< waits that ended so
  std::uint64_t timed_out = 0;        ///< waits that ended so
  std::uint64_t closed = 0;           ///< waits that ended so
  std::vector<occurrence_count> occurrences;
  histogram item_wait;  ///< of queues: how long items were in them, of those that were taken

  friend bool operator==(const resource_info&, const resource_info&) = default;
};

enum class report_kind : std::uint8_t {
  slow = 0,     ///< a run ended and had taken longer than the slow threshold
  stall = 1,    ///< a run is still going on after the stall threshold
  failure = 2,  ///< an exception left a handler or a task
};

/// One frame of a stack, innermost first. An unknown function has an empty name.
struct stack_frame {
  std::uint64_t address = 0;
  std::string function;
  std::string file;
  std::uint32_t line = 0;
  std::string module;     ///< file name of the program or library
  bool internal = false;  ///< belongs to Asio, the C++ runtime or asioscope, not to the user

  friend bool operator==(const stack_frame&, const stack_frame&) = default;
};

/// A stack that was seen at several moments of a stall.
struct stall_stack {
  std::vector<stack_frame> frames;  ///< innermost first
  std::uint32_t count = 0;          ///< at how many moments it was seen

  friend bool operator==(const stall_stack&, const stall_stack&) = default;
};

/// Something that the owner of the program should know.
struct report {
  /// Counts from 1; a later report with the same id replaces the earlier one (a stall that was
  /// looked at again, or ended).
  std::uint64_t id = 0;
  report_kind kind = report_kind::slow;
  std::int64_t time_ns = 0;  ///< monotonic: begin of the run
  std::uint32_t loop = 0;
  std::uint32_t thread = 0;
  std::uint32_t site = 0;
  std::uint64_t task = 0;
  std::uint64_t duration_ns = 0;  ///< so far, while `ongoing`
  std::uint64_t delay_ns = 0;     ///< queue delay before the run
  bool ongoing = false;           ///< stall: not over yet
  std::string message;  ///< failure: type and what(); stall: why no stack, who holds the mutex
  std::string culprit;  ///< stall: the innermost function of the user, empty when unknown
  std::vector<stack_frame> stack;  ///< stall: the first that could be taken, innermost first
  /// Stall: why the thread did not get on, as it was seen most often: "on CPU", "in system call
  /// read", "waiting for a mutex", "descheduled", "waiting in the kernel", "stopped"; empty when
  /// unknown.
  std::string cause;
  std::uint32_t samples = 0;              ///< stall: how often the thread was looked at
  std::uint32_t stack_count = 0;          ///< stall: in how many of the samples `stack` was seen
  std::vector<stall_stack> other_stacks;  ///< stall: seen in other samples, most frequent first
  std::vector<std::string> scopes;        ///< stall: open when it was found, outermost first
  std::string trace_id;                   ///< as the program set it
  /// Failure of a task: the coroutines that the exception left, innermost first, each with its
  /// latest co_await. Their `id` is 0.
  std::vector<await_place> await_places;
  /// Slow: the thread was on a processor for so long in the run, at least and at most. Both 0: not
  /// known.
  std::uint64_t cpu_least_ns = 0;
  std::uint64_t cpu_most_ns = 0;

  friend bool operator==(const report&, const report&) = default;
};

/// Why a thread in a stall did not get on, as it was first seen.
enum class stall_cause : std::uint8_t {
  unknown = 0,
  on_cpu = 1,
  system_call = 2,  ///< waits in one
  mutex = 3,        ///< waits for one that another thread holds
  descheduled = 4,  ///< it could run, but got no processor
  kernel = 5,       ///< waits in the kernel for something else, such as a page
  stopped = 6,      ///< by a signal or a debugger
};
inline constexpr std::size_t stall_cause_count = 7;

/// Of `loop_statistics::stalls`, by cause.
struct stall_causes {
  std::uint32_t loop = 0;
  std::array<std::uint64_t, stall_cause_count> counts{};

  friend bool operator==(const stall_causes&, const stall_causes&) = default;
};

/// The figures of a loop that know who was behind their high values.
enum class slow_figure : std::uint8_t {
  run = 0,            ///< site_statistics::run of all sites
  delay = 1,          ///< site_statistics::delay of all sites
  lag = 2,            ///< loop_statistics::lag
  corrected_lag = 3,  ///< loop_statistics::corrected_lag
  stall = 4,          ///< loop_statistics::stalls
};

/// A slow observation that a figure counts, the latest of its bucket, and the run behind it: of a
/// lag, the one that the loop was late because of.
struct slow_sample {
  std::uint32_t loop = 0;
  slow_figure figure = slow_figure::run;
  std::uint32_t bucket = 0;  ///< it is counted in that one of histogram::buckets; of a stall: 0
  std::uint64_t duration_ns = 0;  ///< of a stall: until it was found
  std::int64_t time_ns = 0;       ///< monotonic: when it was counted
  std::uint32_t site = 0;
  std::uint64_t task = 0;  ///< 0: none
  std::string trace_id;    ///< as the program set it

  friend bool operator==(const slow_sample&, const slow_sample&) = default;
};

/// What the instrument says about itself.
struct telemetry {
  std::uint64_t events = 0;         ///< written to rings
  std::uint64_t events_lost = 0;    ///< overwritten before a reader came
  std::uint64_t site_overflow = 0;  ///< registrations refused because the site table was full
  std::uint64_t task_overflow = 0;  ///< tasks not tracked one by one because the table was full
  std::uint64_t reports_suppressed = 0;  ///< not delivered because of the rate limit
  std::uint64_t memory_bytes = 0;        ///< gauge: held by the recorder

  friend bool operator==(const telemetry&, const telemetry&) = default;
};

/// Everything the recorder knows at one moment.
struct snapshot {
  clock_reading time;
  std::vector<loop_info> loops;
  std::vector<site_info> sites;
  std::vector<thread_info> threads;
  std::vector<loop_statistics> loop_stats;
  std::vector<thread_statistics> thread_stats;
  std::vector<site_statistics> site_stats;
  std::vector<task_statistics> task_stats;
  std::vector<task_info> tasks;  ///< live ones, then recently ended ones
  std::vector<await_place> places;
  std::vector<await_chain> await_chains;
  std::vector<resource_info> resources;
  // Not in the stream: a viewer is told of each stall and slow run by a report.
  std::vector<stall_causes> causes;
  std::vector<slow_sample> slow_samples;
  telemetry self;
};

}  // namespace asioscope::schema
