// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "measure.hpp"

#include "asioscope/recorder/recorder.hpp"
#include "asioscope/schema/codec.hpp"
#include "asioscope/schema/message.hpp"

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

/// What becomes of the trace on its way to a viewer.
namespace bench {

/// Someone who reads the trace on another thread while a workload runs.
class trace_reader {
 public:
  trace_reader() : thread_([this] { read_on(); }) {}
  ~trace_reader() { finish(); }
  trace_reader(const trace_reader&) = delete;
  trace_reader& operator=(const trace_reader&) = delete;

  /// Reads to the end. No event is recorded any more.
  void finish() {
    stop_.store(true, std::memory_order_relaxed);
    if (thread_.joinable()) thread_.join();
  }

  // Once it has finished.
  [[nodiscard]] std::uint64_t read() const { return read_; }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  void read_on() {
    for (bool last = false; !last;) {
      last = stop_.load(std::memory_order_relaxed);
      while (read_some()) {
      }
      std::this_thread::yield();
    }
  }

  bool read_some() {
    asioscope::schema::trace some;
    reader_.read(some);
    for (const auto& batch : some.batches)
      read_ += batch.events.size();
    for (const auto& gap : some.gaps)
      lost_ += gap.count;
    return !some.batches.empty() || !some.gaps.empty();
  }

  asioscope::recorder::event_reader reader_;
  std::uint64_t read_ = 0;
  std::uint64_t lost_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// Percent of the events of a workload that a reader loses. What it reads and what it is told that
/// it lost must be all there were.
template <class Workload>
outcome events_lost(Workload workload, long operations) {
  const std::uint64_t before = asioscope::recorder::take_snapshot().self.events;
  trace_reader reader;
  const std::uint64_t handlers = workload(operations).handlers;
  reader.finish();
  const std::uint64_t all = asioscope::recorder::take_snapshot().self.events - before;
  if (reader.read() + reader.lost() != all) {
    std::fprintf(stderr, "%llu events, %llu read, %llu lost\n",
                 static_cast<unsigned long long>(all),
                 static_cast<unsigned long long>(reader.read()),
                 static_cast<unsigned long long>(reader.lost()));
    std::exit(1);
  }
  return {100.0 * static_cast<double>(reader.lost()) / static_cast<double>(all), handlers};
}

/// Bytes that an event of a workload takes in the stream.
template <class Workload>
outcome event_bytes(Workload workload, long operations) {
  asioscope::recorder::event_reader reader;
  const std::uint64_t handlers = workload(operations).handlers;
  asioscope::schema::trace all;
  reader.read(all);
  asioscope::schema::frame frame;
  frame.events = std::move(all.batches);
  std::size_t events = 0;
  for (const auto& batch : frame.events)
    events += batch.events.size();
  std::string bytes;
  asioscope::schema::encode(std::move(frame), bytes);
  return {static_cast<double>(bytes.size()) / static_cast<double>(events), handlers};
}

}  // namespace bench
