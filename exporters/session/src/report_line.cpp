// SPDX-License-Identifier: BSL-1.0
#include "report_line.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace asioscope {
namespace {

constexpr std::size_t frames_shown = 8;
constexpr std::size_t longest_text = 300;

bool needs_quotes(std::string_view text) {
  return text.empty() || std::any_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\x7f';
         });
}

/// Appends ` key=value`; nothing for an empty value.
void add(std::string& line, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  line.append(" ").append(key).append("=");
  if (!needs_quotes(value)) {
    line.append(value);
    return;
  }
  line += '"';
  for (const char c : value.substr(0, longest_text)) {
    if (c == '"' || c == '\\') line += '\\';
    // Whatever an exception says, a report stays one line and sends nothing to a terminal.
    line += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? ' ' : c;
  }
  line += '"';
}

std::string milliseconds(std::uint64_t nanoseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(nanoseconds) / 1e6);
  return text;
}

std::string text_of_place(const std::string& file, std::uint32_t line) {
  return file.substr(file.rfind('/') + 1) + ":" + std::to_string(line);
}

std::string place_of(const schema::stack_frame& frame) {
  return frame.file.empty() ? std::string() : text_of_place(frame.file, frame.line);
}

std::string_view kind_name(schema::report_kind kind) {
  switch (kind) {
    case schema::report_kind::slow:
      return "slow";
    case schema::report_kind::stall:
      return "stall";
    case schema::report_kind::failure:
      return "failure";
  }
  return "unknown";
}

void add_stack(std::string& line, const schema::report& value) {
  const auto is_users = [](const auto& frame) {
    return !frame.internal && !frame.function.empty();
  };
  const auto culprit = std::find_if(value.stack.begin(), value.stack.end(), is_users);
  add(line, "culprit", value.culprit);
  if (culprit != value.stack.end()) add(line, "at", place_of(*culprit));
  std::string stack;
  std::size_t shown = 0;
  for (const auto& frame : value.stack) {
    if (!is_users(frame)) continue;
    if (shown == frames_shown) {
      stack += " < ...";
      break;
    }
    if (shown++ != 0) stack += " < ";
    stack += frame.function;
  }
  add(line, "stack", stack);
}

/// "query shop.cpp:12 < load_order shop.cpp:30", innermost first.
std::string awaits_of(const schema::report& value) {
  std::string awaits;
  std::size_t shown = 0;
  for (const auto& place : value.await_places) {
    if (shown != 0) awaits += " < ";
    if (shown++ == frames_shown) return awaits + "...";
    awaits += place.function;
    if (!place.file.empty()) awaits += " " + text_of_place(place.file, place.line);
  }
  return awaits;
}

template <class Entries, class Id>
std::string name_in(const Entries& entries, Id id) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const auto& entry) { return entry.id == id; });
  return found == entries.end() ? std::string{} : found->name;
}

}  // namespace

report_names find_names(const schema::report& value, const schema::snapshot& known) {
  report_names names;
  names.loop = name_in(known.loops, value.loop);
  names.site = name_in(known.sites, value.site);
  names.thread = name_in(known.threads, value.thread);
  const auto task = std::find_if(known.tasks.begin(), known.tasks.end(),
                                 [&](const auto& entry) { return entry.id == value.task; });
  if (value.task != 0 && task != known.tasks.end()) names.task = name_in(known.sites, task->site);
  return names;
}

std::string report_line(const schema::report& value, const report_names& names,
                        std::uint64_t suppressed, bool end_of_stall) {
  std::string line = "asioscope";
  add(line, "report", end_of_stall ? "stall_over" : kind_name(value.kind));
  add(line, "id", std::to_string(value.id));
  add(line, "loop", names.loop);
  if (end_of_stall) {
    add(line, "duration_ms", milliseconds(value.duration_ns));
    add(line, "cause", value.cause);
    return line;
  }
  add(line, "site", names.site);
  add(line, "task", names.task);
  if (value.task != 0) add(line, "task_id", std::to_string(value.task));
  add(line, "thread", names.thread);
  // A failure of a task is no run and took no time that is known.
  if (value.duration_ns != 0) add(line, "duration_ms", milliseconds(value.duration_ns));
  if (value.cpu_most_ns != 0) {
    add(line, "cpu_ms_least", milliseconds(value.cpu_least_ns));
    add(line, "cpu_ms_most", milliseconds(value.cpu_most_ns));
  }
  if (value.delay_ns != 0) add(line, "queue_delay_ms", milliseconds(value.delay_ns));
  if (value.ongoing) add(line, "ongoing", "true");
  add(line, "cause", value.cause);
  add_stack(line, value);
  std::string scopes;
  for (const std::string& each : value.scopes)
    scopes += (scopes.empty() ? "" : " > ") + each;
  add(line, "scopes", scopes);
  add(line, "trace_id", value.trace_id);
  add(line, "message", value.message);
  add(line, "awaits", awaits_of(value));
  if (suppressed != 0) add(line, "suppressed", std::to_string(suppressed));
  return line;
}

}  // namespace asioscope
