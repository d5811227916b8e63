// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/causes.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace asioscope::model {
namespace {

// Neighbours in time are looked at first, on all threads, then a stretch so many times as long.
constexpr std::int64_t first_stretch_ns = 100'000;
constexpr std::int64_t widening = 4;

// Counts down what may still be looked at.
class budget {
 public:
  explicit budget(std::size_t most) : left_(most) {}

  bool take() { return left_ != 0 && left_-- != 0; }
  [[nodiscard]] bool is_spent() const { return left_ == 0; }

 private:
  std::size_t left_;
};

// Visits the runs that begin in [from_ns, to_ns), on all threads and depths, until the visitor or
// the budget has enough.
template <class Visitor>
void visit_runs(const trace_store& trace, std::int64_t from_ns, std::int64_t to_ns, budget& left,
                Visitor visit) {
  for (const auto& [thread, lane] : trace.lanes()) {
    for (const slice_track& track : lane.depths) {
      std::size_t index = track.first_ending_after(from_ns - 1);
      for (; index < track.size() && track[index].begin_ns < to_ns; ++index) {
        if (!left.take()) return;
        const slice& each = track[index];
        if (each.kind == schema::event_kind::run && each.begin_ns >= from_ns) visit(thread, each);
      }
    }
  }
}

struct found_creation {
  std::uint32_t thread;
  std::int64_t time_ns;
};

// The latest in [from_ns, to_ns).
std::optional<found_creation> latest_creation(const trace_store& trace, std::uint32_t operation,
                                              std::int64_t from_ns, std::int64_t to_ns,
                                              budget& left) {
  std::optional<found_creation> latest;
  for (const auto& [thread, lane] : trace.lanes()) {
    const creation_track& track = lane.creations;
    for (std::size_t index = track.first_from(to_ns); index-- > 0;) {
      const creation& each = track[index];
      if (each.time_ns < from_ns || (latest && each.time_ns <= latest->time_ns)) break;
      if (!left.take()) return std::nullopt;
      if (each.operation == operation) latest = {thread, each.time_ns};
    }
  }
  return latest;
}

std::optional<found_creation> creation_of(const trace_store& trace, const slice& run,
                                          budget& left) {
  if (run.kind != schema::event_kind::run || run.operation == 0) return std::nullopt;
  std::int64_t to_ns = run.begin_ns;
  std::int64_t first_ns = std::numeric_limits<std::int64_t>::max();
  for (const auto& [thread, lane] : trace.lanes())
    if (!lane.creations.empty()) first_ns = std::min(first_ns, lane.creations.front().time_ns);
  // It was there when it was ready, as a rule.
  std::int64_t length_ns =
      first_stretch_ns + (run.has_delay() ? static_cast<std::int64_t>(run.delay_ns) : 0);
  while (to_ns > first_ns) {
    const std::int64_t from_ns = to_ns - std::min(length_ns, to_ns - first_ns);
    const auto found = latest_creation(trace, run.operation, from_ns, to_ns, left);
    if (left.is_spent()) return std::nullopt;
    if (found) {
      if (!trace.is_whole(found->time_ns, run.begin_ns)) return std::nullopt;
      // It may be that of another run, if the clocks of the threads were apart.
      bool is_taken = false;
      visit_runs(trace, found->time_ns + 1, run.begin_ns, left,
                 [&](std::uint32_t, const slice& each) {
                   is_taken = is_taken || each.operation == run.operation;
                 });
      if (is_taken || left.is_spent()) return std::nullopt;
      return found;
    }
    to_ns = from_ns;
    length_ns = std::min(length_ns, std::numeric_limits<std::int64_t>::max() / widening) * widening;
  }
  return std::nullopt;
}

std::optional<slice> run_at(const lane& where, std::int64_t moment_ns) {
  std::optional<slice> innermost;
  for (const slice_track& track : where.depths) {
    const std::size_t index = track.first_ending_after(moment_ns);
    if (index == track.size() || track[index].begin_ns > moment_ns) break;
    if (track[index].kind == schema::event_kind::run) innermost = track[index];
  }
  return innermost;
}

// Where it lies in its track may change: when what encloses it ends.
bool is_same(const std::optional<slice>& one, const slice& other) {
  return one && one->begin_ns == other.begin_ns && one->duration_ns == other.duration_ns &&
         one->operation == other.operation;
}

// Finds the first run of each operation, not before it was created.
void look_for_runs(const trace_store& trace, const std::vector<creation>& created,
                   std::vector<effect>& effects, budget& left) {
  std::unordered_multimap<std::uint32_t, std::size_t> wanted;  // by operation
  for (std::size_t index = 0; index < effects.size(); ++index)
    wanted.emplace(created[index].operation, index);
  if (created.empty()) return;
  std::int64_t from_ns = created.front().time_ns;
  std::int64_t length_ns = first_stretch_ns;
  while (!wanted.empty() && from_ns <= trace.end_ns() && !left.is_spent()) {
    const std::int64_t to_ns = from_ns + std::min(length_ns, trace.end_ns() + 1 - from_ns);
    visit_runs(trace, from_ns, to_ns, left, [&](std::uint32_t thread, const slice& each) {
      const auto [first, last] = wanted.equal_range(each.operation);
      for (auto at = first; at != last; ++at) {
        effect& of = effects[at->second];
        if (each.begin_ns <= of.created_ns) continue;
        if (!of.run || each.begin_ns < of.run->what.begin_ns) of.run = {thread, each};
      }
    });
    std::erase_if(wanted, [&](const auto& each) { return effects[each.second].run.has_value(); });
    from_ns = to_ns;
    length_ns = std::min(length_ns, std::numeric_limits<std::int64_t>::max() / widening) * widening;
  }
}

}  // namespace

std::optional<cause> cause_of(const trace_store& trace, const slice& run,
                              std::size_t most_looked_at) {
  budget left(most_looked_at);
  const auto found = creation_of(trace, run, left);
  if (!found) return std::nullopt;
  return cause{found->thread, found->time_ns,
               run_at(trace.lanes().at(found->thread), found->time_ns)};
}

effects effects_of(const trace_store& trace, std::uint32_t thread, const slice& run,
                   std::size_t most_listed, std::size_t most_looked_at) {
  effects result;
  const auto known = trace.lanes().find(thread);
  if (known == trace.lanes().end() || run.kind != schema::event_kind::run) return result;
  const lane& where = known->second;
  const std::size_t last = where.creations.first_from(run.end_ns());
  result.is_part = !trace.is_whole(run.begin_ns, run.end_ns());
  budget left(most_looked_at);
  std::vector<creation> created;
  for (std::size_t index = where.creations.first_from(run.begin_ns); index < last; ++index) {
    if (!left.take()) {
      result.is_part = true;
      break;
    }
    // What a run within it created is that one's.
    const creation& each = where.creations[index];
    if (where.depths.size() > 1 && !is_same(run_at(where, each.time_ns), run)) continue;
    ++result.count;
    if (created.size() == most_listed) continue;
    created.push_back(each);
    result.first.push_back({each.time_ns, std::nullopt});
  }
  look_for_runs(trace, created, result.first, left);
  for (effect& each : result.first) {
    if (!each.run) continue;
    const auto found = creation_of(trace, each.run->what, left);
    if (!found || found->thread != thread || found->time_ns != each.created_ns) each.run.reset();
  }
  return result;
}

}  // namespace asioscope::model
