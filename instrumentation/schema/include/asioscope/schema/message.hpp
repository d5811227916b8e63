// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/event.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace asioscope::schema {

/// The first message of every stream, in both directions.
struct hello {
  static constexpr const char* magic = "asioscope";
  static constexpr std::uint32_t current_version = 3;

  std::uint32_t version = current_version;
  std::string program;  ///< name of the program, or of the viewer
  std::uint32_t pid = 0;
  /// Program and pid and this tell a restarted program from the old one.
  std::int64_t started_realtime_ns = 0;
  std::string host;
  std::string build;  ///< asioscope version, Boost version, compiler
  std::string clock;  ///< "tsc" or "steady_clock", and why
  std::uint64_t slow_threshold_ns = 0;
  std::uint64_t stall_threshold_ns = 0;

  friend bool operator==(const hello&, const hello&) = default;
};

/// Values that are new or changed. Statistics are cumulative, so a frame that was skipped is made
/// good by the next one. The first frames of a connection are the snapshot: `snapshot` is set on
/// each of them and `snapshot_end` on the last.
struct frame {
  clock_reading time;
  bool snapshot = false;
  bool snapshot_end = false;
  bool tracing = false;  ///< events are being recorded
  std::vector<loop_info> loops;
  std::vector<site_info> sites;
  std::vector<thread_info> threads;
  std::vector<loop_statistics> loop_stats;
  std::vector<thread_statistics> thread_stats;
  std::vector<site_statistics> site_stats;
  std::vector<task_statistics> task_stats;
  std::vector<task_info> tasks;
  std::vector<await_place> places;
  std::vector<await_chain> await_chains;
  std::vector<resource_info> resources;
  std::vector<report> reports;
  std::vector<event_batch> events;
  std::vector<text_message> messages;
  std::vector<gap> gaps;
  /// Tasks sent as live that have ended since, without anybody having seen how: there were too many
  /// at once.
  std::vector<std::uint64_t> vanished_tasks;
  telemetry self;

  friend bool operator==(const frame&, const frame&) = default;
};

/// The last message before one side hangs up: why.
struct goodbye {
  std::string reason;

  friend bool operator==(const goodbye&, const goodbye&) = default;
};

/// Viewer → program.
struct request {
  bool trace = false;  ///< ask for events as long as this connection lasts

  friend bool operator==(const request&, const request&) = default;
};

using message = std::variant<hello, frame, goodbye, request>;

}  // namespace asioscope::schema
