// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/task.hpp"

#include "ended_tasks.hpp"
#include "locks.hpp"
#include "never_destroyed.hpp"
#include "task_table.hpp"

#include "asioscope/recorder/annotations.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <algorithm>
#include <mutex>
#include <new>
#include <vector>

namespace asioscope::recorder {

namespace {

constexpr std::size_t slab_size = 1024;
constexpr std::size_t max_slabs = (std::size_t{1} << task_index_bits) / slab_size;
constexpr std::size_t exchanged = 64;  // free places that a thread takes or returns at once

/// Slabs are made when needed and never unmapped.
struct task_slabs {
  std::array<std::atomic<task_record*>, max_slabs> slabs{};
  /// Beside the slabs; null as long as none of its tasks has said anything.
  std::array<std::atomic<annotation_cell*>, max_slabs> annotations{};
  std::atomic<std::uint32_t> count{0};
  std::vector<std::uint32_t> free;
  std::uint64_t next_generation = 1;
  std::atomic<std::uint64_t> overflow{0};

  task_record& at(std::uint32_t index) noexcept {
    return slabs[index / slab_size].load(std::memory_order_relaxed)[index % slab_size];
  }
};

constinit never_destroyed<task_slabs> slabs;

}  // namespace

struct task_places {
  std::array<std::uint32_t, 2 * exchanged> index;
  std::size_t count = 0;
  std::uint64_t generation = 0;
  std::uint64_t generation_end = 0;

  bool take(std::uint32_t& out) {
    if (count == 0 && !refill()) return false;
    out = index[--count];
    return true;
  }

  void give(std::uint32_t place) {
    if (count == index.size()) spill(exchanged);
    index[count++] = place;
  }

  std::uint64_t next_generation() {
    if (generation == generation_end) {
      task_slabs& s = *slabs;
      const std::lock_guard lock(lock_of(shared::task_places));
      generation = s.next_generation;
      generation_end = s.next_generation += 1024;
    }
    return generation++;
  }

  ~task_places() { spill(count); }

 private:
  bool refill() {
    task_slabs& s = *slabs;
    const std::lock_guard lock(lock_of(shared::task_places));
    if (s.free.empty()) {
      const std::uint32_t n = s.count.load(std::memory_order_relaxed);
      if (n == max_slabs) return false;
      auto* const slab = new (std::nothrow) task_record[slab_size];
      if (slab == nullptr) return false;
      s.free.reserve(slab_size * (n + std::size_t{1}));  // giving back never allocates
      s.slabs[n].store(slab, std::memory_order_relaxed);
      for (std::size_t i = slab_size; i-- > 0;)
        s.free.push_back(static_cast<std::uint32_t>(n * slab_size + i));
      s.count.store(n + 1, std::memory_order_release);  // publishes the slab to listers
    }
    while (count < exchanged && !s.free.empty()) {
      index[count++] = s.free.back();
      s.free.pop_back();
    }
    return true;
  }

  void spill(std::size_t n) {
    if (n == 0) return;
    task_slabs& s = *slabs;
    const std::lock_guard lock(lock_of(shared::task_places));
    while (n-- > 0)
      s.free.push_back(index[--count]);
  }
};

void task_places_deleter::operator()(task_places* places) const { delete places; }

namespace {

task_cells* cells_of(loop_record& loop, site_id name) noexcept {
  return this_thread().cells_of(loop).tasks.at(name);
}

bool take_place(thread_state& t, std::uint32_t& place, std::uint64_t& generation) noexcept {
  try {
    if (!t.places) t.places.reset(new task_places);
    if (!t.places->take(place)) return false;
    generation = t.places->next_generation();
    return true;
  } catch (...) {  // no memory
    return false;
  }
}

task_ref make_task(loop_record& loop, site_id name) noexcept {
  thread_state& t = this_thread();
  std::uint32_t place = 0;
  std::uint64_t generation = 0;
  if (!take_place(t, place, generation)) {
    slabs->overflow.fetch_add(1, std::memory_order_relaxed);
    return {};
  }
  task_record& r = slabs->at(place);
  const task_id id = generation << task_index_bits | place;
  const ticks now = now_ticks();
  // Release throughout: a lister that sees a field of this task sees that the former one is gone
  // from `id`.
  const task_id parent = t.depth > 0 ? t.run.task.load(std::memory_order_relaxed) : 0;
  r.parent.store(parent, std::memory_order_release);
  r.spawned.store(now, std::memory_order_release);
  r.since.store(0, std::memory_order_release);
  r.busy.store(0, std::memory_order_release);
  r.scheduled.store(0, std::memory_order_release);
  r.longest.store(0, std::memory_order_release);
  r.runs.store(0, std::memory_order_release);
  r.site.store(name, std::memory_order_release);
  r.loop.store(static_cast<std::uint16_t>(loop.id), std::memory_order_release);
  r.innermost.store(nullptr, std::memory_order_release);
  r.operation.store(nullptr, std::memory_order_release);
  r.id.store(id, std::memory_order_release);
  if (parent != 0) inherit_annotations(parent, id);
  if (tracing())
    t.put({now, pack_head(schema::event_kind::task_begin, 0, loop.id, name), 0, id & 0xFFFFFFFFU});
  return {&r, id};
}

std::uint32_t place_of(task_id id) noexcept {
  return static_cast<std::uint32_t>(id & ((1U << task_index_bits) - 1));
}

}  // namespace

annotation_cell* task_annotations(task_id id) noexcept {
  const std::uint32_t place = place_of(id);
  // Acquire: the cells are zeroed before they are seen.
  annotation_cell* const cells =
      slabs->annotations[place / slab_size].load(std::memory_order_acquire);
  return cells == nullptr ? nullptr : cells + place % slab_size;
}

annotation_cell* make_task_annotations(task_id id) noexcept {
  if (annotation_cell* const known = task_annotations(id)) return known;
  auto* const made = new (std::nothrow) annotation_cell[slab_size];
  annotation_cell* none = nullptr;
  if (made != nullptr && !slabs->annotations[place_of(id) / slab_size].compare_exchange_strong(
                             none, made, std::memory_order_release, std::memory_order_relaxed))
    delete[] made;
  return task_annotations(id);
}

task_ref find_task(task_id id) noexcept {
  if (id == 0) return {};
  task_record& r = slabs->at(place_of(id));
  if (r.id.load(std::memory_order_acquire) != id) return {};
  return {&r, id};
}

task_ref spawn_task(loop_record& loop, site_id name) noexcept {
  if (task_cells* const cells = cells_of(loop, name)) cells->spawned.add(1);
  return make_task(loop, name);
}

task_ref spawn_unnamed_task(loop_record& loop) noexcept {
  static const site_id not_begun = register_site(schema::site_kind::task, "(not begun)", {});
  return make_task(loop, not_begun);
}

void name_task(task_ref task, loop_record& loop, site_id name) noexcept {
  if (task_cells* const cells = cells_of(loop, name)) cells->spawned.add(1);
  if (task) task.record->site.store(name, std::memory_order_release);
}

void end_task(task_ref task, loop_record& loop, site_id name, ticks spawned,
              schema::task_state outcome) noexcept {
  thread_state& t = this_thread();
  const ticks now = now_ticks();
  if (task_cells* const cells = cells_of(loop, name)) {
    cells->finished.add(1);
    cells->duration.record(now - spawned);
    if (outcome == schema::task_state::failed) cells->failed.add(1);
    if (outcome == schema::task_state::cancelled) cells->cancelled.add(1);
    if (outcome == schema::task_state::abandoned) cells->abandoned.add(1);
  }
  if (!task) return;
  task_record& r = *task.record;
  if (t.share.record == &r) t.task_ends(now);
  if (t.initiator == &r) t.initiator = nullptr;
  const ended_task last{task.id,
                        r.parent.load(std::memory_order_relaxed),
                        spawned,
                        now,
                        r.busy.load(std::memory_order_relaxed),
                        r.scheduled.load(std::memory_order_relaxed),
                        r.longest.load(std::memory_order_relaxed),
                        r.runs.load(std::memory_order_relaxed),
                        name,
                        loop.id,
                        outcome};
  r.id.store(0, std::memory_order_release);
  if (!t.places) t.places.reset(new (std::nothrow) task_places);
  if (t.places) t.places->give(place_of(task.id));
  keep_ended_task(last);
  if (tracing())
    t.put(
        {now,
         pack_head(schema::event_kind::task_end, static_cast<std::uint8_t>(outcome), loop.id, name),
         std::uint64_t{pack_duration(now - spawned)} << 32, task.id & 0xFFFFFFFFU});
}

std::vector<live_task> list_live_tasks() {
  task_slabs& s = *slabs;
  std::vector<live_task> list;
  const std::uint32_t n = s.count.load(std::memory_order_acquire);
  for (std::uint32_t k = 0; k < n; ++k) {
    const task_record* const slab = s.slabs[k].load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < slab_size; ++i) {
      const task_record& r = slab[i];
      // Acquire throughout, so that the second look at `id` tells whether all fields belong to it.
      const task_id id = r.id.load(std::memory_order_acquire);
      if (id == 0) continue;
      const live_task task{id,
                           r.parent.load(std::memory_order_acquire),
                           r.spawned.load(std::memory_order_acquire),
                           r.since.load(std::memory_order_acquire),
                           r.busy.load(std::memory_order_acquire),
                           r.scheduled.load(std::memory_order_acquire),
                           r.longest.load(std::memory_order_acquire),
                           r.runs.load(std::memory_order_acquire),
                           r.innermost.load(std::memory_order_acquire),
                           r.operation.load(std::memory_order_acquire),
                           r.chain_version.load(std::memory_order_acquire),
                           r.site.load(std::memory_order_acquire),
                           r.loop.load(std::memory_order_acquire)};
      if (r.id.load(std::memory_order_relaxed) == id) list.push_back(task);
    }
  }
  return list;
}

bool is_same_chain(const live_task& task) noexcept {
  const task_ref now = find_task(task.id);
  return now && now.record->chain_version.load(std::memory_order_acquire) == task.chain_version &&
         now.record->innermost.load(std::memory_order_acquire) == task.innermost &&
         find_task(task.id);
}

std::uint64_t task_overflow() noexcept { return slabs->overflow.load(std::memory_order_relaxed); }

std::size_t task_memory_bytes() noexcept {
  const auto annotated = std::count_if(
      slabs->annotations.begin(), slabs->annotations.end(),
      [](const auto& cells) { return cells.load(std::memory_order_relaxed) != nullptr; });
  return slab_size * (slabs->count.load(std::memory_order_relaxed) * sizeof(task_record) +
                      static_cast<std::size_t>(annotated) * sizeof(annotation_cell));
}

}  // namespace asioscope::recorder
