// SPDX-License-Identifier: BSL-1.0
#include "synthetic_shop.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <utility>

namespace asioscope::test {
namespace {

constexpr std::uint32_t main_loop = 1;
constexpr std::uint32_t database_loop = 2;
constexpr std::int64_t ms = 1'000'000;
constexpr std::uint64_t stall_every = 400;  // steps: 20 s
constexpr std::uint64_t stall_steps = 6;    // 300 ms

struct handler {
  std::uint32_t site;
  std::uint32_t loop;
  const char* name;
  const char* operation;
  double runs_per_step;
  double run_us;
  double delay_us;
};

// Names as the instrumentation makes them: some long, some short.
constexpr std::array<handler, 8> handlers_at_work = {{
    {1, main_loop, "shop::server::accept", "async_accept", 1.2, 9, 6},
    {2, main_loop, "shop::session::read_request", "async_receive", 24, 31, 14},
    {3, main_loop, "shop::session::write_response", "async_send", 24, 12, 11},
    {4, main_loop, "shop::router::dispatch(std::string_view)", "post", 26, 7, 9},
    {5, main_loop, "shop::session::on_timeout", "async_wait", 2.5, 3, 40},
    {6, database_loop, "shop::database::query<shop::order>", "post", 9, 1'150, 220},
    {7, main_loop, "shop::sick::block", "post", 0, 0, 0},
    {8, main_loop, "shop::janitor::sweep", "async_wait", 0.25, 2'400, 60},
}};
constexpr std::uint32_t blocking_site = 7;

constexpr std::array<const char*, 6> task_names = {"GET /",          "GET /items",  "POST /orders",
                                                   "GET /orders/ID", "GET /report", "restock"};
constexpr std::uint32_t first_task_site = 20;
constexpr std::uint32_t restock_site = first_task_site + 5;
constexpr std::uint32_t scope_site = 40;
constexpr std::uint32_t pool_site = 41;

schema::stack_frame frame_of(const char* function, const char* file, std::uint32_t line,
                             bool internal, const char* module = "asioscope-shop") {
  return {0x55d0c0de0000U + line, function, file, line, module, internal};
}

std::vector<schema::stack_frame> blocking_stack() {
  return {
      frame_of("clock_nanosleep", "", 0, true, "libc.so.6"),
      frame_of("nanosleep", "", 0, true, "libc.so.6"),
      frame_of("shop::sick::busy_wait(std::chrono::milliseconds)", "examples/shop/sick/block.cpp",
               18, false),
      frame_of("shop::sick::block(shop::request const&)", "examples/shop/sick/block.cpp", 31,
               false),
      frame_of("shop::router::dispatch(std::string_view)", "examples/shop/router.cpp", 77, false),
      frame_of("boost::asio::detail::executor_op<...>::do_complete",
               "/usr/include/boost/asio/detail/executor_op.hpp", 70, true),
      frame_of("boost::asio::detail::scheduler::do_run_one",
               "/usr/include/boost/asio/detail/impl/scheduler.ipp", 492, true),
      frame_of("boost::asio::detail::scheduler::run",
               "/usr/include/boost/asio/detail/impl/scheduler.ipp", 210, true),
      frame_of("boost::asio::io_context::run", "/usr/include/boost/asio/impl/io_context.ipp", 63,
               true),
      frame_of("main", "examples/shop/main.cpp", 54, false),
      frame_of("__libc_start_main", "", 0, true, "libc.so.6"),
      frame_of("_start", "", 0, true),
  };
}

}  // namespace

synthetic_shop::synthetic_shop() : loops_(2) {
  loops_[0].loop = main_loop;
  loops_[0].threads = 1;
  loops_[1].loop = database_loop;
  loops_[1].threads = 2;
  for (const handler& each : handlers_at_work) {
    sites_[each.site].loop = each.loop;
    sites_[each.site].site = each.site;
  }
  for (std::uint32_t index = 0; index < task_names.size(); ++index) {
    names_[first_task_site + index].loop = main_loop;
    names_[first_task_site + index].site = first_task_site + index;
  }
}

double synthetic_shop::around(double middle, double spread) {
  return middle * std::lognormal_distribution<>(0, spread)(random_);
}

schema::hello synthetic_shop::greeting(std::uint32_t pid) const {
  schema::hello result;
  result.program = "shop";
  result.pid = pid;
  result.started_realtime_ns = 1'700'000'000'000'000'000;
  result.host = "workbench";
  result.build = "asioscope 0.1.0, Boost 1.81, g++ 12.2";
  result.clock = "tsc";
  result.slow_threshold_ns = 2 * ms;
  result.stall_threshold_ns = 25 * ms;
  return result;
}

schema::frame synthetic_shop::empty_frame() const {
  schema::frame result;
  result.time = {now_ns_, 1'700'000'000'000'000'000 + now_ns_ - 999'000'000'000};
  result.self.events = steps_ * 80;
  result.self.memory_bytes = 1'310'720;
  return result;
}

schema::frame synthetic_shop::snapshot() const {
  schema::frame result = empty_frame();
  result.snapshot = true;
  result.snapshot_end = true;
  result.loops = {{main_loop, "main", false}, {database_loop, "database", false}};
  result.threads = {{1, 4'711, "shop", false}, {2, 4'712, "shop-db-0", false}};
  for (const handler& each : handlers_at_work) {
    result.sites.push_back({each.site, schema::site_kind::handler, each.name, each.operation});
  }
  for (std::uint32_t index = 0; index < task_names.size(); ++index) {
    result.sites.push_back(
        {first_task_site + index, schema::site_kind::task, task_names[index], {}});
  }
  result.sites.push_back({scope_site, schema::site_kind::scope, "parse", {}});
  result.sites.push_back({pool_site, schema::site_kind::resource, "database", "resource_pool"});
  result.loop_stats = loops_;
  for (const auto& [id, each] : sites_)
    result.site_stats.push_back(each);
  for (const auto& [id, each] : names_)
    result.task_stats.push_back(each);
  for (const auto& [id, each] : live_)
    result.tasks.push_back(each);
  result.resources = resources();
  if (stall_.id != 0) result.reports.push_back(stall_);
  return result;
}

// A pool whose use swings, with somebody waiting at its height, a breaker, and one that is gone.
std::vector<schema::resource_info> synthetic_shop::resources() const {
  std::vector<schema::resource_info> result(3);
  schema::resource_info& pool = result[0];
  pool.kind = "resource_pool";
  pool.name = "database";
  const double used = std::round(2 + 2 * std::sin(static_cast<double>(steps_) / 40));
  pool.figures = {{"max", 4, false},
                  {"in_use", used, false},
                  {"acquired", 12.0 * static_cast<double>(steps_), true}};
  if (!live_.empty() && used > 0) pool.holders.push_back({live_.begin()->first, now_ns_ - 40 * ms});
  if (used == 4) {
    pool.waiting = 2;
    pool.waiters = {{live_.empty() ? 0 : live_.rbegin()->first, now_ns_ - 30 * ms},
                    {0, now_ns_ - 10 * ms}};
  }
  for (std::uint64_t i = 0; i < steps_ % 500; ++i)
    pool.wait.record((i % 17 + 1) * 300'000);
  schema::resource_info& breaker = result[1];
  breaker.id = 1;
  breaker.kind = "circuit_breaker";
  breaker.name = "carrier";
  breaker.state = "closed";
  breaker.figures = {{"failure_rate", 0.02, false}, {"failed", 3, true}};
  breaker.occurrences = {{"opened", 1}, {"closed", 1}};
  result[2].id = 2;
  result[2].kind = "semaphore";
  result[2].name = "uploads";
  result[2].gone = true;
  return result;
}

schema::frame synthetic_shop::step() {
  ++steps_;
  now_ns_ += step_ns;
  schema::frame news = empty_frame();
  // Load swells and ebbs, and is twice as high for five seconds of every thirty.
  const double time = static_cast<double>(steps_) * 0.05;
  double load = 1 + 0.35 * std::sin(time / 4) + (std::fmod(time, 30) < 5 ? 1.0 : 0.0);
  const bool is_stalled = steps_ % stall_every >= stall_every - stall_steps;
  if (is_stalled) load = 0;
  for (const handler& each : handlers_at_work) {
    const double wanted = each.runs_per_step * load;
    const auto runs =
        static_cast<std::uint64_t>(std::poisson_distribution<>(wanted + 1e-9)(random_));
    schema::site_statistics& site = sites_[each.site];
    schema::loop_statistics& loop = loops_[each.loop - 1];
    for (std::uint64_t run = 0; run < runs; ++run) {
      const auto took = static_cast<std::uint64_t>(around(each.run_us, 0.6) * 1'000);
      const auto delay = static_cast<std::uint64_t>(around(each.delay_us * load, 0.9) * 1'000);
      site.run.record(took);
      site.delay.record(delay);
      schema::event event;
      event.flags = schema::run_flag_delay | (took > 2'000'000 ? schema::run_flag_slow : 0);
      event.loop = each.loop;
      event.site = each.site;
      event.duration_ns = took;
      event.delay_ns = delay;
      runs_.push_back(event);
      site.longest_ns = std::max(site.longest_ns, took);
      site.slow += took > 2'000'000 ? 1 : 0;
      loop.busy_ns += took;
    }
    if (runs != 0) news.site_stats.push_back(site);
  }
  for (schema::loop_statistics& loop : loops_) {
    loop.pending =
        static_cast<std::uint64_t>(around(loop.loop == main_loop ? 6 * load : 2 * load, 0.8));
    loop.outstanding = 40 + live_.size();
    loop.turns += 20;
    loop.last_progress_ns = now_ns_;
    if (!is_stalled)
      loop.lag.record(static_cast<std::uint64_t>(around(90 * load * load, 0.7) * 1'000));
  }
  stall(news);
  spawn_tasks(news);
  end_tasks(news);
  fail(news);
  news.loop_stats = loops_;
  for (const auto& [id, each] : names_)
    news.task_stats.push_back(each);
  news.resources = resources();
  tell(news);
  return news;
}

// Each run is posted by the one of the main loop that ended last before it.
void synthetic_shop::post(std::vector<schema::event_batch>& batches) {
  constexpr std::uint32_t most_outstanding = 4'000;
  if (batches.empty() || batches[0].thread != main_loop) return;
  const auto is_run = [](const schema::event& each) {
    return each.kind == schema::event_kind::run && each.site != blocking_site;
  };
  std::multimap<std::int64_t, schema::event> created;  // by the begin of the run that posts
  for (schema::event_batch& batch : batches) {
    for (schema::event& each : batch.events) {
      if (!is_run(each)) continue;
      each.operation = ++operations_ % most_outstanding + 1;
      const schema::event* poster = nullptr;
      for (const schema::event& other : batches[0].events) {
        const std::int64_t end = other.time_ns + static_cast<std::int64_t>(other.duration_ns);
        if (is_run(other) && end <= each.time_ns && other.duration_ns > 1) poster = &other;
      }
      if (poster == nullptr) continue;
      schema::event creation;
      creation.kind = schema::event_kind::created;
      creation.loop = each.loop;
      creation.time_ns = poster->time_ns + static_cast<std::int64_t>(poster->duration_ns / 2);
      creation.operation = each.operation;
      created.emplace(poster->time_ns, creation);
    }
  }
  std::vector<schema::event> told;
  for (const schema::event& each : batches[0].events) {
    const auto [first, last] = created.equal_range(each.time_ns);
    if (is_run(each))
      for (auto at = first; at != last; ++at)
        told.push_back(at->second);
    told.push_back(each);
  }
  batches[0].events = std::move(told);
}

// The runs of the step, spread evenly over it, in turn for the tasks that live.
void synthetic_shop::tell(schema::frame& news) {
  news.tracing = tracing_;
  std::vector<schema::event> runs;
  std::vector<schema::event> of_tasks;
  runs.swap(runs_);
  of_tasks.swap(task_events_);
  if (!tracing_) return;
  const std::int64_t begin = now_ns_ - step_ns;
  auto task = live_.begin();
  for (const std::uint32_t loop : {main_loop, database_loop}) {
    schema::event_batch batch{loop, {}};  // the thread's number is that of its loop
    std::vector<schema::event> mine;
    std::ranges::copy_if(runs, std::back_inserter(mine),
                         [&](const schema::event& each) { return each.loop == loop; });
    // Not site by site: as they would come.
    std::ranges::sort(mine, {}, [](const schema::event& each) {
      return (each.duration_ns * 2'654'435'761U) % 1'021;
    });
    std::int64_t busy = 0;
    for (const schema::event& each : mine)
      busy += static_cast<std::int64_t>(each.duration_ns);
    const std::int64_t rest = std::max<std::int64_t>(step_ns - busy, 0);
    const std::int64_t pause = rest / static_cast<std::int64_t>(mine.size() + 1);
    std::int64_t cursor = begin + pause;
    for (schema::event& each : mine) {
      each.time_ns = cursor;
      cursor = std::min(cursor + static_cast<std::int64_t>(each.duration_ns), now_ns_);
      each.duration_ns = static_cast<std::uint64_t>(cursor - each.time_ns);
      cursor = std::min(cursor + pause, now_ns_);
      if (!live_.empty()) {
        if (task == live_.end()) task = live_.begin();
        each.task = static_cast<std::uint32_t>((task++)->first);
      }
      if (each.site == 2) {  // what it parses is a scope
        schema::event scope = each;
        scope.kind = schema::event_kind::span;
        scope.flags = 0;
        scope.site = scope_site;
        scope.delay_ns = 0;
        scope.time_ns += static_cast<std::int64_t>(each.duration_ns / 4);
        scope.duration_ns /= 2;
        batch.events.push_back(scope);
      }
      batch.events.push_back(each);
    }
    if (loop == main_loop) {
      if (stall_.id != 0 && !stall_.ongoing &&
          now_ns_ - stall_.time_ns < static_cast<std::int64_t>(stall_.duration_ns) + step_ns) {
        schema::event stalled;
        stalled.flags = schema::run_flag_slow;
        stalled.loop = main_loop;
        stalled.site = blocking_site;
        stalled.time_ns = stall_.time_ns;
        stalled.duration_ns = stall_.duration_ns;
        batch.events.insert(batch.events.begin(), stalled);
      }
      for (const schema::event& each : of_tasks)
        batch.events.push_back(each);
      if (steps_ % 40 == 0 && !live_.empty()) {
        schema::event wait;
        wait.kind = schema::event_kind::wait;
        wait.site = pool_site;
        wait.loop = main_loop;
        wait.duration_ns = 30 * ms;
        wait.time_ns = now_ns_ - 30 * ms;
        wait.task = static_cast<std::uint32_t>(live_.begin()->first);
        batch.events.push_back(wait);
        news.messages.push_back({main_loop, now_ns_ - ms, main_loop,
                                 static_cast<std::uint32_t>(live_.begin()->first),
                                 "cache miss, asking the database"});
      }
    }
    if (!batch.events.empty()) news.events.push_back(std::move(batch));
  }
  post(news.events);
}

void synthetic_shop::stall(schema::frame& news) {
  const std::uint64_t phase = steps_ % stall_every;
  if (phase < stall_every - stall_steps && phase != 0) return;
  schema::loop_statistics& loop = loops_[0];
  if (phase == stall_every - stall_steps) {
    stall_ = {};
    stall_.id = next_report_++;
    stall_.kind = schema::report_kind::stall;
    stall_.time_ns = now_ns_ - step_ns;
    stall_.loop = main_loop;
    stall_.thread = 1;
    stall_.site = blocking_site;
    stall_.culprit = "shop::sick::busy_wait";
    stall_.stack = blocking_stack();
    stall_.cause = "on CPU";
    stall_.samples = 1;
    stall_.stack_count = 1;
    ++loop.stalls;
  }
  if (stall_.id == 0) return;
  loop.busy_ns += static_cast<std::uint64_t>(step_ns);
  loop.stall_ns += static_cast<std::uint64_t>(step_ns);
  loop.last_progress_ns = stall_.time_ns;
  loop.pending = 180;
  stall_.duration_ns = static_cast<std::uint64_t>(now_ns_ - stall_.time_ns);
  stall_.ongoing = phase != 0;
  news.reports.push_back(stall_);
  if (stall_.ongoing) return;
  schema::site_statistics& site = sites_[blocking_site];
  site.run.record(stall_.duration_ns);
  site.delay.record(12'000);
  site.longest_ns = std::max(site.longest_ns, stall_.duration_ns);
  ++site.slow;
  loop.lag.record(stall_.duration_ns);
  loop.last_progress_ns = now_ns_;
  news.site_stats.push_back(site);
}

void synthetic_shop::spawn_tasks(schema::frame& news) {
  const auto spawn = [&](std::uint32_t site, std::uint64_t parent, double lives_ms) {
    schema::task_info task;
    task.id = next_task_++;
    task.site = site;
    task.loop = main_loop;
    task.parent = parent;
    task.state = schema::task_state::suspended;
    task.spawned_ns = now_ns_;
    task.runs = 1;
    task.busy_ns = 40'000;
    task.longest_ns = 31'000;
    live_[task.id] = task;
    ends_[task.id] = now_ns_ + static_cast<std::int64_t>(lives_ms * ms);
    ++names_[site].spawned;
    news.tasks.push_back(task);
    schema::event event;
    event.kind = schema::event_kind::task_begin;
    event.loop = main_loop;
    event.site = site;
    event.time_ns = now_ns_;
    event.task = static_cast<std::uint32_t>(task.id);
    task_events_.push_back(event);
    return task.id;
  };
  if (steps_ == 1) spawn(restock_site, 0, 1e9);
  for (std::uint32_t index = 0; index < 5; ++index) {
    if (random_() % 3 == 0) {
      const double lives_ms = index == 4 ? around(2'500, 0.5) : around(30, 1.2);
      spawn(first_task_site + index, index == 4 ? 1 : 0, lives_ms);
    }
  }
}

void synthetic_shop::end_tasks(schema::frame& news) {
  for (auto it = ends_.begin(); it != ends_.end();) {
    schema::task_info& task = live_[it->first];
    if (it->second > now_ns_) {
      if (random_() % 4 == 0) {
        ++task.runs;
        task.busy_ns += 20'000;
        news.tasks.push_back(task);
      }
      ++it;
      continue;
    }
    schema::task_statistics& name = names_[task.site];
    ++name.finished;
    task.ended_ns = it->second;
    task.state = schema::task_state::done;
    if (task.id % 97 == 0) {
      task.state = schema::task_state::cancelled;
      ++name.cancelled;
    }
    name.duration.record(static_cast<std::uint64_t>(task.ended_ns - task.spawned_ns));
    schema::event event;
    event.kind = schema::event_kind::task_end;
    event.flags = static_cast<std::uint8_t>(task.state);
    event.loop = main_loop;
    event.site = task.site;
    event.time_ns = now_ns_;
    event.delay_ns = static_cast<std::uint64_t>(task.ended_ns - task.spawned_ns);
    event.task = static_cast<std::uint32_t>(task.id);
    task_events_.push_back(event);
    news.tasks.push_back(task);
    live_.erase(it->first);
    it = ends_.erase(it);
  }
}

void synthetic_shop::fail(schema::frame& news) {
  if (steps_ % 700 != 350) return;
  const std::uint32_t site = first_task_site + 2;
  ++names_[site].spawned;
  ++names_[site].finished;
  ++names_[site].failed;
  schema::task_info task;
  task.id = next_task_++;
  task.site = site;
  task.loop = main_loop;
  task.state = schema::task_state::failed;
  task.spawned_ns = now_ns_ - 4 * ms;
  task.ended_ns = now_ns_;
  news.tasks.push_back(task);
  schema::report report;
  report.id = next_report_++;
  report.kind = schema::report_kind::failure;
  report.time_ns = now_ns_;
  report.loop = main_loop;
  report.thread = 1;
  report.site = 4;  // the handler in whose run it was
  report.task = task.id;
  report.message = "std::runtime_error: the warehouse has no item 4711";
  news.reports.push_back(report);
}

std::uint64_t synthetic_shop::handlers() const {
  std::uint64_t sum = 0;
  for (const auto& [id, each] : sites_)
    sum += each.run.count();
  return sum;
}

std::uint64_t synthetic_shop::tasks_finished() const {
  std::uint64_t sum = 0;
  for (const auto& [id, each] : names_)
    sum += each.finished;
  return sum;
}

}  // namespace asioscope::test
