// SPDX-License-Identifier: BSL-1.0
#include "definitions.hpp"

#include <array>
#include <cstddef>

namespace asioscope::metrics {

namespace {

using std::string_view;

constexpr std::array<string_view, 1> loop_label{"loop"};
constexpr std::array<string_view, 2> site_labels{"loop", "site"};
constexpr std::array<string_view, 3> error_labels{"loop", "site", "category"};
constexpr std::array<string_view, 2> task_labels{"loop", "task"};
constexpr std::array<string_view, 2> state_labels{"loop", "state"};
constexpr std::array<string_view, 2> cause_labels{"loop", "cause"};
constexpr std::array<string_view, 1> semaphore_label{"semaphore"};
constexpr std::array<string_view, 1> mutex_label{"mutex"};
constexpr std::array<string_view, 1> event_label{"event"};
constexpr std::array<string_view, 1> latch_label{"latch"};
constexpr std::array<string_view, 1> queue_label{"queue"};
constexpr std::array<string_view, 1> limiter_label{"limiter"};
constexpr std::array<string_view, 1> task_pool_label{"task_pool"};
constexpr std::array<string_view, 2> task_pool_labels{"task_pool", "outcome"};
constexpr std::array<string_view, 1> pool_label{"pool"};
constexpr std::array<string_view, 2> pool_labels{"pool", "state"};
constexpr std::array<string_view, 1> policy_label{"policy"};
constexpr std::array<string_view, 1> breaker_label{"breaker"};
constexpr std::array<string_view, 2> breaker_states{"breaker", "state"};
constexpr std::array<string_view, 2> breaker_transitions{"breaker", "to"};
constexpr std::array<string_view, 1> bulkhead_label{"bulkhead"};
constexpr std::array<string_view, 1> pipeline_label{"pipeline"};
constexpr std::array<string_view, 2> pipeline_labels{"pipeline", "outcome"};
constexpr std::array<string_view, 1> processor_label{"queue_processor"};
constexpr std::array<string_view, 2> processor_labels{"queue_processor", "outcome"};
constexpr std::array<string_view, 1> event_loop_label{"event_loop"};
constexpr std::array<string_view, 1> monitor_label{"monitor"};
constexpr std::array<string_view, 1> label_label{"label"};
constexpr std::array<string_view, 1> mode_label{"mode"};
constexpr std::array<string_view, 3> build_labels{"version", "boost_version", "compiler"};
constexpr std::span<const string_view> no_labels{};

constexpr family_type counter = family_type::counter;
constexpr family_type gauge = family_type::gauge;
constexpr family_type histogram = family_type::histogram;

constexpr double seconds(std::uint64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1e9;
}

/// Unix time of a monotonic one; 0 stays 0, which stands for never.
constexpr double timestamp(std::int64_t monotonic_ns, const schema::clock_reading& now) {
  if (monotonic_ns == 0) return 0;
  return static_cast<double>(now.realtime_ns - (now.monotonic_ns - monotonic_ns)) / 1e9;
}

using figure = schema::slow_figure;
using loop = const loop_row&;
using site = const site_totals&;
using task = const task_totals&;
using row = const resource_row&;
using all = const reading&;

constexpr std::array outcomes_of_tasks{per_resource_part::part{"succeeded", "succeeded"},
                                       per_resource_part::part{"failed", "failed"},
                                       per_resource_part::part{"cancelled", "cancelled"}};
constexpr std::array states_of_resources{per_resource_part::part{"idle", "idle"},
                                         per_resource_part::part{"in_use", "in_use"},
                                         per_resource_part::part{"creating", "creating"}};
constexpr std::array ways_of_breakers{per_resource_part::part{"closed", "closed"},
                                      per_resource_part::part{"open", "opened"},
                                      per_resource_part::part{"half_open", "half_opened"}};
constexpr std::array<string_view, 5> calls_of_breakers{"succeeded", "failed", "ignored", "late",
                                                       "rejected"};
constexpr std::array<string_view, 6> states_of_breakers{"closed",   "open",         "half_open",
                                                        "disabled", "metrics_only", "forced_open"};
constexpr std::array outcomes_of_items{per_resource_part::part{"out", "out"},
                                       per_resource_part::part{"filtered", "filtered"},
                                       per_resource_part::part{"failed", "failed"}};
constexpr std::array outcomes_of_work{per_resource_part::part{"processed", "processed"},
                                      per_resource_part::part{"failed", "failed"}};

constexpr double as_double(std::uint64_t value) { return static_cast<double>(value); }

// clang-format off
constexpr std::array table{
  definition{{"asio_loop_busy_seconds_total", counter, "seconds", loop_label,
    "Time that the loop's threads spent running handlers, those still running included"},
    per_loop{[](loop l, all) { return seconds(l.totals.busy_ns); }}},
  definition{{"asio_loop_idle_seconds_total", counter, "seconds", loop_label,
    "Time that the loop's threads spent waiting for work"},
    per_loop{[](loop l, all) { return seconds(l.totals.idle_ns); }}},
  definition{{"asio_loop_threads", gauge, "", loop_label,
    "Threads running the loop"},
    per_loop{[](loop l, all) { return as_double(l.totals.threads); }}},
  definition{{"asio_loop_pending_handlers", gauge, "", loop_label,
    "Handlers posted and not yet begun"},
    per_loop{[](loop l, all) { return as_double(l.totals.pending); }}},
  definition{{"asio_loop_outstanding_operations", gauge, "", loop_label,
    "Timers and I/O operations waiting to complete"},
    per_loop{[](loop l, all) { return as_double(l.totals.outstanding); }}},
  definition{{"asio_loop_last_progress_timestamp_seconds", gauge, "seconds", loop_label,
    "Unix time at which a handler last ended or the loop last waited for work, 0 if never"},
    per_loop{[](loop l, all r) { return timestamp(l.totals.last_progress_ns, r.time); }}},
  definition{{"asio_loop_turns_total", counter, "", loop_label,
    "Passes through the reactor"},
    per_loop{[](loop l, all) { return as_double(l.totals.turns); }}},
  definition{{"asio_loop_hops_total", counter, "", loop_label,
    "Queue entries that only queued the same handler again, as strands do"},
    per_loop{[](loop l, all) { return as_double(l.totals.hops); }}},
  definition{{"asio_loop_lag_seconds", histogram, "seconds", loop_label,
    "How late timers and probes ran compared with when they were due"},
    per_loop_histogram{[](loop l) -> const schema::histogram& { return l.totals.lag; },
      figure::lag}},
  definition{{"asio_loop_corrected_lag_seconds", histogram, "seconds", loop_label,
    "How late work arriving at any moment was noticed, sampled at a steady rate however busy the loop"},
    per_loop_histogram{[](loop l) -> const schema::histogram& { return l.totals.corrected_lag; },
      figure::corrected_lag}},
  definition{{"asio_loop_long_turns_total", counter, "", loop_label,
    "Times that handlers, one or many, kept the loop from its reactor for longer than the stall threshold"},
    per_loop{[](loop l, all) { return as_double(l.totals.long_turns); }}},
  definition{{"asio_strand_wait_seconds", histogram, "seconds", loop_label,
    "How long handlers in strands waited for their strand, a part of the queue delay"},
    per_loop_histogram{[](loop l) -> const schema::histogram& { return l.totals.strand_wait; }}},
  definition{{"asio_loop_stalls_total", counter, "", loop_label,
    "Handlers found running longer than the stall threshold, counted while they run"},
    per_loop{[](loop l, all) { return as_double(l.totals.stalls); }, figure::stall}},
  definition{{"asio_loop_stall_causes_total", counter, "", cause_labels,
    "Stalls, by why the thread did not get on when it was first looked at"},
    per_stall_cause{}},
  definition{{"asio_loop_stall_seconds_total", counter, "seconds", loop_label,
    "Time in stalls, the one going on included"},
    per_loop{[](loop l, all) { return seconds(l.totals.stall_ns); }}},
  definition{{"asio_loop_stall_threshold_seconds", gauge, "seconds", loop_label,
    "How long a handler may run before it is a stall"},
    per_loop{[](loop l, all r) {
      return l.live ? std::chrono::duration<double>(r.stall_threshold).count() : 0; }}},
  definition{{"asio_handler_duration_seconds", histogram, "seconds", loop_label,
    "How long handlers ran"},
    per_loop_histogram{[](loop l) -> const schema::histogram& { return l.run; }, figure::run}},
  definition{{"asio_handler_queue_delay_seconds", histogram, "seconds", loop_label,
    "How long handlers that were ready waited until they began, where the ready moment is known"},
    per_loop_histogram{[](loop l) -> const schema::histogram& { return l.delay; }, figure::delay}},
  definition{{"asio_handlers_total", counter, "", site_labels,
    "Handlers that ran"},
    per_site{[](site s) { return as_double(s.handlers); }}},
  definition{{"asio_handler_busy_seconds_total", counter, "seconds", site_labels,
    "Time spent running handlers"},
    per_site{[](site s) { return seconds(s.busy_ns); }}},
  definition{{"asio_handler_wait_seconds_total", counter, "seconds", site_labels,
    "Time that handlers waited from being ready until they began"},
    per_site{[](site s) { return seconds(s.wait_ns); }}},
  definition{{"asio_slow_handlers_total", counter, "", site_labels,
    "Handlers that ran longer than the slow threshold"},
    per_site{[](site s) { return as_double(s.slow); }}},
  definition{{"asio_slow_handler_seconds_total", counter, "seconds", site_labels,
    "Time spent running handlers that ran longer than the slow threshold"},
    per_site{[](site s) { return seconds(s.slow_ns); }}},
  definition{{"asio_handler_exceptions_total", counter, "", site_labels,
    "Handlers left by an exception"},
    per_site{[](site s) { return as_double(s.exceptions); }}},
  definition{{"asio_handler_errors_total", counter, "", error_labels,
    "Handlers called with an error code, by its category, cancellations not counted"},
    per_site_and_category{}},
  definition{{"asio_handlers_unrun_total", counter, "", site_labels,
    "Handlers destroyed without having run"},
    per_site{[](site s) { return as_double(s.unrun); }}},
  definition{{"asio_tasks_spawned_total", counter, "", task_labels,
    "Tasks spawned"},
    per_task{[](task t) { return as_double(t.spawned); }}},
  definition{{"asio_tasks_finished_total", counter, "", task_labels,
    "Tasks ended, whatever the outcome"},
    per_task{[](task t) { return as_double(t.finished); }}},
  definition{{"asio_tasks_failed_total", counter, "", task_labels,
    "Tasks ended by an exception, a part of the finished ones"},
    per_task{[](task t) { return as_double(t.failed); }}},
  definition{{"asio_tasks_cancelled_total", counter, "", task_labels,
    "Tasks ended by cancellation, a part of the finished ones"},
    per_task{[](task t) { return as_double(t.cancelled); }}},
  definition{{"asio_tasks_abandoned_total", counter, "", task_labels,
    "Tasks destroyed before they could end, a part of the finished ones"},
    per_task{[](task t) { return as_double(t.abandoned); }}},
  definition{{"asio_tasks", gauge, "", state_labels,
    "Live tasks by state; untracked are those beyond what is kept one by one"},
    per_task_state{}},
  definition{{"asio_task_duration_seconds", histogram, "seconds", loop_label,
    "Time from the spawn of tasks to their end"},
    per_loop_histogram{[](loop l) -> const schema::histogram& { return l.task_duration; }}},
  definition{{"asio_task_oldest_start_timestamp_seconds", gauge, "seconds", loop_label,
    "Unix time at which the oldest live task was spawned, 0 if there is none"},
    per_loop{[](loop l, all r) { return timestamp(l.oldest_spawn_ns, r.time); }}},
  definition{{"asio_semaphore_limit", gauge, "", semaphore_label,
    "Permits that there are"},
    per_resource_figure{"semaphore", "limit"}},
  definition{{"asio_semaphore_in_use", gauge, "", semaphore_label,
    "Permits held"},
    per_resource_figure{"semaphore", "in_use"}},
  definition{{"asio_semaphore_waiters", gauge, "", semaphore_label,
    "Operations waiting for permits"},
    per_resource{"semaphore", [](row r) { return as_double(r.waiting); }}},
  definition{{"asio_semaphore_acquired_total", counter, "", semaphore_label,
    "Times that permits were given out"},
    per_resource_figure{"semaphore", "acquired"}},
  definition{{"asio_semaphore_wait_seconds", histogram, "seconds", semaphore_label,
    "How long operations waited for permits that they got, those that had not to wait left out"},
    per_resource_wait{"semaphore"}},
  definition{{"asio_mutex_waiters", gauge, "", mutex_label,
    "Operations waiting for the lock"},
    per_resource{"mutex", [](row r) { return as_double(r.waiting); }}},
  definition{{"asio_mutex_acquired_total", counter, "", mutex_label,
    "Times that it was locked"},
    per_resource_figure{"mutex", "acquired"}},
  definition{{"asio_mutex_wait_seconds", histogram, "seconds", mutex_label,
    "How long operations waited for the lock, those that had not to wait left out"},
    per_resource_wait{"mutex"}},
  definition{{"asio_event_waiters", gauge, "", event_label,
    "Operations waiting for the event"},
    per_resource{"event", [](row r) { return as_double(r.waiting); }}},
  definition{{"asio_latch_waiters", gauge, "", latch_label,
    "Operations waiting for the count to reach 0"},
    per_resource{"latch", [](row r) { return as_double(r.waiting); }}},
  definition{{"asio_latch_pending", gauge, "", latch_label,
    "What is left to be counted down"},
    per_resource_figure{"latch", "count"}},
  definition{{"asio_queue_depth", gauge, "", queue_label,
    "Items in the queue"},
    per_resource_figure{"queue", "depth"}},
  definition{{"asio_queue_capacity", gauge, "", queue_label,
    "Items that have room in the queue"},
    per_resource_figure{"queue", "capacity"}},
  definition{{"asio_queue_waiting_to_push", gauge, "", queue_label,
    "Operations waiting for room"},
    per_resource_figure{"queue", "waiting_to_push"}},
  definition{{"asio_queue_waiting_to_pop", gauge, "", queue_label,
    "Operations waiting for an item"},
    per_resource_figure{"queue", "waiting_to_pop"}},
  definition{{"asio_queue_pushed_total", counter, "", queue_label,
    "Items put into the queue"},
    per_resource_figure{"queue", "pushed"}},
  definition{{"asio_queue_popped_total", counter, "", queue_label,
    "Items taken from the queue"},
    per_resource_figure{"queue", "popped"}},
  definition{{"asio_queue_oldest_item_age_seconds", gauge, "seconds", queue_label,
    "How long the oldest item has waited, 0 if there is none"},
    per_resource_figure{"queue", "oldest_item_age_seconds"}},
  definition{{"asio_queue_wait_seconds", histogram, "seconds", queue_label,
    "How long items were in the queue until they were taken, those that somebody waited for left out"},
    per_resource_wait{"queue", &resource_row::item_wait}},
  definition{{"asio_rate_limiter_available", gauge, "", limiter_label,
    "Tokens that may be taken at once, negative when promised"},
    per_resource_figure{"rate_limiter", "available"}},
  definition{{"asio_rate_limiter_waiters", gauge, "", limiter_label,
    "Operations waiting for tokens"},
    per_resource{"rate_limiter", [](row r) { return as_double(r.waiting); }}},
  definition{{"asio_rate_limiter_acquired_total", counter, "", limiter_label,
    "Tokens given out"},
    per_resource_figure{"rate_limiter", "acquired"}},
  definition{{"asio_rate_limiter_rejected_total", counter, "", limiter_label,
    "Operations turned away"},
    per_resource_figure{"rate_limiter", "rejected"}},
  definition{{"asio_rate_limiter_wait_seconds", histogram, "seconds", limiter_label,
    "How long operations waited for tokens that they got, those that had not to wait left out"},
    per_resource_wait{"rate_limiter"}},
  definition{{"asio_task_pool_limit", gauge, "", task_pool_label,
    "Tasks that may run at the same time"},
    per_resource_figure{"task_pool", "limit"}},
  definition{{"asio_task_pool_running", gauge, "", task_pool_label,
    "Tasks running"},
    per_resource_figure{"task_pool", "in_use"}},
  definition{{"asio_task_pool_queued", gauge, "", task_pool_label,
    "Tasks submitted and not yet begun"},
    per_resource_figure{"task_pool", "queued"}},
  definition{{"asio_task_pool_submitted_total", counter, "", task_pool_label,
    "Tasks submitted"},
    per_resource_figure{"task_pool", "submitted"}},
  definition{{"asio_task_pool_ended_total", counter, "", task_pool_labels,
    "Tasks ended, by outcome"},
    per_resource_part{"task_pool", outcomes_of_tasks}},
  definition{{"asio_pool_max_resources", gauge, "", pool_label,
    "Resources that there may be"},
    per_resource_figure{"resource_pool", "max"}},
  definition{{"asio_pool_resources", gauge, "", pool_labels,
    "Resources by state"},
    per_resource_part{"resource_pool", states_of_resources}},
  definition{{"asio_pool_leaked_resources", gauge, "", pool_label,
    "Resources borrowed for longer than the leak threshold"},
    per_resource_figure{"resource_pool", "leaked"}},
  definition{{"asio_pool_waiters", gauge, "", pool_label,
    "Operations waiting for a resource"},
    per_resource{"resource_pool", [](row r) { return as_double(r.waiting); }}},
  definition{{"asio_pool_wait_seconds", histogram, "seconds", pool_label,
    "How long operations waited for a resource that they got, those that had not to wait left out"},
    per_resource_wait{"resource_pool"}},
  definition{{"asio_pool_acquired_total", counter, "", pool_label,
    "Times that a resource was lent"},
    per_resource_figure{"resource_pool", "acquired"}},
  definition{{"asio_pool_acquire_timeouts_total", counter, "", pool_label,
    "Operations whose deadline passed while they waited"},
    per_resource{"resource_pool", [](row r) { return as_double(r.timed_out); }}},
  definition{{"asio_pool_resources_created_total", counter, "", pool_label,
    "Resources made"},
    per_resource_figure{"resource_pool", "created"}},
  definition{{"asio_pool_create_failures_total", counter, "", pool_label,
    "Resources that could not be made"},
    per_resource_figure{"resource_pool", "create_failures"}},
  definition{{"asio_pool_broken_resources_total", counter, "", pool_label,
    "Resources dropped because they were broken"},
    per_resource_figure{"resource_pool", "broken"}},
  definition{{"asio_retry_operations_total", counter, "", policy_label,
    "Operations begun"},
    per_resource_figure{"retry", "operations"}},
  definition{{"asio_retry_attempts_total", counter, "", policy_label,
    "Attempts beyond the first"},
    per_resource_figure{"retry", "retries"}},
  definition{{"asio_retry_exhausted_total", counter, "", policy_label,
    "Operations given up"},
    per_resource_figure{"retry", "exhausted"}},
  definition{{"asio_breaker_state", gauge, "", breaker_states,
    "1 for the state that the breaker is in, 0 for the others"},
    per_resource_state{"circuit_breaker", states_of_breakers}},
  definition{{"asio_breaker_calls_total", counter, "", breaker_label,
    "Calls offered, those let through and ended and those rejected"},
    per_resource_sum{"circuit_breaker", calls_of_breakers}},
  definition{{"asio_breaker_failures_total", counter, "", breaker_label,
    "Calls that failed"},
    per_resource_figure{"circuit_breaker", "failed"}},
  definition{{"asio_breaker_slow_calls_total", counter, "", breaker_label,
    "Calls that were slow, failed ones among them"},
    per_resource_figure{"circuit_breaker", "slow"}},
  definition{{"asio_breaker_rejected_total", counter, "", breaker_label,
    "Calls rejected without an attempt"},
    per_resource_figure{"circuit_breaker", "rejected"}},
  definition{{"asio_breaker_transitions_total", counter, "", breaker_transitions,
    "Changes of state, by the state that was entered"},
    per_resource_part{"circuit_breaker", ways_of_breakers}},
  definition{{"asio_bulkhead_limit", gauge, "", bulkhead_label,
    "Calls that may run at the same time"},
    per_resource_figure{"bulkhead", "limit"}},
  definition{{"asio_bulkhead_available", gauge, "", bulkhead_label,
    "Calls that may begin now"},
    per_resource_figure{"bulkhead", "available"}},
  definition{{"asio_bulkhead_waiters", gauge, "", bulkhead_label,
    "Calls waiting to begin"},
    per_resource{"bulkhead", [](row r) { return as_double(r.waiting); }}},
  definition{{"asio_bulkhead_wait_seconds", histogram, "seconds", bulkhead_label,
    "How long calls waited until they began, those that had not to wait left out"},
    per_resource_wait{"bulkhead"}},
  definition{{"asio_bulkhead_rejected_total", counter, "", bulkhead_label,
    "Calls turned away"},
    per_resource_figure{"bulkhead", "rejected"}},
  definition{{"asio_pipeline_in_flight", gauge, "", pipeline_label,
    "Items in stages"},
    per_resource_figure{"pipeline", "in_flight"}},
  definition{{"asio_pipeline_buffered", gauge, "", pipeline_label,
    "Items between stages"},
    per_resource_figure{"pipeline", "depth"}},
  definition{{"asio_pipeline_items_taken_total", counter, "", pipeline_label,
    "Items taken from the source"},
    per_resource_figure{"pipeline", "in"}},
  definition{{"asio_pipeline_items_ended_total", counter, "", pipeline_labels,
    "Items that left, by outcome"},
    per_resource_part{"pipeline", outcomes_of_items}},
  definition{{"asio_queue_processor_depth", gauge, "", processor_label,
    "Items accepted and not yet begun"},
    per_resource_figure{"queue_processor", "depth"}},
  definition{{"asio_queue_processor_capacity", gauge, "", processor_label,
    "Items that have room"},
    per_resource_figure{"queue_processor", "capacity"}},
  definition{{"asio_queue_processor_oldest_item_age_seconds", gauge, "seconds", processor_label,
    "How long the oldest item has waited, 0 if there is none"},
    per_resource_figure{"queue_processor", "oldest_item_age_seconds"}},
  definition{{"asio_queue_processor_wait_seconds", histogram, "seconds", processor_label,
    "How long items that were accepted waited for a worker"},
    per_resource_wait{"queue_processor", &resource_row::item_wait}},
  definition{{"asio_queue_processor_workers", gauge, "", processor_label,
    "Workers running"},
    per_resource_figure{"queue_processor", "workers"}},
  definition{{"asio_queue_processor_in_flight", gauge, "", processor_label,
    "Items being processed"},
    per_resource_figure{"queue_processor", "in_use"}},
  definition{{"asio_queue_processor_waiters", gauge, "", processor_label,
    "Operations waiting for room"},
    per_resource{"queue_processor", [](row r) { return as_double(r.waiting); }}},
  definition{{"asio_queue_processor_accepted_total", counter, "", processor_label,
    "Items accepted"},
    per_resource_figure{"queue_processor", "accepted"}},
  definition{{"asio_queue_processor_items_total", counter, "", processor_labels,
    "Items done, by outcome"},
    per_resource_part{"queue_processor", outcomes_of_work}},
  definition{{"asio_event_loop_threads", gauge, "", event_loop_label,
    "Threads that run the event loop of asioscope::core"},
    per_resource_figure{"event_loop", "threads"}},
  definition{{"asio_event_loop_slow_callbacks_total", counter, "", event_loop_label,
    "Handlers that ran longer than its slow threshold, in debug mode"},
    per_resource_figure{"event_loop", "slow_callbacks"}},
  definition{{"asio_event_loop_stuck_total", counter, "", event_loop_label,
    "Handlers found running for too long, in debug mode"},
    per_resource_figure{"event_loop", "stuck"}},
  definition{{"asio_event_loop_exceptions_total", counter, "", event_loop_label,
    "Exceptions that left handlers, cancellations not counted"},
    per_resource_figure{"event_loop", "exceptions"}},
  definition{{"asio_event_loop_misuses_total", counter, "", event_loop_label,
    "Uses from a thread that does not own what it used, in debug mode"},
    per_resource_figure{"event_loop", "misuses"}},
  definition{{"asio_task_monitor_running", gauge, "", monitor_label,
    "Monitored tasks that have not ended"},
    per_resource_figure{"task_monitor", "running"}},
  definition{{"asio_task_monitor_oldest_task_seconds", gauge, "seconds", monitor_label,
    "For how long the oldest of them has run, 0 if there is none"},
    per_resource_figure{"task_monitor", "oldest_seconds"}},
  definition{{"asio_task_monitor_finished_total", counter, "", monitor_label,
    "Monitored tasks that ended, whatever the outcome"},
    per_resource_figure{"task_monitor", "finished"}},
  definition{{"asio_task_monitor_failed_total", counter, "", monitor_label,
    "Of those, failed"},
    per_resource_figure{"task_monitor", "failed"}},
  definition{{"asio_task_monitor_cancelled_total", counter, "", monitor_label,
    "Of those, cancelled"},
    per_resource_figure{"task_monitor", "cancelled"}},
  definition{{"asio_task_monitor_slow_total", counter, "", monitor_label,
    "Tasks that were warned of because they ran for too long"},
    per_resource_figure{"task_monitor", "slow"}},
  definition{{"asio_build_info", gauge, "", build_labels,
    "Always 1; its labels say what the program was built with"},
    per_build{}},
  definition{{"asioscope_mode", gauge, "", mode_label,
    "1 for the mode that the recorder is in, 0 for the others"},
    per_mode{}},
  definition{{"asioscope_events_total", counter, "", no_labels,
    "Events written to trace rings"},
    per_program{[](all r) { return as_double(r.self.events); }}},
  definition{{"asioscope_events_lost_total", counter, "", no_labels,
    "Events overwritten before a reader came; statistics do not depend on events"},
    per_program{[](all r) { return as_double(r.self.events_lost); }}},
  definition{{"asioscope_site_overflow_total", counter, "", no_labels,
    "Handler sites refused because the recorder's table was full"},
    per_program{[](all r) { return as_double(r.self.site_overflow); }}},
  definition{{"asioscope_task_overflow_total", counter, "", no_labels,
    "Tasks not tracked one by one because the recorder's table was full; they are counted all the same"},
    per_program{[](all r) { return as_double(r.self.task_overflow); }}},
  definition{{"asioscope_label_overflow_total", counter, "", label_label,
    "Handlers (site) and tasks (task) counted under _other because the label has no more places"},
    per_capped_label{}},
  definition{{"asioscope_reports_suppressed_total", counter, "", no_labels,
    "Reports not delivered because of the rate limit"},
    per_program{[](all r) { return as_double(r.self.reports_suppressed); }}},
  definition{{"asioscope_memory_bytes", gauge, "bytes", no_labels,
    "Memory held by the recorder"},
    per_program{[](all r) { return as_double(r.self.memory_bytes); }}},
  definition{{"asioscope_scrapes_total", counter, "", no_labels,
    "Collections, this one included"},
    per_program{[](all r) { return as_double(r.collections); }}},
  definition{{"asioscope_collect_duration_seconds", gauge, "seconds", no_labels,
    "How long the collection before this one took"},
    per_program{[](all r) { return r.last_collection_seconds; }}},
  definition{{"asioscope_collect_errors_total", counter, "", no_labels,
    "Collections that failed"},
    per_program{[](all r) { return as_double(r.failed_collections); }}},
  definition{{"process_cpu_seconds_total", counter, "seconds", no_labels,
    "Total user and system CPU time spent in seconds."},
    per_process{&process_figures::cpu_seconds}},
  definition{{"process_open_fds", gauge, "", no_labels,
    "Number of open file descriptors."},
    per_process{&process_figures::open_fds}},
  definition{{"process_max_fds", gauge, "", no_labels,
    "Maximum number of open file descriptors."},
    per_process{&process_figures::max_fds}},
  definition{{"process_virtual_memory_bytes", gauge, "bytes", no_labels,
    "Virtual memory size in bytes."},
    per_process{&process_figures::virtual_memory_bytes}},
  definition{{"process_virtual_memory_max_bytes", gauge, "bytes", no_labels,
    "Maximum amount of virtual memory available in bytes."},
    per_process{&process_figures::virtual_memory_max_bytes}},
  definition{{"process_resident_memory_bytes", gauge, "bytes", no_labels,
    "Resident memory size in bytes."},
    per_process{&process_figures::resident_memory_bytes}},
  definition{{"process_start_time_seconds", gauge, "seconds", no_labels,
    "Start time of the process since unix epoch in seconds."},
    per_process{&process_figures::start_time_seconds}},
  definition{{"process_threads", gauge, "", no_labels,
    "Number of OS threads in the process."},
    per_process{&process_figures::threads}},
};
// clang-format on

constexpr auto infos = [] {
  std::array<family_info, table.size()> result{};
  for (std::size_t i = 0; i < table.size(); ++i)
    result[i] = table[i].info;
  return result;
}();

}  // namespace

std::span<const definition> definitions() { return table; }

std::span<const family_info> all_families() { return infos; }

string_view to_string(family_type type) {
  switch (type) {
    case family_type::counter:
      return "counter";
    case family_type::gauge:
      return "gauge";
    case family_type::histogram:
      return "histogram";
  }
  return "untyped";
}

}  // namespace asioscope::metrics
