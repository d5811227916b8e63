// SPDX-License-Identifier: BSL-1.0
#include "chunks.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace asioscope::live {
namespace {

// About how many bytes something takes when encoded. Estimates rather high: a chunk that turns out
// smaller harms nobody.
constexpr std::size_t small_record = 16;
constexpr std::size_t numbers_record = 64;
constexpr std::size_t task_bytes = 40;
constexpr std::size_t event_bytes = 16;
constexpr std::size_t id_bytes = 10;

std::size_t size_of(const schema::histogram& value) {
  const auto empty = std::count(value.buckets.begin(), value.buckets.end(), std::uint64_t{0});
  return small_record + (schema::bucket_count - static_cast<std::size_t>(empty)) * 5;
}

std::size_t size_of(const schema::loop_info& value) { return small_record + value.name.size(); }
std::size_t size_of(const schema::site_info& value) {
  return small_record + value.name.size() + value.operation.size();
}
std::size_t size_of(const schema::thread_info& value) { return small_record + value.name.size(); }
std::size_t size_of(const schema::loop_statistics& value) {
  return numbers_record + size_of(value.lag) + size_of(value.corrected_lag) +
         size_of(value.strand_wait);
}
std::size_t size_of(const schema::thread_statistics&) { return numbers_record; }
std::size_t size_of(const schema::text_message& value) {
  return numbers_record + value.text.size();
}
std::size_t size_of(const std::vector<std::string>& texts) {
  std::size_t size = 0;
  for (const std::string& each : texts)
    size += small_record + each.size();
  return size;
}
std::size_t size_of(const schema::site_statistics& value) {
  std::size_t size = numbers_record + size_of(value.run) + size_of(value.delay);
  for (const schema::error_count& each : value.error_categories)
    size += small_record + each.category.size();
  return size;
}
std::size_t size_of(const schema::task_statistics& value) {
  return numbers_record + size_of(value.duration);
}
std::size_t size_of(const schema::task_info&) { return task_bytes; }
std::size_t size_of(const schema::await_place& value) {
  return small_record + value.function.size() + value.file.size();
}
std::size_t size_of(const schema::await_chain& value) {
  return small_record + value.operation.size() + value.places.size() * id_bytes +
         size_of(value.scopes) + value.trace_id.size();
}
std::size_t size_of(const schema::resource_info& value) {
  std::size_t size = numbers_record + value.kind.size() + value.name.size() + value.state.size() +
                     size_of(value.wait) +
                     (value.waiters.size() + value.holders.size()) * (small_record + id_bytes);
  for (const schema::resource_figure& each : value.figures)
    size += small_record + each.name.size();
  for (const schema::occurrence_count& each : value.occurrences)
    size += small_record + each.what.size();
  return size;
}
std::size_t size_of(std::uint64_t) { return id_bytes; }
std::size_t size_of(const schema::gap&) { return numbers_record; }
std::size_t size_of(const std::vector<schema::stack_frame>& stack) {
  std::size_t size = small_record;
  for (const schema::stack_frame& each : stack) {
    size += small_record + each.function.size() + each.file.size() + each.module.size();
  }
  return size;
}
std::size_t size_of(const schema::report& value) {
  std::size_t size = numbers_record + value.message.size() + value.culprit.size() +
                     value.cause.size() + size_of(value.stack) + size_of(value.scopes) +
                     value.trace_id.size();
  for (const schema::stall_stack& each : value.other_stacks)
    size += size_of(each.frames);
  for (const schema::await_place& each : value.await_places)
    size += size_of(each);
  return size;
}

class splitter {
 public:
  splitter(const schema::frame& whole, std::size_t limit) : limit_(limit) {
    common_.time = whole.time;
    common_.snapshot = whole.snapshot;
    common_.tracing = whole.tracing;
    common_.self = whole.self;
    parts_.push_back(common_);
  }

  template <typename Value>
  void move(std::vector<Value>& from, std::vector<Value> schema::frame::*into) {
    for (Value& each : from) {
      make_room(size_of(each));
      (parts_.back().*into).push_back(std::move(each));
    }
  }

  /// A batch may be cut anywhere.
  void move_events(std::vector<schema::event_batch>& batches) {
    for (schema::event_batch& batch : batches) {
      auto next = batch.events.begin();
      while (next != batch.events.end()) {
        make_room(event_bytes);
        const auto space =
            std::max<std::size_t>(1, (limit_ - std::min(limit_, used_)) / event_bytes);
        const auto count = std::min(space, static_cast<std::size_t>(batch.events.end() - next));
        const auto end = next + static_cast<std::ptrdiff_t>(count);
        parts_.back().events.push_back({batch.thread, {next, end}});
        used_ += small_record + (count - 1) * event_bytes;
        next = end;
      }
    }
  }

  std::vector<schema::frame> finish(bool snapshot_end) {
    parts_.back().snapshot_end = snapshot_end;
    return std::move(parts_);
  }

 private:
  void make_room(std::size_t size) {
    if (used_ > 0 && used_ + size > limit_) {
      parts_.push_back(common_);
      used_ = 0;
    }
    used_ += size;
  }

  std::size_t limit_;
  std::size_t used_ = 0;  // of the last part
  schema::frame common_;
  std::vector<schema::frame> parts_;
};

}  // namespace

std::vector<schema::frame> split(schema::frame whole, std::size_t limit) {
  using schema::frame;
  splitter parts{whole, limit};
  parts.move(whole.loops, &frame::loops);
  parts.move(whole.sites, &frame::sites);
  parts.move(whole.threads, &frame::threads);
  parts.move(whole.loop_stats, &frame::loop_stats);
  parts.move(whole.thread_stats, &frame::thread_stats);
  parts.move(whole.site_stats, &frame::site_stats);
  parts.move(whole.task_stats, &frame::task_stats);
  parts.move(whole.tasks, &frame::tasks);
  parts.move(whole.places, &frame::places);
  parts.move(whole.await_chains, &frame::await_chains);
  parts.move(whole.resources, &frame::resources);
  parts.move(whole.vanished_tasks, &frame::vanished_tasks);
  parts.move(whole.reports, &frame::reports);
  parts.move(whole.gaps, &frame::gaps);
  parts.move_events(whole.events);
  parts.move(whole.messages, &frame::messages);
  return parts.finish(whole.snapshot_end);
}

}  // namespace asioscope::live
