// SPDX-License-Identifier: BSL-1.0
#include "clock.hpp"
#include "ended_tasks.hpp"
#include "note.hpp"
#include "registry.hpp"
#include "site_names.hpp"
#include "slow_samples.hpp"
#include "task_table.hpp"

#include "asioscope/recorder/recorder.hpp"
#include "asioscope/recorder/resources.hpp"
#include "asioscope/recorder/thread_name.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace asioscope::recorder {

namespace {

/// Finds the figures of a loop and a site among those of all, which are in that order. There are
/// many and they are large: made at once, where they stay.
template <class Statistics>
class places {
 public:
  explicit places(std::vector<Statistics>& all) : all_(all) {}

  void expect(loop_id loop, site_id site) { keys_.emplace_back(loop, site); }

  void make() {
    std::ranges::sort(keys_);
    const auto same = std::ranges::unique(keys_);
    keys_.erase(same.begin(), same.end());
    all_.resize(keys_.size());
    for (std::size_t i = 0; i < keys_.size(); ++i)
      std::tie(all_[i].loop, all_[i].site) = keys_[i];
  }

  /// Null: it was not expected.
  Statistics* of(loop_id loop, site_id site) {
    const std::pair key(loop, site);
    const auto at = std::ranges::lower_bound(keys_, key);
    return at != keys_.end() && *at == key ? &all_[static_cast<std::size_t>(at - keys_.begin())]
                                           : nullptr;
  }

 private:
  std::vector<std::pair<loop_id, site_id>> keys_;
  std::vector<Statistics>& all_;
};

/// Sums the cells of all threads into the figures of a snapshot. The registry is locked.
class summary {
 public:
  summary(registry& r, schema::snapshot& out) : registry_(r), out_(out) {
    for (const auto& retired : r.retired)
      if (retired) expect(*retired);
    for (const thread_state* const t : r.threads)
      for (const auto& slot : t->loops)
        if (const loop_cells* const cells = slot.load(std::memory_order_acquire)) expect(*cells);
    sites_.make();
    tasks_.make();
  }

  void add_thread(thread_state& t) {
    for (const auto& slot : t.loops) {
      const loop_cells* const cells = slot.load(std::memory_order_acquire);
      if (cells != nullptr) add(*cells);
    }
    add_run_going_on(t);
    out_.thread_stats.push_back(figures_of(t));
    const event_ring<>* const ring = t.ring.load(std::memory_order_acquire);
    if (ring != nullptr) out_.self.memory_bytes += ring->capacity() * sizeof(event_ring<>::words);
    out_.self.memory_bytes += sizeof(thread_state);
  }

  void add(const loop_cells& cells) {
    totals& sum = totals_[cells.loop];
    for (std::size_t i = 0; i < 2; ++i) {
      sum.created[i] += cells.created[i].get();
      sum.settled[i] += cells.settled[i].get();
    }
    sum.idle += cells.idle.get();
    sum.busy += cells.hop_busy.get();
    sum.last_progress = std::max(sum.last_progress, cells.last_progress.get());
    sum.stats.turns += cells.turns.get();
    sum.stats.long_turns += cells.long_turns.get();
    sum.stats.longest_turn_ns =
        std::max(sum.stats.longest_turn_ns, to_nanoseconds(cells.longest_turn.get()));
    sum.stats.hops += cells.hops.get();
    add(cells.lag, sum.stats.lag);
    add(cells.corrected_lag, sum.stats.corrected_lag);
    add(cells.strand_wait, sum.stats.strand_wait);
    out_.self.memory_bytes += sizeof(loop_cells);
    cells.handlers.for_each([&](site_id site, const handler_cells& h) {
      sum.busy += h.run.sum.get();
      out_.self.memory_bytes += sizeof(handler_cells);
      schema::site_statistics* const known = sites_.of(cells.loop, registry_.sites[site].canonical);
      if (known == nullptr) return;  // met a moment ago: next time
      schema::site_statistics& s = *known;
      s.slow += h.slow.get();
      s.failed += h.failed.get();
      add_errors(h, s);
      s.cancelled += h.cancelled.get();
      s.unrun += h.unrun.get();
      s.slow_ns += to_nanoseconds(h.slow_time.get());
      s.longest_ns = std::max(s.longest_ns, to_nanoseconds(h.longest.get()));
      add(h.run, s.run);
      add(h.delay, s.delay);
    });
    cells.tasks.for_each([&](site_id site, const task_cells& c) {
      out_.self.memory_bytes += sizeof(task_cells);
      schema::task_statistics* const known = tasks_.of(cells.loop, registry_.sites[site].canonical);
      if (known == nullptr) return;
      schema::task_statistics& s = *known;
      s.spawned += c.spawned.get();
      s.finished += c.finished.get();
      s.failed += c.failed.get();
      s.cancelled += c.cancelled.get();
      s.abandoned += c.abandoned.get();
      add(c.duration, s.duration);
    });
  }

  void finish(const tick_converter& convert, ticks now) {
    for (loop_entry& e : registry_.loops) {
      const loop_id id = e.record.id;
      const auto found = totals_.find(id);
      if (id == other_loop && found == totals_.end()) continue;
      out_.loops.push_back({id, e.name, e.gone});
      totals sum = found == totals_.end() ? totals{} : found->second;
      schema::loop_statistics& s = sum.stats;
      s.loop = id;
      if (!e.gone) {
        s.threads = sum.threads;
        // Created on one thread and settled on another: read one after the other, the difference
        // may be negative for a moment.
        s.pending = difference(sum.created[0], sum.settled[0] + e.never_settled[0]);
        s.outstanding = difference(sum.created[1], sum.settled[1] + e.never_settled[1]);
        const ticks waiting = e.record.waiting_since.load(std::memory_order_relaxed);
        if (waiting != 0 && waiting < now) {
          sum.idle += now - waiting;
          sum.last_progress = std::max(sum.last_progress, now);
        }
      }
      // A run that ended between two reads of this snapshot is missing in it; counters never fall.
      s.busy_ns = e.busy_reported = std::max(e.busy_reported, to_nanoseconds(sum.busy));
      s.idle_ns = e.idle_reported = std::max(e.idle_reported, to_nanoseconds(sum.idle));
      s.last_progress_ns = sum.last_progress == 0 ? 0 : convert(sum.last_progress);
      s.stalls = std::accumulate(e.stalls.begin(), e.stalls.end(), std::uint64_t{0});
      out_.causes.push_back({id, e.stalls});
      s.stall_ns = e.stall_ended_ns + e.stall_ongoing_ns;
      out_.loop_stats.push_back(s);
    }
  }

 private:
  struct totals {
    std::uint64_t created[2] = {};
    std::uint64_t settled[2] = {};
    ticks idle = 0;
    ticks busy = 0;
    ticks last_progress = 0;
    std::uint32_t threads = 0;
    schema::loop_statistics stats;
  };

  void expect(const loop_cells& cells) {
    // One that was met after the names were looked up has none yet: next time.
    const auto has_name = [&](site_id site) { return registry_.sites[site].code == nullptr; };
    cells.handlers.for_each([&](site_id site, const handler_cells&) {
      if (has_name(site)) sites_.expect(cells.loop, registry_.sites[site].canonical);
    });
    cells.tasks.for_each([&](site_id site, const task_cells&) {
      if (has_name(site)) tasks_.expect(cells.loop, registry_.sites[site].canonical);
    });
  }

  static std::uint64_t difference(std::uint64_t more, std::uint64_t less) {
    return more > less ? more - less : 0;
  }

  void add_errors(const handler_cells& from, schema::site_statistics& into) {
    into.errors += from.errors.get();
    const error_cells* const held = from.error_categories.load(std::memory_order_acquire);
    if (held == nullptr) return;
    out_.self.memory_bytes += sizeof(error_cells);
    held->for_each([&](std::string_view category, std::uint64_t n) {
      auto& all = into.error_categories;
      const auto at = std::ranges::lower_bound(all, category, {}, &schema::error_count::category);
      if (at != all.end() && at->category == category)
        at->count += n;
      else
        all.insert(at, {std::string(category), n});
    });
  }

  static void add(const histogram_cells& from, schema::histogram& into) {
    into.sum_ns += to_nanoseconds(from.sum.get());
    for (std::size_t i = 0; i < schema::bucket_count; ++i)
      into.buckets[i] += from.buckets[i].get();
  }

  void add_run_going_on(const thread_state& t) {
    if (t.run.sequence.load(std::memory_order_relaxed) == 0) return;
    totals& sum = totals_[t.run.loop.load(std::memory_order_relaxed)];
    ++sum.threads;  // the thread ran this loop last
    const ticks begin = t.run.begin.load(std::memory_order_acquire);
    const ticks now = now_ticks();
    if (begin != 0 && begin < now) sum.busy += now - begin;
  }

  /// What the thread would show if it ended now. Counters never fall, though a run that ends
  /// between two reads of this snapshot is missing in it.
  schema::thread_statistics figures_of(thread_state& t) {
    const ticks now = now_ticks();
    const ticks begin = t.run.begin.load(std::memory_order_acquire);
    thread_figures sum = figures_of_thread(t);
    if (begin != 0 && begin < now) sum.busy += now - begin;
    const loop_record& latest = loop_by_id(t.run.loop.load(std::memory_order_relaxed));
    const ticks waiting = latest.waiting_since.load(std::memory_order_relaxed);
    // Of several threads it is not known which one waits in the reactor.
    if (waiting != 0 && waiting < now && !latest.shared.load(std::memory_order_relaxed))
      sum.idle += now - waiting;
    t.busy_reported = std::max(t.busy_reported, to_nanoseconds(sum.busy));
    t.idle_reported = std::max(t.idle_reported, to_nanoseconds(sum.idle));
    return {t.id, t.busy_reported, t.idle_reported, cpu_time_of(t.os_id)};
  }

  registry& registry_;
  schema::snapshot& out_;
  std::map<loop_id, totals> totals_;
  places<schema::site_statistics> sites_{out_.site_stats};
  places<schema::task_statistics> tasks_{out_.task_stats};
};

schema::task_info to_info(const live_task& t, const tick_converter& convert) {
  schema::task_info info;
  info.id = t.id;
  info.site = t.site;
  info.loop = t.loop;
  info.parent = t.parent;
  const ticks moment = t.since & ~task_record::resting;
  if (t.since == 0) {
    info.state = schema::task_state::ready;
  } else if (t.since == moment) {
    info.state = schema::task_state::running;
    info.run_since_ns = convert(moment);
  } else {
    info.state = schema::task_state::suspended;
    info.suspended_since_ns = moment == 0 ? 0 : convert(moment);
  }
  info.spawned_ns = convert(t.spawned);
  info.runs = t.runs;
  info.busy_ns = to_nanoseconds(t.busy);
  info.scheduled_ns = to_nanoseconds(t.scheduled);
  info.longest_ns = to_nanoseconds(t.longest);
  return info;
}

schema::task_info to_info(const ended_task& t, const tick_converter& convert) {
  schema::task_info info;
  info.id = t.id;
  info.site = t.site;
  info.loop = t.loop;
  info.parent = t.parent;
  info.state = t.outcome;
  info.spawned_ns = convert(t.spawned);
  info.ended_ns = convert(t.ended);
  info.runs = t.runs;
  info.busy_ns = to_nanoseconds(t.busy);
  info.scheduled_ns = to_nanoseconds(t.scheduled);
  info.longest_ns = to_nanoseconds(t.longest);
  return info;
}

}  // namespace

schema::snapshot take_snapshot() {
  initialise_clock();
  const tick_converter convert = current_converter();
  schema::snapshot out;
  // First, so that what they were counted in, and the names of their sites, are found after them.
  out.slow_samples = list_slow_samples(convert);
  resolve_site_names();
  const auto live = list_live_tasks();
  const auto ended = list_ended_tasks();
  out.resources = list_resources();
  out.self.task_overflow = task_overflow();
  out.self.memory_bytes = task_memory_bytes();
  out.self.reports_suppressed = suppressed_so_far();

  registry& r = the_registry();
  std::unique_lock lock(r.mutex);
  out.time = read_clock();
  summary sum(r, out);
  for (const auto& retired : r.retired)
    if (retired) sum.add(*retired);
  out.self.events = r.retired_events;
  for (thread_state* const t : r.threads) {
    sum.add_thread(*t);
    out.threads.push_back({t->id, t->os_id, {}, false});
    const event_ring<>* const ring = t->ring.load(std::memory_order_acquire);
    if (ring != nullptr) out.self.events += ring->head();
  }
  for (const gone_thread& each : r.gone_threads) {
    out.threads.push_back(each.info);
    out.thread_stats.push_back(each.figures);
  }
  sum.finish(convert, now_ticks());

  out.self.events_lost = r.events_lost;
  out.self.site_overflow = r.site_overflow;
  for (site_id id = 0; id < r.sites.size(); ++id) {
    const site_entry& e = r.sites[id];
    if (e.canonical == id && e.code == nullptr)
      out.sites.push_back({id, e.kind, e.name, e.operation});
  }
  out.tasks.reserve(live.size() + ended.size());
  const auto add_task = [&](const auto& task) {
    schema::task_info info = to_info(task, convert);
    info.site = r.sites[info.site].canonical;
    out.tasks.push_back(info);
  };
  for (const auto& task : live)
    add_task(task);
  for (const auto& task : ended)
    add_task(task);
  std::erase_if(out.slow_samples, [&](schema::slow_sample& each) {
    const site_entry& e = r.sites[each.site];
    each.site = e.canonical;
    return e.code != nullptr;
  });
  lock.unlock();

  for (auto& thread : out.threads)
    if (!thread.gone) thread.name = thread_name(thread.os_id);
  return out;
}

}  // namespace asioscope::recorder
