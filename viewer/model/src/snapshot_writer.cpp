// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/snapshot_writer.hpp"

#include "asioscope/schema/codec.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace asioscope::model {
namespace {

using schema::frame;

// Cuts a snapshot into messages that are well under what a reader accepts.
class snapshot_frames {
 public:
  snapshot_frames(frame empty, const std::function<bool(std::string_view)>& sink)
      : empty_(std::move(empty)), frame_(empty_), sink_(sink) {}

  void send(const schema::message& message) {
    if (!open_) return;
    std::string bytes;
    schema::encode(message, bytes);
    open_ = sink_(bytes);
  }

  // The weight says how large such a value can be: a report is longer than a name.
  template <class Value>
  void add(std::vector<Value> frame::*list, const Value& value, std::size_t weight = 1) {
    if (filled_ > 0 && filled_ + weight > most) flush();
    (frame_.*list).push_back(value);
    filled_ += weight;
  }

  void finish() {
    frame_.snapshot_end = true;
    flush();
  }

 private:
  static constexpr std::size_t most = 2'000;

  void flush() {
    send(frame_);
    frame_ = empty_;
    filled_ = 0;
  }

  frame empty_;
  frame frame_;
  const std::function<bool(std::string_view)>& sink_;
  std::size_t filled_ = 0;
  bool open_ = true;
};

void add_names(const program& state, snapshot_frames& out) {
  for (const auto& [id, each] : state.loops())
    out.add(&frame::loops, each.info());
  for (const auto& [id, each] : state.site_names())
    out.add(&frame::sites, each);
  for (const auto& [id, each] : state.threads())
    out.add(&frame::threads, each.info);
}

void add_statistics(const program& state, snapshot_frames& out) {
  for (const auto& [id, each] : state.loops())
    out.add(&frame::loop_stats, each.statistics());
  for (const auto& [id, each] : state.threads())
    out.add(&frame::thread_stats, each.statistics);
  for (const auto& [where, each] : state.sites())
    out.add(&frame::site_stats, each.statistics());
  for (const auto& [where, each] : state.task_names())
    out.add(&frame::task_stats, each.statistics());
}

void add_lists(const program& state, snapshot_frames& out) {
  for (const auto& [id, each] : state.awaits().places())
    out.add(&frame::places, each);
  state.tasks().for_each_live([&](const schema::task_info& each) { out.add(&frame::tasks, each); });
  state.tasks().for_each_ended(
      [&](const schema::task_info& each) { out.add(&frame::tasks, each); });
  for (const auto& [id, each] : state.awaits().chains())
    out.add(&frame::await_chains, each, 10);
  for (const auto& [id, each] : state.resources().by_id())
    out.add(&frame::resources, each.info(), 20);
  for (const auto& [id, each] : state.reports().by_id())
    out.add(&frame::reports, each, 500);
}

}  // namespace

void write_snapshot(const program& state, const std::function<bool(std::string_view)>& sink) {
  frame empty;
  empty.time = state.time();
  empty.snapshot = true;
  empty.tracing = state.tracing();
  empty.self = state.self();
  snapshot_frames out(std::move(empty), sink);
  out.send(state.identity());
  add_names(state, out);
  add_statistics(state, out);
  add_lists(state, out);
  out.finish();
}

}  // namespace asioscope::model
