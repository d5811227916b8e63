// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/message.hpp"

#include <cstdint>
#include <map>
#include <random>
#include <vector>

namespace asioscope::test {

/// A web shop that does not exist, in the words of the stream: two loops, handlers, tasks that come
/// and go, a stall every twenty seconds. The same seed gives the same shop.
class synthetic_shop {
 public:
  static constexpr std::int64_t step_ns = 50'000'000;

  synthetic_shop();

  [[nodiscard]] schema::hello greeting(std::uint32_t pid) const;

  /// Everything, as of now.
  [[nodiscard]] schema::frame snapshot() const;

  /// From now on steps hold events: every run and its task, waits for the pool, a message.
  void trace() { tracing_ = true; }

  /// Lets 50 ms pass. Returns what is new.
  schema::frame step();

  [[nodiscard]] std::uint64_t handlers() const;
  [[nodiscard]] std::uint64_t tasks_finished() const;
  [[nodiscard]] std::uint64_t live_tasks() const { return live_.size(); }
  [[nodiscard]] std::uint64_t stalls() const { return loops_[0].stalls; }

 private:
  void spawn_tasks(schema::frame& news);
  void end_tasks(schema::frame& news);
  void stall(schema::frame& news);
  void fail(schema::frame& news);
  void tell(schema::frame& news);
  schema::frame empty_frame() const;
  std::vector<schema::resource_info> resources() const;
  void post(std::vector<schema::event_batch>& batches);
  double around(double middle, double spread);

  std::mt19937 random_{42};
  std::int64_t now_ns_ = 1'000'000'000'000;
  std::uint64_t steps_ = 0;
  std::uint64_t next_task_ = 1;
  std::uint64_t next_report_ = 1;
  std::vector<schema::loop_statistics> loops_;
  std::map<std::uint32_t, schema::site_statistics> sites_;
  std::map<std::uint32_t, schema::task_statistics> names_;
  std::map<std::uint64_t, schema::task_info> live_;
  std::map<std::uint64_t, std::int64_t> ends_;  // of the live tasks
  schema::report stall_;
  bool tracing_ = false;
  std::uint32_t operations_ = 0;
  std::vector<schema::event> runs_;         // of this step, without their moments
  std::vector<schema::event> task_events_;  // of this step
};

}  // namespace asioscope::test
