// SPDX-License-Identifier: BSL-1.0
#include "locks.hpp"

#include "asioscope/recorder/recorder.hpp"

#include <algorithm>
#include <deque>
#include <mutex>

namespace asioscope::recorder {

namespace {

constexpr std::size_t reports_kept = 256;

struct kept_report {
  std::uint64_t sequence;  // of its latest change
  schema::report value;
};

struct report_log {
  std::deque<kept_report> entries;  // ascending by sequence
  std::uint64_t sequence = 0;
  std::uint64_t last_id = 0;
};

/// With the lock held.
report_log& log() {
  static auto* const kept = new report_log;  // never destroyed: threads may outlive static objects
  return *kept;
}

}  // namespace

std::uint64_t publish(schema::report value) {
  const std::lock_guard lock(lock_of(shared::reports));
  report_log& l = log();
  if (value.id == 0) value.id = ++l.last_id;
  std::erase_if(l.entries, [&](const kept_report& e) { return e.value.id == value.id; });
  const std::uint64_t id = value.id;
  l.entries.push_back({++l.sequence, std::move(value)});
  if (l.entries.size() > reports_kept) l.entries.pop_front();
  return id;
}

report_page reports_since(std::uint64_t sequence) {
  const std::lock_guard lock(lock_of(shared::reports));
  report_log& l = log();
  report_page page;
  page.sequence = l.sequence;
  for (const auto& e : l.entries)
    if (e.sequence > sequence) page.reports.push_back(e.value);
  return page;
}

}  // namespace asioscope::recorder
