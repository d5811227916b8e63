// SPDX-License-Identifier: BSL-1.0
#include "messages.hpp"

namespace asioscope::test {

schema::hello greeting(std::uint32_t pid, std::int64_t started_s) {
  schema::hello result;
  result.program = "shop";
  result.pid = pid;
  result.started_realtime_ns = started_s * second;
  result.host = "here";
  result.build = "asioscope 0.1.0, Boost 1.81, g++ 12";
  result.clock = "tsc";
  result.slow_threshold_ns = 2'000'000;
  result.stall_threshold_ns = 25'000'000;
  return result;
}

schema::frame frame_at(std::int64_t monotonic_ns) {
  schema::frame result;
  result.time = {monotonic_ns, monotonic_ns + 2'000 * second};
  return result;
}

schema::frame snapshot_at(std::int64_t monotonic_ns) {
  schema::frame result = frame_at(monotonic_ns);
  result.snapshot = true;
  result.snapshot_end = true;
  return result;
}

schema::loop_info named_loop(std::uint32_t id, const std::string& name) {
  return {.id = id, .name = name, .gone = false};
}

schema::site_info named_site(std::uint32_t id, const std::string& name,
                             const std::string& operation) {
  return {.id = id, .kind = schema::site_kind::handler, .name = name, .operation = operation};
}

schema::site_info named_task(std::uint32_t id, const std::string& name) {
  return {.id = id, .kind = schema::site_kind::task, .name = name, .operation = {}};
}

schema::histogram durations(std::initializer_list<std::int64_t> nanoseconds) {
  schema::histogram result;
  for (const std::int64_t each : nanoseconds) {
    result.record(static_cast<std::uint64_t>(each));
  }
  return result;
}

schema::histogram repeated(std::uint64_t count, std::int64_t nanoseconds) {
  schema::histogram result;
  const auto value = static_cast<std::uint64_t>(nanoseconds);
  result.buckets[schema::bucket_of_nanoseconds(value)] = count;
  result.sum_ns = count * value;
  return result;
}

schema::site_statistics site_after(std::uint32_t loop, std::uint32_t site, std::uint64_t runs,
                                   std::int64_t run_ns, std::int64_t delay_ns) {
  schema::site_statistics result;
  result.loop = loop;
  result.site = site;
  result.run = repeated(runs, run_ns);
  result.delay = repeated(runs, delay_ns);
  result.longest_ns = static_cast<std::uint64_t>(run_ns);
  return result;
}

schema::task_statistics tasks_of(std::uint32_t loop, std::uint32_t site) {
  schema::task_statistics result;
  result.loop = loop;
  result.site = site;
  return result;
}

schema::task_info live_task(std::uint64_t id, std::int64_t spawned_ns) {
  schema::task_info result;
  result.id = id;
  result.site = 1;
  result.loop = 1;
  result.state = schema::task_state::suspended;
  result.spawned_ns = spawned_ns;
  return result;
}

schema::task_info ended_task(std::uint64_t id, std::int64_t ended_ns, schema::task_state state) {
  schema::task_info result = live_task(id);
  result.state = state;
  result.ended_ns = ended_ns;
  return result;
}

schema::report stall_report(std::uint64_t id, std::int64_t time_ns, std::uint64_t duration_ns,
                            bool ongoing) {
  schema::report result;
  result.id = id;
  result.kind = schema::report_kind::stall;
  result.time_ns = time_ns;
  result.loop = 1;
  result.thread = 1;
  result.site = 1;
  result.duration_ns = duration_ns;
  result.ongoing = ongoing;
  result.culprit = "shop::block";
  return result;
}

}  // namespace asioscope::test
