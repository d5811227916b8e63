// SPDX-License-Identifier: BSL-1.0
#include "registry.hpp"

namespace asioscope::recorder {

registry::registry() {
  site_entry& other = sites.emplace_back();
  other.name = "_other";
  loop_entry& rest = loops.emplace_back();
  rest.name = "_other";
}

registry& the_registry() {
  static auto* const made = new registry;
  return *made;
}

loop_activity activity_of(const registry& r, loop_id loop) {
  loop_activity sum;
  const auto add = [&](const loop_cells* cells) {
    if (cells == nullptr) return;
    for (std::size_t i = 0; i < 2; ++i) {
      sum.unsettled[i] += cells->created[i].get() - cells->settled[i].get();
      sum.total += cells->created[i].get() + cells->settled[i].get();
    }
    sum.total += cells->turns.get();
  };
  add(r.retired[loop].get());
  for (const thread_state* const t : r.threads)
    add(t->loops[loop].load(std::memory_order_acquire));
  return sum;
}

namespace {

void fold(const histogram_cells& from, histogram_cells& into) {
  into.sum.add(from.sum.get());
  for (std::size_t i = 0; i < schema::bucket_count; ++i)
    into.buckets[i].add(from.buckets[i].get());
}

void fold_errors(const handler_cells& from, handler_cells& into) {
  const error_cells* const held = from.error_categories.load(std::memory_order_acquire);
  if (held == nullptr) return;
  if (error_cells* const sum = into.errors_by_category())
    held->for_each([&](std::string_view category, std::uint64_t n) { sum->add(category, n); });
}

}  // namespace

void fold(const loop_cells& from, loop_cells& into) {
  into.loop = from.loop;
  for (std::size_t i = 0; i < 2; ++i) {
    into.created[i].add(from.created[i].get());
    into.settled[i].add(from.settled[i].get());
  }
  into.idle.add(from.idle.get());
  into.turns.add(from.turns.get());
  into.long_turns.add(from.long_turns.get());
  into.longest_turn.raise_to(from.longest_turn.get());
  into.hops.add(from.hops.get());
  into.hop_busy.add(from.hop_busy.get());
  into.last_progress.raise_to(from.last_progress.get());
  fold(from.lag, into.lag);
  fold(from.corrected_lag, into.corrected_lag);
  fold(from.strand_wait, into.strand_wait);
  from.handlers.for_each([&](site_id site, const handler_cells& cells) {
    handler_cells* const sum = into.handlers.at(site);
    if (sum == nullptr) return;
    sum->longest.raise_to(cells.longest.get());
    sum->slow.add(cells.slow.get());
    sum->failed.add(cells.failed.get());
    sum->errors.add(cells.errors.get());
    fold_errors(cells, *sum);
    sum->cancelled.add(cells.cancelled.get());
    sum->unrun.add(cells.unrun.get());
    sum->slow_time.add(cells.slow_time.get());
    fold(cells.run, sum->run);
    fold(cells.delay, sum->delay);
  });
  from.tasks.for_each([&](site_id site, const task_cells& cells) {
    task_cells* const sum = into.tasks.at(site);
    if (sum == nullptr) return;
    sum->spawned.add(cells.spawned.get());
    sum->finished.add(cells.finished.get());
    sum->failed.add(cells.failed.get());
    sum->cancelled.add(cells.cancelled.get());
    sum->abandoned.add(cells.abandoned.get());
    fold(cells.duration, sum->duration);
  });
}

}  // namespace asioscope::recorder
