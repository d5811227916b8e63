// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/event.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What is written as packed columns instead of field by field (stream.proto: Histogram,
/// Frame.vanished_tasks, Tasks, EventBatch). Each write_… appends the body of the protobuf message,
/// each read_… takes one apart.
namespace asioscope::schema::wire {

/// What one message may still unfold to in memory. A few bytes of a column or of an empty
/// submessage can stand for kilobytes, so a limit on the bytes received alone would not bound
/// anything.
class budget {
 public:
  explicit budget(std::size_t bytes) : left_(bytes) {}

  /// Throws malformed when `count` elements of `size` bytes are more than is left.
  void charge(std::size_t count, std::size_t size);

 private:
  std::size_t left_;
};

/// The task_info::state and its presence bits share one column; see stream.proto.
inline constexpr std::uint64_t task_state_mask = 7;
inline constexpr std::uint64_t task_has_parent = 8;
inline constexpr std::uint64_t task_has_ended = 16;
inline constexpr std::uint64_t task_has_run_since = 32;
inline constexpr std::uint64_t task_has_suspended_since = 64;

/// The event::kind and the presence bits of a shape share one column, too.
inline constexpr std::uint64_t event_kind_mask = 7;
inline constexpr std::uint64_t event_has_duration = 8;
inline constexpr std::uint64_t event_has_delay = 16;
inline constexpr std::uint64_t event_has_task = 32;
inline constexpr std::uint64_t event_has_operation = 64;

void write_histogram(const histogram& value, std::string& out);
void write_tasks(std::span<const task_info> tasks, std::string& out);
void write_ids(std::span<const std::uint64_t> ids, std::string& out);
void write_events(const event_batch& batch, std::string& out);

void read_histogram(std::string_view body, histogram& value);
void read_tasks(std::string_view body, std::vector<task_info>& tasks, budget& memory);
void read_ids(std::string_view body, std::vector<std::uint64_t>& ids, budget& memory);
void read_events(std::string_view body, event_batch& batch, budget& memory);

}  // namespace asioscope::schema::wire
