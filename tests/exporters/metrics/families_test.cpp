// SPDX-License-Identifier: BSL-1.0
#include "asioscope/metrics/families.hpp"

#include "build_families.hpp"
#include "sample_snapshot.hpp"

#include "asioscope/metrics/text_format.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <string>

namespace asioscope::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::millisecond;
using ::testing::Not;
using testing::recorded;
using testing::sample_snapshot;

reading read(row_maker& maker, const schema::snapshot& from) {
  reading result;
  result.time = from.time;
  result.self = from.self;
  result.table = maker.make(from);
  result.resources = resource_row_maker(50).make(from.resources);
  result.stall_threshold = std::chrono::milliseconds{25};
  result.mode = "metrics";
  result.collections = 4;
  result.failed_collections = 2;
  result.last_collection_seconds = 0.125;
  result.process = process_figures{1.5, 10, 1024, 2e6, 1e6, 1.9e9, 3, 4e9};
  return result;
}

row_maker roomy() { return {label_places(50, 10), label_places(50, 10)}; }

/// The values of all plain series and of the sums and counts of histograms, by the series as it is
/// written.
std::map<std::string, double> series(const schema::snapshot& from, row_maker& maker) {
  std::map<std::string, double> result;
  std::istringstream text(to_text(build_families(read(maker, from))));
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with('#')) continue;
    const std::size_t blank = line.rfind(' ');
    const bool fresh = result.emplace(line.substr(0, blank), std::stod(line.substr(blank))).second;
    EXPECT_TRUE(fresh) << line;
  }
  return result;
}

std::map<std::string, double> series(const schema::snapshot& from) {
  row_maker maker = roomy();
  return series(from, maker);
}

TEST(families_test, names_types_units_and_labels) {
  std::string list;
  for (const family_info& each : all_families()) {
    list += std::string(each.name) + ' ' + std::string(to_string(each.type));
    for (const std::string_view name : each.labels)
      list += ' ' + std::string(name);
    list += '\n';
  }
  EXPECT_EQ(list, R"(asio_loop_busy_seconds_total counter loop
asio_loop_idle_seconds_total counter loop
asio_loop_threads gauge loop
asio_loop_pending_handlers gauge loop
asio_loop_outstanding_operations gauge loop
asio_loop_last_progress_timestamp_seconds gauge loop
asio_loop_turns_total counter loop
asio_loop_hops_total counter loop
asio_loop_lag_seconds histogram loop
asio_loop_corrected_lag_seconds histogram loop
asio_loop_long_turns_total counter loop
asio_strand_wait_seconds histogram loop
asio_loop_stalls_total counter loop
asio_loop_stall_causes_total counter loop cause
asio_loop_stall_seconds_total counter loop
asio_loop_stall_threshold_seconds gauge loop
asio_handler_duration_seconds histogram loop
asio_handler_queue_delay_seconds histogram loop
asio_handlers_total counter loop site
asio_handler_busy_seconds_total counter loop site
asio_handler_wait_seconds_total counter loop site
asio_slow_handlers_total counter loop site
asio_slow_handler_seconds_total counter loop site
asio_handler_exceptions_total counter loop site
asio_handler_errors_total counter loop site category
asio_handlers_unrun_total counter loop site
asio_tasks_spawned_total counter loop task
asio_tasks_finished_total counter loop task
asio_tasks_failed_total counter loop task
asio_tasks_cancelled_total counter loop task
asio_tasks_abandoned_total counter loop task
asio_tasks gauge loop state
asio_task_duration_seconds histogram loop
asio_task_oldest_start_timestamp_seconds gauge loop
asio_semaphore_limit gauge semaphore
asio_semaphore_in_use gauge semaphore
asio_semaphore_waiters gauge semaphore
asio_semaphore_acquired_total counter semaphore
asio_semaphore_wait_seconds histogram semaphore
asio_mutex_waiters gauge mutex
asio_mutex_acquired_total counter mutex
asio_mutex_wait_seconds histogram mutex
asio_event_waiters gauge event
asio_latch_waiters gauge latch
asio_latch_pending gauge latch
asio_queue_depth gauge queue
asio_queue_capacity gauge queue
asio_queue_waiting_to_push gauge queue
asio_queue_waiting_to_pop gauge queue
asio_queue_pushed_total counter queue
asio_queue_popped_total counter queue
asio_queue_oldest_item_age_seconds gauge queue
asio_queue_wait_seconds histogram queue
asio_rate_limiter_available gauge limiter
asio_rate_limiter_waiters gauge limiter
asio_rate_limiter_acquired_total counter limiter
asio_rate_limiter_rejected_total counter limiter
asio_rate_limiter_wait_seconds histogram limiter
asio_task_pool_limit gauge task_pool
asio_task_pool_running gauge task_pool
asio_task_pool_queued gauge task_pool
asio_task_pool_submitted_total counter task_pool
asio_task_pool_ended_total counter task_pool outcome
asio_pool_max_resources gauge pool
asio_pool_resources gauge pool state
asio_pool_leaked_resources gauge pool
asio_pool_waiters gauge pool
asio_pool_wait_seconds histogram pool
asio_pool_acquired_total counter pool
asio_pool_acquire_timeouts_total counter pool
asio_pool_resources_created_total counter pool
asio_pool_create_failures_total counter pool
asio_pool_broken_resources_total counter pool
asio_retry_operations_total counter policy
asio_retry_attempts_total counter policy
asio_retry_exhausted_total counter policy
asio_breaker_state gauge breaker state
asio_breaker_calls_total counter breaker
asio_breaker_failures_total counter breaker
asio_breaker_slow_calls_total counter breaker
asio_breaker_rejected_total counter breaker
asio_breaker_transitions_total counter breaker to
asio_bulkhead_limit gauge bulkhead
asio_bulkhead_available gauge bulkhead
asio_bulkhead_waiters gauge bulkhead
asio_bulkhead_wait_seconds histogram bulkhead
asio_bulkhead_rejected_total counter bulkhead
asio_pipeline_in_flight gauge pipeline
asio_pipeline_buffered gauge pipeline
asio_pipeline_items_taken_total counter pipeline
asio_pipeline_items_ended_total counter pipeline outcome
asio_queue_processor_depth gauge queue_processor
asio_queue_processor_capacity gauge queue_processor
asio_queue_processor_oldest_item_age_seconds gauge queue_processor
asio_queue_processor_wait_seconds histogram queue_processor
asio_queue_processor_workers gauge queue_processor
asio_queue_processor_in_flight gauge queue_processor
asio_queue_processor_waiters gauge queue_processor
asio_queue_processor_accepted_total counter queue_processor
asio_queue_processor_items_total counter queue_processor outcome
asio_event_loop_threads gauge event_loop
asio_event_loop_slow_callbacks_total counter event_loop
asio_event_loop_stuck_total counter event_loop
asio_event_loop_exceptions_total counter event_loop
asio_event_loop_misuses_total counter event_loop
asio_task_monitor_running gauge monitor
asio_task_monitor_oldest_task_seconds gauge monitor
asio_task_monitor_finished_total counter monitor
asio_task_monitor_failed_total counter monitor
asio_task_monitor_cancelled_total counter monitor
asio_task_monitor_slow_total counter monitor
asio_build_info gauge version boost_version compiler
asioscope_mode gauge mode
asioscope_events_total counter
asioscope_events_lost_total counter
asioscope_site_overflow_total counter
asioscope_task_overflow_total counter
asioscope_label_overflow_total counter label
asioscope_reports_suppressed_total counter
asioscope_memory_bytes gauge
asioscope_scrapes_total counter
asioscope_collect_duration_seconds gauge
asioscope_collect_errors_total counter
process_cpu_seconds_total counter
process_open_fds gauge
process_max_fds gauge
process_virtual_memory_bytes gauge
process_virtual_memory_max_bytes gauge
process_resident_memory_bytes gauge
process_start_time_seconds gauge
process_threads gauge
)");
}

TEST(families_test, names_say_type_and_unit) {
  for (const family_info& each : all_families()) {
    EXPECT_EQ(each.name.ends_with("_total"), each.type == family_type::counter) << each.name;
    EXPECT_NE(each.help, "") << each.name;
    for (const char* unit : {"seconds", "bytes"}) {
      EXPECT_EQ(each.name.find(unit) != std::string::npos, each.unit == unit) << each.name;
    }
  }
}

TEST(families_test, every_family_has_samples_with_just_its_labels) {
  row_maker maker = roomy();
  const std::vector<family> built = build_families(read(maker, sample_snapshot()));
  ASSERT_EQ(built.size(), all_families().size());
  for (std::size_t i = 0; i < built.size(); ++i) {
    const family_info& info = *built[i].info;
    EXPECT_EQ(info.name, all_families()[i].name);
    for (const sample& each : built[i].samples) {
      ASSERT_EQ(each.where->size(), info.labels.size()) << info.name;
      for (std::size_t n = 0; n < info.labels.size(); ++n) {
        EXPECT_EQ((*each.where)[n].name, info.labels[n]) << info.name;
      }
      EXPECT_EQ(std::holds_alternative<distribution>(each.value),
                info.type == family_type::histogram)
          << info.name;
    }
  }
}

TEST(families_test, bounds_are_bounds_of_the_recorded_histograms) {
  const std::span<const double> bounds = histogram_bounds();
  ASSERT_EQ(bounds.size(), 21U);
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    EXPECT_EQ(bounds[i], schema::upper_bound_seconds(28 + 4 * i)) << i;
  }
}

TEST(families_test, observations_stand_in_the_right_buckets) {
  schema::snapshot from = sample_snapshot();
  schema::histogram& lag = from.loop_stats[0].lag = {};
  lag.record(0);                  // below all bounds
  lag.record(7'629);              // ns, just below the first
  lag.record(7'630);              // just above
  lag.record(250 * millisecond);  // on a bound, which is inclusive
  lag.record(8'000 * millisecond);
  lag.record(8'001 * millisecond);
  lag.record(100'000 * millisecond);
  std::map<std::string, double> got = series(from);
  const auto bucket = [&](const std::string& bound) {
    return got.at("asio_loop_lag_seconds_bucket{loop=\"main\",le=\"" + bound + "\"}");
  };
  EXPECT_EQ(bucket("7.62939453125e-06"), 2);
  EXPECT_EQ(bucket("1.52587890625e-05"), 3);
  EXPECT_EQ(bucket("0.125"), 3);
  EXPECT_EQ(bucket("0.25"), 4);
  EXPECT_EQ(bucket("4.0"), 4);
  EXPECT_EQ(bucket("8.0"), 5);
  EXPECT_EQ(bucket("+Inf"), 7);
  EXPECT_EQ(got.at("asio_loop_lag_seconds_count{loop=\"main\"}"), 7);
  EXPECT_DOUBLE_EQ(got.at("asio_loop_lag_seconds_sum{loop=\"main\"}"),
                   static_cast<double>(lag.sum_ns) / 1e9);
}

TEST(families_test, figures_of_a_loop) {
  std::map<std::string, double> got = series(sample_snapshot());
  const auto of_main = [&](const std::string& name) { return got.at(name + "{loop=\"main\"}"); };
  EXPECT_EQ(of_main("asio_loop_busy_seconds_total"), 1.5);
  EXPECT_EQ(of_main("asio_loop_idle_seconds_total"), 8.5);
  EXPECT_EQ(of_main("asio_loop_threads"), 2);
  EXPECT_EQ(of_main("asio_loop_pending_handlers"), 7);
  EXPECT_EQ(of_main("asio_loop_outstanding_operations"), 5);
  EXPECT_EQ(of_main("asio_loop_last_progress_timestamp_seconds"), 1'999'999'998);
  EXPECT_EQ(of_main("asio_loop_turns_total"), 90);
  EXPECT_EQ(of_main("asio_loop_hops_total"), 4);
  EXPECT_EQ(of_main("asio_loop_lag_seconds_count"), 3);
  EXPECT_EQ(of_main("asio_loop_stalls_total"), 1);
  EXPECT_EQ(got.at("asio_loop_stall_causes_total{loop=\"main\",cause=\"system_call\"}"), 1);
  EXPECT_EQ(got.at("asio_loop_stall_causes_total{loop=\"main\",cause=\"mutex\"}"), 0);
  EXPECT_EQ(of_main("asio_loop_stall_seconds_total"), 0.3);
  EXPECT_EQ(of_main("asio_loop_stall_threshold_seconds"), 0.025);
  EXPECT_EQ(of_main("asio_handler_duration_seconds_count"), 15);
  EXPECT_DOUBLE_EQ(of_main("asio_handler_duration_seconds_sum"), 0.045);
  EXPECT_EQ(of_main("asio_handler_queue_delay_seconds_count"), 10);
  EXPECT_EQ(of_main("asio_task_duration_seconds_count"), 16);
  EXPECT_EQ(of_main("asio_task_oldest_start_timestamp_seconds"), 1'999'999'990);
}

TEST(families_test, figures_of_a_site_and_of_tasks) {
  std::map<std::string, double> got = series(sample_snapshot());
  const auto of_site = [&](const std::string& name) {
    return got.at(name + "{loop=\"main\",site=\"on_read\"}");
  };
  EXPECT_EQ(of_site("asio_handlers_total"), 10);
  EXPECT_EQ(of_site("asio_handler_busy_seconds_total"), 0.04);
  EXPECT_EQ(of_site("asio_handler_wait_seconds_total"), 0.01);
  EXPECT_EQ(of_site("asio_slow_handlers_total"), 1);
  EXPECT_EQ(of_site("asio_slow_handler_seconds_total"), 0.03);
  EXPECT_EQ(of_site("asio_handler_exceptions_total"), 2);
  const auto of_category = [&](const std::string& category) {
    return got.at("asio_handler_errors_total{loop=\"main\",site=\"on_read\",category=\"" +
                  category + "\"}");
  };
  EXPECT_EQ(of_category("asio.misc"), 2);
  EXPECT_EQ(of_category("system"), 1);
  EXPECT_EQ(of_site("asio_handlers_unrun_total"), 5);
  EXPECT_EQ(got.at("asio_handlers_total{loop=\"pool\",site=\"on_read\"}"), 1);
  EXPECT_EQ(got.at("asio_slow_handlers_total{loop=\"main\",site=\"on_timer\"}"), 0);
  const auto of_task = [&](const std::string& name) {
    return got.at(name + "{loop=\"main\",task=\"GET /items\"}");
  };
  EXPECT_EQ(of_task("asio_tasks_spawned_total"), 20);
  EXPECT_EQ(of_task("asio_tasks_finished_total"), 16);
  EXPECT_EQ(of_task("asio_tasks_failed_total"), 1);
  EXPECT_EQ(of_task("asio_tasks_cancelled_total"), 2);
  EXPECT_EQ(of_task("asio_tasks_abandoned_total"), 3);
  EXPECT_EQ(got.at("asio_tasks{loop=\"main\",state=\"running\"}"), 1);
  EXPECT_EQ(got.at("asio_tasks{loop=\"main\",state=\"suspended\"}"), 2);
  EXPECT_EQ(got.at("asio_tasks{loop=\"main\",state=\"ready\"}"), 1);
  EXPECT_EQ(got.at("asio_tasks{loop=\"main\",state=\"untracked\"}"), 0);
}

TEST(families_test, figures_of_primitives) {
  const auto all = series(sample_snapshot());
  const auto at = [&](const std::string& name) {
    const auto found = all.find(name);
    return found == all.end() ? -1 : found->second;
  };
  EXPECT_EQ(at("asio_semaphore_limit{semaphore=\"my semaphore\"}"), 1);
  EXPECT_EQ(at("asio_semaphore_in_use{semaphore=\"my semaphore\"}"), 2);
  EXPECT_EQ(at("asio_semaphore_waiters{semaphore=\"my semaphore\"}"), 9);
  EXPECT_EQ(at("asio_semaphore_wait_seconds_count{semaphore=\"my semaphore\"}"), 3);
  EXPECT_EQ(at("asio_queue_wait_seconds_count{queue=\"my queue\"}"), 5);
  EXPECT_EQ(at("asio_bulkhead_wait_seconds_count{bulkhead=\"my bulkhead\"}"), 3);
  EXPECT_EQ(at("asio_pool_resources{pool=\"my resource_pool\",state=\"idle\"}"), 2);
  EXPECT_EQ(at("asio_pool_resources{pool=\"my resource_pool\",state=\"in_use\"}"), 3);
  EXPECT_EQ(at("asio_pool_acquire_timeouts_total{pool=\"my resource_pool\"}"), 4);
  EXPECT_EQ(at("asio_breaker_state{breaker=\"my circuit_breaker\",state=\"half_open\"}"), 1);
  EXPECT_EQ(at("asio_breaker_state{breaker=\"my circuit_breaker\",state=\"open\"}"), 0);
  EXPECT_EQ(at("asio_breaker_calls_total{breaker=\"my circuit_breaker\"}"), 1 + 2 + 4 + 5 + 6);
  EXPECT_EQ(at("asio_breaker_transitions_total{breaker=\"my circuit_breaker\",to=\"open\"}"), 8);
  EXPECT_EQ(at("asio_retry_attempts_total{policy=\"my retry\"}"), 2);
}

TEST(families_test, a_figure_that_a_primitive_does_not_have_is_not_shown) {
  schema::snapshot from;
  from.resources.resize(2);
  from.resources[0] = {.id = 1, .kind = "rate_limiter", .name = "by key"};
  from.resources[0].figures = {{"keys", 3, false}};
  from.resources[1] = {.id = 2, .kind = "circuit_breaker", .name = "gone", .gone = true};
  from.resources[1].figures = {{"failed", 3, true}};
  const auto all = series(from);
  EXPECT_FALSE(all.contains("asio_rate_limiter_available{limiter=\"by key\"}"));
  EXPECT_TRUE(all.contains("asio_rate_limiter_waiters{limiter=\"by key\"}"));
  EXPECT_FALSE(all.contains("asio_breaker_calls_total{breaker=\"gone\"}"));
  EXPECT_EQ(all.at("asio_breaker_failures_total{breaker=\"gone\"}"), 3);
  EXPECT_EQ(all.at("asio_breaker_state{breaker=\"gone\",state=\"closed\"}"), 0);
}

TEST(families_test, primitives_of_one_name_are_one_series_and_too_many_names_are_others) {
  resource_row_maker maker(2);
  const auto named = [](const char* name, double acquired) {
    schema::resource_info result;
    result.kind = "mutex";
    result.name = name;
    result.waiting = 1;
    result.figures = {{"acquired", acquired, true}};
    return result;
  };
  auto table = maker.make({named("a", 1), named("b", 2), named("a", 4), named("c", 8)});
  std::map<std::string, double> acquired;
  for (const resource_row& row : table["mutex"])
    acquired[row.where->front().value] = row.figure("acquired").value_or(-1);
  EXPECT_EQ(acquired, (std::map<std::string, double>{{"a", 5}, {"b", 2}, {"_other", 8}}));
  // Who has a place keeps it, and who has none gets none, so that no series ever falls.
  table = maker.make({named("c", 9), named("d", 1), named("b", 2)});
  acquired.clear();
  for (const resource_row& row : table["mutex"])
    acquired[row.where->front().value] = row.figure("acquired").value_or(-1);
  EXPECT_EQ(acquired, (std::map<std::string, double>{{"b", 2}, {"_other", 10}}));
}

TEST(families_test, figures_of_the_instrument_and_the_process) {
  std::map<std::string, double> got = series(sample_snapshot());
  EXPECT_EQ(got.at("asioscope_events_total"), 1000);
  EXPECT_EQ(got.at("asioscope_events_lost_total"), 10);
  EXPECT_EQ(got.at("asioscope_site_overflow_total"), 1);
  EXPECT_EQ(got.at("asioscope_task_overflow_total"), 0);
  EXPECT_EQ(got.at("asioscope_reports_suppressed_total"), 3);
  EXPECT_EQ(got.at("asioscope_memory_bytes"), 65536);
  EXPECT_EQ(got.at("asioscope_scrapes_total"), 4);
  EXPECT_EQ(got.at("asioscope_collect_errors_total"), 2);
  EXPECT_EQ(got.at("asioscope_collect_duration_seconds"), 0.125);
  EXPECT_EQ(got.at("asioscope_label_overflow_total{label=\"site\"}"), 0);
  EXPECT_EQ(got.at("asioscope_label_overflow_total{label=\"task\"}"), 0);
  EXPECT_EQ(got.at("asioscope_mode{mode=\"off\"}"), 0);
  EXPECT_EQ(got.at("asioscope_mode{mode=\"metrics\"}"), 1);
  EXPECT_EQ(got.at("process_start_time_seconds"), 1.9e9);
}

TEST(families_test, process_figures_nobody_knows_are_left_out) {
  row_maker maker = roomy();
  reading from = read(maker, sample_snapshot());
  from.process = process_figures{.threads = 3.0};
  std::string text = to_text(build_families(from));
  EXPECT_THAT(text, HasSubstr("process_threads 3\n"));
  EXPECT_THAT(text, Not(HasSubstr("process_open_fds")));
  from.process.reset();
  EXPECT_THAT(to_text(build_families(from)), Not(HasSubstr("process_")));
}

TEST(families_test, a_loop_that_is_gone_keeps_its_counters_and_has_no_gauges) {
  std::map<std::string, double> got = series(sample_snapshot());
  const auto of_pool = [&](const std::string& name) { return got.at(name + "{loop=\"pool\"}"); };
  EXPECT_EQ(of_pool("asio_loop_busy_seconds_total"), 0.25);
  EXPECT_EQ(of_pool("asio_handler_duration_seconds_count"), 1);
  for (const char* gauge :
       {"asio_loop_threads", "asio_loop_pending_handlers", "asio_loop_outstanding_operations",
        "asio_loop_last_progress_timestamp_seconds", "asio_loop_stall_threshold_seconds",
        "asio_task_oldest_start_timestamp_seconds"}) {
    EXPECT_EQ(of_pool(gauge), 0) << gauge;
  }
  EXPECT_EQ(got.at("asio_tasks{loop=\"pool\",state=\"suspended\"}"), 0);
}

TEST(families_test, a_new_loop_starts_at_zero) {
  schema::snapshot from = sample_snapshot();
  from.loops.push_back({.id = 3, .name = "new"});
  std::map<std::string, double> got = series(from);
  EXPECT_EQ(got.at("asio_loop_stalls_total{loop=\"new\"}"), 0);
  EXPECT_EQ(got.at("asio_loop_lag_seconds_bucket{loop=\"new\",le=\"+Inf\"}"), 0);
  EXPECT_EQ(got.at("asio_loop_last_progress_timestamp_seconds{loop=\"new\"}"), 0);
}

TEST(families_test, two_loops_of_one_name_are_one_series) {
  schema::snapshot from = sample_snapshot();
  from.loops[1] = {.id = 2, .name = "main"};
  std::map<std::string, double> got = series(from);
  EXPECT_EQ(got.at("asio_loop_busy_seconds_total{loop=\"main\"}"), 1.75);
  EXPECT_EQ(got.at("asio_loop_threads{loop=\"main\"}"), 3);
  // The one that is behind.
  EXPECT_EQ(got.at("asio_loop_last_progress_timestamp_seconds{loop=\"main\"}"), 1'999'999'900);
  EXPECT_EQ(got.at("asio_handlers_total{loop=\"main\",site=\"on_read\"}"), 11);
}

TEST(families_test, tasks_beyond_the_table_are_shown_as_untracked) {
  schema::snapshot from = sample_snapshot();
  from.self.task_overflow = 3;
  from.task_stats[0].spawned = 23;  // 7 live, 4 listed
  EXPECT_EQ(series(from).at("asio_tasks{loop=\"main\",state=\"untracked\"}"), 3);
}

TEST(families_test, too_many_sites_share_a_series_and_are_counted) {
  schema::snapshot from = sample_snapshot();
  for (std::uint32_t id = 100; id < 10'100; ++id) {
    from.sites.push_back({.id = id, .name = "generated " + std::to_string(id)});
    from.site_stats.push_back({.loop = 1, .site = id, .run = recorded(millisecond, 1)});
  }
  from.site_stats.back().slow = 1;
  std::map<std::string, double> got = series(from);
  int sites = 0;
  double sum = 0;
  for (const auto& [name, value] : got) {
    if (!name.starts_with("asio_handlers_total{loop=\"main\"")) continue;
    ++sites;
    sum += value;
  }
  EXPECT_EQ(sites, 40 + 1 + 1);  // the places for all, the slow one, _other
  EXPECT_EQ(sum, 10'015);
  EXPECT_EQ(got.at("asio_handlers_total{loop=\"main\",site=\"_other\"}"), 10'002 - 41);
  EXPECT_EQ(got.at("asio_slow_handlers_total{loop=\"main\",site=\"generated 10099\"}"), 1);
  EXPECT_EQ(got.at("asioscope_label_overflow_total{label=\"site\"}"), 10'002 - 41);
  EXPECT_EQ(got.at("asioscope_label_overflow_total{label=\"task\"}"), 0);
  EXPECT_EQ(got.at("asio_handler_duration_seconds_count{loop=\"main\"}"), 10'015);
}

TEST(families_test, who_is_stuck_has_a_name_however_many_sites_there_are) {
  schema::snapshot from = sample_snapshot();
  for (std::uint32_t id = 100; id < 200; ++id) {
    from.sites.push_back({.id = id, .name = "generated " + std::to_string(id)});
    if (id < 199)
      from.site_stats.push_back({.loop = 1, .site = id, .run = recorded(millisecond, 1)});
  }
  const std::string stuck = "asio_handlers_total{loop=\"main\",site=\"generated 199\"}";
  EXPECT_FALSE(series(from).contains(stuck));
  from.slow_samples = {{.loop = 1, .figure = schema::slow_figure::stall, .site = 199}};
  EXPECT_EQ(series(from).at(stuck), 0);
}

TEST(families_test, too_many_tasks_too) {
  schema::snapshot from = sample_snapshot();
  for (std::uint32_t id = 100; id < 200; ++id) {
    from.sites.push_back(
        {.id = id, .kind = schema::site_kind::task, .name = "t" + std::to_string(id)});
    from.task_stats.push_back({.loop = 1, .site = id, .spawned = 2, .finished = 1});
  }
  std::map<std::string, double> got = series(from);
  EXPECT_EQ(got.at("asio_tasks_finished_total{loop=\"main\",task=\"_other\"}"), 101 - 40);
  EXPECT_EQ(got.at("asioscope_label_overflow_total{label=\"task\"}"), 2 * (101 - 40));
}

TEST(families_test, order_does_not_depend_on_the_order_in_the_snapshot) {
  schema::snapshot from = sample_snapshot();
  row_maker maker = roomy();
  const std::string before = to_text(build_families(read(maker, from)));
  std::ranges::reverse(from.loops);
  std::ranges::reverse(from.loop_stats);
  std::ranges::reverse(from.sites);
  std::ranges::reverse(from.site_stats);
  EXPECT_EQ(to_text(build_families(read(maker, from))), before);
}

TEST(families_test, a_renamed_loop_moves_to_its_new_series) {
  schema::snapshot from = sample_snapshot();
  row_maker maker = roomy();
  static_cast<void>(series(from, maker));
  from.loops[0].name = "renamed";
  std::map<std::string, double> got = series(from, maker);
  EXPECT_EQ(got.at("asio_loop_busy_seconds_total{loop=\"renamed\"}"), 1.5);
  for (const auto& [name, value] : got)
    EXPECT_THAT(name, Not(HasSubstr("loop=\"main\"")));
}

TEST(families_test, what_the_snapshot_does_not_name_has_its_number) {
  schema::snapshot from = sample_snapshot();
  from.loops.clear();
  from.sites.clear();
  std::map<std::string, double> got = series(from);
  EXPECT_EQ(got.at("asio_handlers_total{loop=\"loop 1\",site=\"site 1\"}"), 10);
}

TEST(families_test, an_empty_program_has_only_what_is_about_the_instrument) {
  const std::map<std::string, double> got = series({});
  EXPECT_THAT(got, Not(IsEmpty()));
  for (const auto& [name, value] : got) {
    EXPECT_FALSE(name.starts_with("asio_") && !name.starts_with("asio_build_info")) << name;
  }
}

}  // namespace
}  // namespace asioscope::metrics
